"""Pages of results that are counted only up to a limit: no page counts a hundred thousand rows."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet

from models_registry.searching.lookups import any_of

MOST_COUNTED = 5000


@dataclass(frozen=True, slots=True)
class Total:
    """How many rows were found; `capped` says that there are more than `count`."""

    count: int = 0
    capped: bool = False


def counted(found: QuerySet[Any]) -> tuple[QuerySet[Any], Total]:
    """The same rows, named by their ids where there are few enough, and how many there are.

    So a condition that is dear is decided once, whatever is then asked of the rows.
    """
    ids = list(found.order_by().values_list("pk", flat=True)[: MOST_COUNTED + 1])
    if len(ids) > MOST_COUNTED:
        return found, Total(MOST_COUNTED, True)
    return found.model._default_manager.filter(any_of("pk", ids)), Total(len(ids), False)


class CappedPaginator(Paginator):
    """Django's, over the rows that were counted."""

    def __init__(self, found: QuerySet[Any], per_page: int, *, total: Total) -> None:
        super().__init__(found, per_page)
        # Known already; it would be counted again otherwise.
        self.count = total.count
        self.capped = total.capped
