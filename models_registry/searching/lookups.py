"""LIKE as SQL has it: % and _ stand for any characters and for one, and LIKE minds case."""

from collections.abc import Collection
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, F, Func, Lookup, Q, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.lookups import Exact


class Like(Lookup):
    lookup_name = "like"
    word = "LIKE"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} {self.word} {right}", (*left_params, *right_params)


class ILike(Like):
    lookup_name = "ilike"
    word = "ILIKE"


class AnyOf(Lookup):
    """One of an array, which is one parameter however long it is."""

    lookup_name = "any_of"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} = ANY({right})", (*left_params, *right_params)


LOOKUPS: dict[str, Any] = {"=": Exact, "LIKE": Like, "ILIKE": ILike}


def text_test(expression: str | Combinable, operator: str, text: str) -> Q:
    """A condition on a column by its path, or on any expression that is a text."""
    left = F(expression) if isinstance(expression, str) else expression
    # A backslash at the end would escape nothing, which PostgreSQL refuses.
    pattern = f"{text}\\" if operator != "=" and _ends_open(text) else text
    return Q(LOOKUPS[operator](left, Value(pattern, output_field=TextField())))


def any_of(path: str, ids: Collection[int]) -> Q:
    """Rows whose id at this path is one of these."""
    known = Value(sorted(set(ids)), output_field=ArrayField(BigIntegerField()))
    return Q(AnyOf(F(path), known))


def tag_text(path: str, key: str) -> Func:
    """The value of a tag, as text; a key of digits is a key too."""
    return Func(F(path), Value(key), function="jsonb_extract_path_text", output_field=TextField())


def anywhere(text: str) -> str:
    """The pattern of texts that hold this one."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _ends_open(pattern: str) -> bool:
    return (len(pattern) - len(pattern.rstrip("\\"))) % 2 == 1
