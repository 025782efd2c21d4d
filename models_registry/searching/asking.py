"""What a compilation knows besides the query: the time, and whether it may look at rows already."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from models_registry.searching.lookups import any_of

# Up to here a list of ids is better than a subquery, whose size the planner can only guess.
FEW = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`looks`: subqueries are read first, and where they find few rows those are named by their ids."""

    now: datetime
    looks: bool = False

    def among(self, path: str, ids: QuerySet[Any, Any]) -> Q:
        """Rows whose `path` is one of these ids.

        Few ids let an index find the rows; many let the rows be visited in their order until a page is full.
        """
        if self.looks:
            found = list(ids[: FEW + 1])
            if len(found) <= FEW:
                return any_of(path, found)
        return Q(**{f"{path}__in": ids})
