"""What every operation of the OpenAPI schema has in common: problems, keys for creates, tags for changes."""

from typing import Any

PROBLEM = {
    "type": "object",
    "description": "RFC 9457. Further members say what an error is about.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "hint": {"type": "string"},
    },
    "required": ["type", "title", "status", "detail"],
}
REFUSED = {
    "description": "Refused or failed; the body says why and what helps.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    "description": "Sent twice with the same body, the request is done once and answered twice, for a day.",
}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "schema": {"type": "string"},
    "description": "The ETag of what you read; refused with 412 if it changed since.",
}
ETAG = {"ETag": {"schema": {"type": "string"}, "description": "Send it back as If-Match."}}


def complete(result: dict[str, Any], generator: object, request: object, public: bool) -> dict[str, Any]:
    """A postprocessing hook of drf-spectacular."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    for methods in result["paths"].values():
        for method, operation in methods.items():
            if not isinstance(operation, dict) or "responses" not in operation:
                continue
            operation["responses"]["default"] = REFUSED
            parameters = operation.setdefault("parameters", [])
            if method == "post":
                parameters.append(KEY)
            elif method in {"put", "patch", "delete"}:
                parameters.append(IF_MATCH)
            elif method == "get" and _shows_one(operation):
                operation["responses"]["200"]["headers"] = ETAG
    return result


def _shows_one(operation: dict[str, Any]) -> bool:
    content = operation["responses"].get("200", {}).get("content", {})
    reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    return bool(reference) and not reference.rpartition("/")[2].startswith("Paginated")
