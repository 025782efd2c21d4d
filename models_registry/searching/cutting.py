"""Pages of results that are counted only up to a limit: no page counts a hundred thousand rows."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet


class CappedPaginator(Paginator):
    """Django's, over the first `total` rows; `capped` says that there are more than that."""

    def __init__(self, found: QuerySet[Any], per_page: int, *, total: int, capped: bool) -> None:
        super().__init__(found, per_page)
        # Known already; it would be counted again otherwise.
        self.count = total
        self.capped = capped
