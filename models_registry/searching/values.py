"""Values as fields read them: numbers, moments, and how a moment compares with a whole day."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from models_registry.searching.errors import QueryError
from models_registry.searching.tree import Value

NUMBER = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$", re.IGNORECASE | re.ASCII)
WHOLE = re.compile(r"^\d{1,18}$", re.ASCII)
# What MLflow calls a timestamp: milliseconds since 1970.
EPOCH_MS = re.compile(r"^\d{11,14}$", re.ASCII)
AGO = re.compile(r"^(\d{1,5})(min|h|d|w|mo|y)$", re.IGNORECASE | re.ASCII)
AGES = {
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "mo": timedelta(days=30),
    "y": timedelta(days=365),
}
SUFFIX = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}


@dataclass(frozen=True, slots=True)
class When:
    """From `start` up to, not including, `end`; a single moment has both the same."""

    start: datetime
    end: datetime


def number(value: Value) -> float:
    if NUMBER.match(value.text):
        found = float(value.text)
        if math.isfinite(found):
            return found
    raise QueryError(
        _("“%(text)s” is not a number.") % {"text": value.text[:40]},
        at=value.span.start,
        expected=_("a number"),
        hint=_("Write it like 0.95 or 1e-3."),
    )


def whole(value: Value) -> int:
    if WHOLE.match(value.text):
        return int(value.text)
    raise QueryError(
        _("“%(text)s” is not a whole number.") % {"text": value.text[:40]},
        at=value.span.start,
        expected=_("a whole number"),
        hint=_("Version numbers are written like 3."),
    )


def moment(value: Value, *, now: datetime) -> When:
    """A day, a time, milliseconds since 1970, or an age like 7d counted back from now."""
    try:
        found = _moment(value.text.strip(), now=now)
    except (ValueError, OverflowError, OSError):
        found = None
    if found is None:
        raise QueryError(
            _("“%(text)s” is not a time.") % {"text": value.text[:40]},
            at=value.span.start,
            expected=_("a date, a time or an age"),
            hint=_("Write a date like 2026-01-31, a time like '2026-01-31 09:30', or an age like 7d or 12h."),
        )
    return found


def _moment(text: str, *, now: datetime) -> When | None:
    if ago := AGO.match(text):
        at = now - int(ago[1]) * AGES[ago[2].lower()]
        return When(at, at)
    if EPOCH_MS.match(text):
        at = datetime.fromtimestamp(int(text) / 1000, tz=UTC)
        return When(at, at)
    if len(text) == len("2026-01-31"):
        day = date.fromisoformat(text)
        return When(_midnight(day), _midnight(day + timedelta(days=1)))
    at = datetime.fromisoformat(text)
    # Without a zone it is the reader's own.
    at = at if at.tzinfo else timezone.make_aware(at)
    return When(at.astimezone(UTC), at.astimezone(UTC))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time())).astimezone(UTC)


def time_test(path: str, operator: str, when: When) -> Q:
    """A day counts as a whole: after it begins where it ends, before it ends where it begins."""
    if operator == "=":
        if when.start == when.end:
            return Q(**{path: when.start})
        return Q(**{f"{path}__gte": when.start, f"{path}__lt": when.end})
    if when.start == when.end:
        return Q(**{f"{path}__{SUFFIX[operator]}": when.start})
    edge = {
        ">": ("gte", when.end),
        ">=": ("gte", when.start),
        "<": ("lt", when.start),
        "<=": ("lt", when.end),
    }
    suffix, at = edge[operator]
    return Q(**{f"{path}__{suffix}": at})


def local_day(when: When) -> date:
    """The reader's calendar day of a moment."""
    return timezone.localtime(when.start).date()
