"""Queries that are put into SQL once: building one costs several times what running it does."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import IntegerField, QuerySet, Value
from django.db.models.functions import Cast

MARK = "\x01"


def text(name: str) -> str:
    """Stands for a text that each run is given."""
    return f"{MARK}{name}"


def number(name: str) -> Cast:
    """Stands for a whole number that each run is given."""
    return Cast(Value(text(name)), IntegerField())


class Once:
    """A `values_list` query whose parameters are named by `text` and `number`.

    JSON columns come as text, for Django's own converters are not run.
    """

    def __init__(self, build: Callable[[], QuerySet[Any, Any]]) -> None:
        self._build = build
        self._sql = ""
        self._params: tuple[Any, ...] = ()

    def rows(self, **given: str | int) -> list[tuple[Any, ...]]:
        if not self._sql:
            sql, self._params = self._build().query.sql_with_params()
            self._sql = sql
        params = [given[one[1:]] if _is_slot(one) else one for one in self._params]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, params)
            return cursor.fetchall()


def _is_slot(param: Any) -> bool:
    return isinstance(param, str) and param.startswith(MARK)
