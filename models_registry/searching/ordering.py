"""The order of results, and where in it a page begins."""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from core.errors import Invalid
from models_registry.searching.errors import QueryError
from models_registry.searching.targets import Target

MOST_KEYS = 4


@dataclass(frozen=True, slots=True)
class Key:
    """One column of an order, by its path."""

    path: str
    descending: bool

    @property
    def term(self) -> str:
        return f"-{self.path}" if self.descending else self.path

    def of(self, row: Any) -> Any:
        for part in self.path.split("__"):
            row = getattr(row, part)
        return row


def order(text: str, target: Target) -> list[Key]:
    """“changed DESC, name” as columns; the row's id comes last, so that equal rows keep their places.

    Raises:
        QueryError: an unknown or repeated column, or a direction that is none.
    """
    keys: list[Key] = []
    at = 0
    for part in (text.strip() and text or target.default_order).split(","):
        key = _key(part, at=at, target=target)
        if any(key.path == other.path for other in keys):
            raise QueryError(_("%(name)s is there twice.") % {"name": part.split()[0]}, at=at)
        keys.append(key)
        at += len(part) + 1
    if len(keys) > MOST_KEYS:
        raise QueryError(_("At most %(limit)d columns order a result.") % {"limit": MOST_KEYS}, at=0)
    return [*keys, Key("pk", keys[0].descending)]


def _key(part: str, *, at: int, target: Target) -> Key:
    words = part.replace("`", "").split()
    names = ", ".join(target.sorts)
    if not 1 <= len(words) <= 2:
        raise QueryError(
            _("An order is a column, then ASC or DESC."),
            at=at,
            expected=names,
            hint=_("Write it like changed DESC."),
        )
    path = target.sorts.get(target.name_of(words[0].casefold()))
    if path is None:
        raise QueryError(
            _("Results can't be ordered by “%(name)s”.") % {"name": words[0][:40]},
            at=at,
            expected=names,
            hint=_("They can by: %(names)s.") % {"names": names},
        )
    direction = words[1].upper() if len(words) == 2 else "ASC"
    if direction not in {"ASC", "DESC"}:
        raise QueryError(
            _("“%(word)s” is no direction.") % {"word": words[1][:40]}, at=at, expected="ASC, DESC"
        )
    return Key(path, direction == "DESC")


def after(cursor: str, keys: Sequence[Key], *, asked: str) -> Q:
    """The rows behind a cursor.

    Raises:
        Invalid: the cursor was not made by `cursor_of` for the same query and order.
    """
    try:
        fingerprint, values = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        if fingerprint != _fingerprint(keys, asked) or len(values) != len(keys):
            raise ValueError
        known = [_read(value, path=key.path) for key, value in zip(keys, values, strict=True)]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Invalid(
            _("This cursor does not belong to this query."), code="bad-cursor", hint=_("Start without one.")
        ) from error
    behind, same = Q(), Q()
    for key, value in zip(keys, known, strict=True):
        behind |= same & Q(**{f"{key.path}__{'lt' if key.descending else 'gt'}": value})
        same &= Q(**{key.path: value})
    # Says again what follows from the rest, in a form that an index understands.
    first = keys[0]
    return Q(**{f"{first.path}__{'lte' if first.descending else 'gte'}": known[0]}) & behind


def cursor_of(row: Any, keys: Sequence[Key], *, asked: str) -> str:
    """Where a page ends: pass it to `after` for the next one."""
    values = [_written(key.of(row)) for key in keys]
    return base64.urlsafe_b64encode(json.dumps([_fingerprint(keys, asked), values]).encode()).decode()


def _fingerprint(keys: Sequence[Key], asked: str) -> str:
    text = json.dumps([asked, [key.term for key in keys]])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _written(value: Any) -> Any:
    return {"at": value.isoformat()} if isinstance(value, datetime) else value


def _read(value: Any, *, path: str) -> Any:
    """A value of a cursor, which anyone may have written."""
    if path.endswith("_at"):
        at = datetime.fromisoformat(value["at"])
        if at.tzinfo is None:
            raise ValueError
        return at
    wanted = str if path.endswith("name") else int
    if type(value) is not wanted or (isinstance(value, str) and "\0" in value.encode().decode()):
        raise ValueError
    return value
