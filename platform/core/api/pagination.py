"""Lists by cursor: stable while rows come and go, and as cheap at the end as at the start."""

from typing import Any

from django.db.models import Model, QuerySet
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request


class Pages(CursorPagination):
    """`?page_size=100`, then follow `next`; never more than 100 rows at once.

    The order is the view's `cursor_ordering`, or that of its queryset. Its first field has to tell rows apart
    (almost): a cursor is a value of that field.
    """

    page_size_query_param = "page_size"
    max_page_size = 100

    def get_ordering(self, request: Request, queryset: QuerySet[Model], view: Any) -> tuple[str, ...]:
        asked = getattr(view, "cursor_ordering", None) or queryset.query.order_by
        ordering = tuple(asked or queryset.model._meta.ordering or ("pk",))
        return (
            ordering if len(ordering) == 1 and ordering[0].lstrip("-") in {"pk", "id"} else (*ordering, "pk")
        )

    def _get_position_from_instance(self, instance: Any, ordering: Any) -> str:
        """As in the base class, also for an order by a field of a related row."""
        value = instance
        for part in ordering[0].lstrip("-").split("__"):
            value = getattr(value, part)
        return None if value is None else str(value)  # type: ignore[return-value]
