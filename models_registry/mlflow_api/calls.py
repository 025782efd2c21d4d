"""One call: its actor, its workspace and its parameters, read by the rules of the MLflow client."""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest

from core.actors import Actor
from core.models import User, Workspace
from core.once import OnceOne, text
from models_registry.mlflow_api.errors import ApiError, absent, invalid

MOST_BODY_BYTES = 4 * 1024 * 1024
HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")
HEADER = "X-MLFLOW-WORKSPACE"
WORKSPACE = OnceOne(lambda: Workspace.objects.filter(name=text("name")).order_by())


@dataclass
class Call:
    """`prefix` is what stands before /api/ in the address, for links that lead back."""

    request: HttpRequest
    actor: Actor
    prefix: str = ""
    named: str = ""

    @property
    def user(self) -> User:
        assert self.actor.user is not None
        return self.actor.user

    @cached_property
    def workspace_name(self) -> str:
        """The one named in the address or the header, else the default one."""
        return self.named or self.request.headers.get(HEADER, "").strip() or Workspace.DEFAULT

    @cached_property
    def workspace(self) -> Workspace:
        name = self.workspace_name
        found = WORKSPACE.first(name=name)
        if found is None:
            raise absent(f"Workspace '{name}'")
        return found

    @cached_property
    def given(self) -> dict[str, Any]:
        """Parameters by their snake_case names; nulls are left out."""
        found: dict[str, Any] = {}
        for key, value in self._raw().items():
            plain = HUMP.sub(lambda hump: f"_{hump[1].lower()}", key)
            if plain in found:
                raise invalid(f"Parameter '{plain}' is given twice")
            if value is not None:
                found[plain] = value
        return found

    def text(self, key: str, *, most: int = 0, default: str | None = None) -> str:
        """A text parameter; required unless a default is given."""
        value = self.given.get(key, default)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if value is None or (value == "" and default is None):
            raise invalid(f"Missing value for required parameter '{key}'")
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            raise invalid(f"Invalid value for parameter '{key}': it must be a string")
        if "\0" in value:
            raise invalid(f"Invalid value for parameter '{key}': it has a null character")
        if most and len(value) > most:
            raise invalid(f"'{key}' exceeds the maximum length of {most} characters")
        return value

    def integer(self, key: str, *, default: int | None = None) -> int:
        """A whole number, as a number or as text."""
        value = self.text(key, default="" if default is not None else None)
        if value == "" and default is not None:
            return default
        try:
            return int(value)
        except ValueError as error:
            raise invalid(f"Invalid value '{value[:80]}' for parameter '{key}': not an integer") from error

    def flag(self, key: str) -> bool:
        value = self.given.get(key, False)
        if isinstance(value, list):
            value = value[0]
        return value is True or str(value).lower() == "true"

    def texts(self, key: str) -> list[str]:
        """A repeated parameter."""
        value = self.given.get(key, [])
        value = value if isinstance(value, list) else [value]
        if not all(isinstance(item, str) and "\0" not in item for item in value):
            raise invalid(f"Invalid value for parameter '{key}': it must be a list of strings")
        return value

    def pairs(self, key: str) -> dict[str, str]:
        """A list of {key, value}, the last of a key winning."""
        found = {}
        for item in self.objects(key):
            name, value = item.get("key"), item.get("value", "")
            value = "" if value is None else value
            if not isinstance(name, str) or not isinstance(value, str) or "\0" in name + value:
                raise invalid(f"Invalid value for parameter '{key}': each needs a text key and value")
            found[name] = value
        return found

    def objects(self, key: str) -> list[dict[str, Any]]:
        value = self.given.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise invalid(f"Invalid value for parameter '{key}': it must be a list of objects")
        return value

    def url(self, path: str) -> str:
        """An absolute address of this API, below the prefix the caller used."""
        return self.request.build_absolute_uri(f"{self.prefix}{path}")

    def _raw(self) -> dict[str, Any]:
        if self.request.method == "GET":
            lists = dict(self.request.GET.lists())
            return {key: value if len(value) > 1 else value[0] for key, value in lists.items()}
        length = self.request.META.get("CONTENT_LENGTH") or "0"
        if int(length) > MOST_BODY_BYTES:
            raise invalid(f"The request is larger than {MOST_BODY_BYTES} bytes")
        body = self.request.body
        if not body:
            return {}
        if self.request.content_type != "application/json":
            raise invalid("Bad Request. Content-Type must be 'application/json'.")
        try:
            found = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise invalid("Bad Request. The body is not valid JSON.") from error
        if not isinstance(found, dict):
            raise invalid("Bad Request. The body must be a JSON object.")
        return found


def unknown(path: str) -> ApiError:
    return ApiError("ENDPOINT_NOT_FOUND", f"Conch does not answer to {path[:200]}")
