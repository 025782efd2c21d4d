"""Pages by key: the next page starts after the last row of this one, whatever was added meanwhile."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)
# (field or annotation, descending)
Keys = Sequence[tuple[str, bool]]


def page(
    found: QuerySet[Row],
    read: Callable[[QuerySet[Row]], QuerySet[Row, tuple[Any, ...]]],
    *,
    keys: Keys,
    size: int,
    token: str,
    asked: str,
) -> tuple[list[tuple[Any, ...]], str]:
    """One page as `read` reads it, the primary key first, and the token of the next or "".

    Args:
        keys: an order in which no two rows are equal.
        asked: what was asked for; a token serves only the same question.

    Raises:
        ValueError: the token is not one of ours, or of another question.
    """
    if token:
        found = found.filter(_after(keys, _opened(token, asked=asked)))
    found = found.order_by(*(f"-{name}" if descending else name for name, descending in keys))
    rows = list(read(found)[: size + 1])
    if len(rows) <= size:
        return rows, ""
    last = found.values_list(*(name for name, _descending in keys)).get(pk=rows[size - 1][0])
    return rows[:size], sealed([_plain(value) for value in last], asked=asked)


def _after(keys: Keys, values: list[Any]) -> Q:
    if len(values) != len(keys):
        raise ValueError("Invalid page token")
    found, equal = Q(), Q()
    for (name, descending), value in zip(keys, values, strict=True):
        found |= equal & Q(**{f"{name}__{'lt' if descending else 'gt'}": value})
        equal &= Q(**{name: value})
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return {"id": str(value)}
    return {"at": value.isoformat()} if isinstance(value, datetime) else value


def _read(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return UUID(value["id"]) if "id" in value else datetime.fromisoformat(value["at"])


def sealed(values: list[Any], *, asked: str) -> str:
    """The token of the page after the row of these values, for the same question."""
    return base64.urlsafe_b64encode(json.dumps([_mark(asked), values]).encode()).decode()


def _opened(token: str, *, asked: str) -> list[Any]:
    try:
        mark, values = json.loads(base64.urlsafe_b64decode(token.encode()))
        found = [_read(one) for one in values]
    except (binascii.Error, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError("Invalid page token") from error
    if mark != _mark(asked) or not all(isinstance(one, str | int | datetime | UUID) for one in found):
        raise ValueError("Invalid page token: it belongs to another search")
    return found


def _mark(asked: str) -> str:
    return hashlib.sha256(asked.encode()).hexdigest()[:12]
