"""Queries that are put into SQL once: building one costs several times what running it does."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import BigAutoField, DateTimeField, IntegerField, Lookup, Model, QuerySet, Value
from django.db.models.functions import Cast
from django.db.models.query import get_related_populators
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError

MARK = "\x01"
Row = TypeVar("Row", bound=Model)


def text(name: str) -> str:
    """Stands for a text that each run is given."""
    return f"{MARK}{name}"


def number(name: str) -> Cast:
    """Stands for a whole number that each run is given."""
    return Cast(Value(text(name)), IntegerField())


def moment(name: str) -> Cast:
    """Stands for a time that each run is given."""
    return Cast(Value(text(name)), DateTimeField())


class Among(Lookup):
    """`column = ANY(array)`, where the array is one parameter however long it is; `in` has one for each."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, left_params = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s::bigint[])", (*left_params, self.rhs)


BigAutoField.register_lookup(Among)


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    params: tuple[Any, ...]
    compiler: SQLCompiler
    # By column: what Django makes of the database's value.
    converters: dict[int, tuple[list[Callable[..., Any]], Any]]


class Once:
    """A `values_list` query whose parameters are named by `text`, `number` and `moment`.

    JSON columns come as text, for Django's own converters are not run.
    """

    def __init__(self, build: Callable[[], QuerySet[Any, Any]]) -> None:
        self._build = build

    @cached_property
    def _compiled(self) -> _Compiled:
        compiler = self._build().query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        converters = compiler.get_converters([one[0] for one in compiler.select])
        return _Compiled(sql=sql, params=tuple(params), compiler=compiler, converters=converters)

    def rows(self, **given: str | int | datetime | list[int]) -> list[tuple[Any, ...]]:
        known = self._compiled
        if known.compiler.query.select_for_update and not connection.in_atomic_block:
            raise TransactionManagementError("a row is locked inside a transaction alone")
        filled = [given[one[1:]] if _is_slot(one) else one for one in known.params]
        with connection.cursor() as cursor:
            cursor.execute(known.sql, filled)
            return cursor.fetchall()


class OnceOne(Once, Generic[Row]):
    """The same for a query of whole rows, with what `select_related` names."""

    def __init__(self, build: Callable[[], QuerySet[Row]]) -> None:
        super().__init__(build)

    def first(self, **given: str | int | datetime | list[int]) -> Row | None:
        """The first row found, as `QuerySet.first` gives it; the query itself sets the limit."""
        rows = self.rows(**given)
        return self._made(list(rows[0])) if rows else None

    def _made(self, values: list[Any]) -> Row:
        known = self._compiled
        for place, (converters, expression) in known.converters.items():
            for convert in converters:
                values[place] = convert(values[place], expression, connection)
        info, select = known.compiler.klass_info, known.compiler.select
        places = info["select_fields"]
        start, end = places[0], places[-1] + 1
        names = [one[0].target.attname for one in select[start:end]]
        made: Row = info["model"].from_db(connection.alias, names, values[start:end])
        # The stubs are those of the next Django.
        for populator in get_related_populators(info, select, connection.alias):  # type: ignore[call-arg]
            populator.populate(values, made)
        return made


def _is_slot(param: Any) -> bool:
    return isinstance(param, str) and param.startswith(MARK)
