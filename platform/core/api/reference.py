"""The OpenAPI schema, folded into what the reference page shows."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Operation:
    method: str
    path: str
    summary: str
    parameters: tuple[dict[str, Any], ...]
    body: tuple[tuple[str, str, bool], ...]
    statuses: tuple[str, ...]


@lru_cache(maxsize=1)
def sections() -> tuple[tuple[str, tuple[Operation, ...]], ...]:
    """(first path part, operations) in the order of the paths."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    grouped: dict[str, list[Operation]] = {}
    for path, methods in schema["paths"].items():
        for method in METHODS:
            if method in methods:
                operation = _operation(schema, path, method, methods[method])
                grouped.setdefault(path.removeprefix("/api/v1/").split("/")[0], []).append(operation)
    return tuple((name, tuple(operations)) for name, operations in grouped.items())


def _operation(schema: dict[str, Any], path: str, method: str, raw: dict[str, Any]) -> Operation:
    return Operation(
        method=method.upper(),
        path=path,
        summary=str(raw.get("description", "")).strip(),
        parameters=tuple(raw.get("parameters", ())),
        body=_body(schema, raw.get("requestBody")),
        statuses=tuple(raw.get("responses", {})),
    )


def _body(schema: dict[str, Any], raw: dict[str, Any] | None) -> tuple[tuple[str, str, bool], ...]:
    content = (raw or {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = content.get("$ref", "").rpartition("/")[2]
    resolved = schema.get("components", {}).get("schemas", {}).get(name, content)
    needed = set(resolved.get("required", ()))
    properties = resolved.get("properties", {})
    return tuple(
        (field, str(kind.get("type", "object")), field in needed) for field, kind in properties.items()
    )
