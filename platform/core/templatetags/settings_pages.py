"""Tags of the settings pages: what an audit event changed, and an API operation as a command."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import template
from django.utils import timezone

from core.api.reference import Operation
from core.models import ApiToken, AuditEvent

register = template.Library()

SAMPLES: dict[str, Any] = {
    "string": "…",
    "integer": 1,
    "number": 1.0,
    "boolean": True,
    "array": [],
    "object": {},
}


@dataclass(frozen=True, slots=True)
class Change:
    """One field before and after, as JSON; None where it was not there."""

    field: str
    before: str | None
    after: str | None


@register.filter
def changes(event: AuditEvent) -> list[Change]:
    """What an event changed, field by field; an event that isn't about fields is one unnamed change."""
    before, after = event.before, event.after
    if before is None and after is None:
        return []
    if not isinstance(before or {}, dict) or not isinstance(after or {}, dict):
        return [Change("", _written(before), _written(after))]
    before, after = before or {}, after or {}
    names = [*before, *(name for name in after if name not in before)]
    return [
        Change(name, _at(before, name), _at(after, name))
        for name in names
        if name not in before or name not in after or before[name] != after[name]
    ]


@register.filter
def is_over(token: ApiToken) -> bool:
    """Whether it was revoked or has expired."""
    return token.revoked_at is not None or token.expires_at <= timezone.now()


@register.filter
def item(names: Mapping[str, object], key: str) -> object:
    """A value by its key; the key itself where there is none."""
    return names.get(key, key)


@register.simple_tag
def as_curl(operation: Operation, origin: str) -> str:
    """The operation as a command for a shell; words in braces are the caller's to fill in."""
    lines = [f"curl -sS '{origin}{operation.path}'", '-H "Authorization: Bearer $CONCH_TOKEN"']
    if operation.method != "GET":
        lines[0] = f"curl -sS -X {operation.method} '{origin}{operation.path}'"
    if operation.body:
        body = {name: SAMPLES.get(kind, "…") for name, kind, needed in operation.body if needed}
        lines += ["-H 'Content-Type: application/json'", f"--data '{json.dumps(body, ensure_ascii=False)}'"]
    return " \\\n  ".join(lines)


def _at(fields: dict[str, Any], name: str) -> str | None:
    return _written(fields[name]) if name in fields else None


def _written(value: Any) -> str | None:
    """Text as it is, all else as JSON."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
