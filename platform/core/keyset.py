"""Pages of a list that only grows, by the id at their edge: as quick at the end as at the start. Pure."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import models
from django.db.models import QuerySet

Row = TypeVar("Row", bound=models.Model)
# A total above this is not worth its reading.
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Cut(Generic[Row]):
    """Rows, newest first, and the edges to go on from; None where there is nothing beyond."""

    rows: list[Row]
    newer: int | None
    older: int | None

    @property
    def has_other_pages(self) -> bool:
        return self.newer is not None or self.older is not None


def cut(
    found: QuerySet[Row], *, before: int | None = None, after: int | None = None, size: int = 50
) -> Cut[Row]:
    """The `size` rows next to an edge: below `before`, or above `after`, or the newest."""
    if after is not None:
        rows: list[Any] = list(found.filter(pk__gt=after).order_by("pk")[: size + 1])
        more = len(rows) > size
        rows = rows[:size][::-1]
        return Cut(rows, newer=rows[0].pk if more else None, older=rows[-1].pk if rows else None)
    below = found if before is None else found.filter(pk__lt=before)
    rows = list(below.order_by("-pk")[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    newer = rows[0].pk if rows and before is not None else None
    return Cut(rows, newer=newer, older=rows[-1].pk if more else None)


def edge(text: str | None) -> int | None:
    """An id from a query string; None where it is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def count(found: QuerySet[Row]) -> int:
    """How many there are, up to MOST_COUNTED + 1."""
    return found.order_by()[: MOST_COUNTED + 1].count()
