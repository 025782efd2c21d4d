"""What can be asked for, and how each kind of field turns a comparison into a condition."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from models_registry.models import Alias, ModelVersion, VersionMetric
from models_registry.searching import values
from models_registry.searching.asking import Asked
from models_registry.searching.errors import QueryError
from models_registry.searching.lookups import tag_text, text_test
from models_registry.searching.tree import Compare, Value

TEXTS = ("=", "!=", "LIKE", "ILIKE", "IN", "NULL")
ORDERED = ("=", "!=", ">", ">=", "<", "<=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A name that a comparison may begin with; `operators` it understands, and whether it needs a key."""

    operators: Sequence[str] = TEXTS
    keyed: bool = False

    def compile(self, clause: Compare, *, asked: Asked) -> Q:
        """The condition of one comparison; `!=` and NOT IN are what is left of all rows."""
        if clause.operator == "!=":
            return ~self.test(clause, "=", clause.values[0], asked=asked)
        if clause.operator == "IN":
            found = Q()
            for value in clause.values:
                found |= self.test(clause, "=", value, asked=asked)
        elif clause.operator == "NULL":
            found = self.absent(clause, asked=asked)
        else:
            found = self.test(clause, clause.operator, clause.values[0], asked=asked)
        return ~found if clause.negated else found

    def test(self, clause: Compare, operator: str, value: Value, *, asked: Asked) -> Q:
        raise NotImplementedError

    def absent(self, clause: Compare, *, asked: Asked) -> Q:
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Words(Field):
    """A column of text that is empty where nothing is known."""

    path: str

    def test(self, clause: Compare, operator: str, value: Value, *, asked: Asked) -> Q:
        if operator == "=":
            return Q(**{self.path: value.text})
        return text_test(self.path, operator, value.text)

    def absent(self, clause: Compare, *, asked: Asked) -> Q:
        return Q(**{self.path: ""})


@dataclass(frozen=True, slots=True, kw_only=True)
class Title(Field):
    """What people call a model: its display name, or its name where it has none."""

    prefix: str

    def test(self, clause: Compare, operator: str, value: Value, *, asked: Asked) -> Q:
        shown, name = f"{self.prefix}display_name", f"{self.prefix}name"
        unnamed = Q(**{shown: ""}) & text_test(name, operator, value.text)
        return (~Q(**{shown: ""}) & text_test(shown, operator, value.text)) | unnamed

    def absent(self, clause: Compare, *, asked: Asked) -> Q:
        return Q(**{f"{self.prefix}display_name": ""})


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Field):
    """A column with few values, told apart in whatever case they are written."""

    path: str
    known: Sequence[str]
    operators: Sequence[str] = ("=", "!=", "IN")

    def test(self, clause: Compare, operator: str, value: Value, *, asked: Asked) -> Q:
        wanted = value.text.casefold().replace(" ", "_")
        if wanted not in self.known:
            raise QueryError(
                _("%(field)s is never “%(text)s”.") % {"field": clause.name.field, "text": value.text[:40]},
                at=value.span.start,
                expected=", ".join(self.known),
                hint=_("It is one of: %(known)s.") % {"known": ", ".join(self.known)},
            )
        return Q(**{self.path: wanted})


@dataclass(frozen=True, slots=True, kw_only=True)
class Count(Field):
    """A column of whole numbers."""

    path: str
    operators: Sequence[str] = (*ORDERED, "IN")

    def test(self, clause: Compare, operator: str, value: Value, *, asked: Asked) -> Q:
        suffix = "" if operator == "=" else f"__{values.SUFFIX[operator]}"
        return Q(**{f"{self.path}{suffix}": values.whole(value)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment(Field):
    """A column of times; it may be empty."""

    path: str
    operators: Sequence[str] = ORDERED

    def test(self, clause: Compare, operator: str, value: Value, *, asked: Asked) -> Q:
        return values.time_test(self.path, operator, values.moment(value, now=asked.now))

    def absent(self, clause: Compare, *, asked: Asked) -> Q:
        return Q(**{f"{self.path}__isnull": True})


@dataclass(frozen=True, slots=True, kw_only=True)
class Day(Moment):
    """A column of dates; it may be empty."""

    operators: Sequence[str] = (*ORDERED, "NULL")

    def test(self, clause: Compare, operator: str, value: Value, *, asked: Asked) -> Q:
        day = values.local_day(values.moment(value, now=asked.now))
        suffix = "" if operator == "=" else f"__{values.SUFFIX[operator]}"
        return Q(**{f"{self.path}{suffix}": day})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags(Field):
    """tags.key: as in MLflow, `!=` finds only what has the key."""

    path: str
    keyed: bool = True

    def compile(self, clause: Compare, *, asked: Asked) -> Q:
        # Not through super(): a dataclass with slots is another class than the one that super() knows.
        found = Field.compile(self, clause, asked=asked)
        if clause.operator == "!=" or (clause.negated and clause.operator != "NULL"):
            return found & ~self.absent(clause, asked=asked)
        return found

    def test(self, clause: Compare, operator: str, value: Value, *, asked: Asked) -> Q:
        if operator == "=":
            return Q(**{f"{self.path}__contains": {clause.name.key: value.text}})
        has = Q(**{f"{self.path}__has_key": clause.name.key})
        return has & text_test(tag_text(self.path, clause.name.key), operator, value.text)

    def absent(self, clause: Compare, *, asked: Asked) -> Q:
        return ~Q(**{f"{self.path}__has_key": clause.name.key})


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics(Field):
    """metrics.name: the newest value of each version counts, and only versions that have one."""

    keyed: bool = True
    operators: Sequence[str] = (*ORDERED, "NULL")

    def compile(self, clause: Compare, *, asked: Asked) -> Q:
        if clause.operator != "!=":
            return Field.compile(self, clause, asked=asked)
        others = self._newest(clause).exclude(value=values.number(clause.values[0]))
        return asked.among("pk", others.values_list("version_id", flat=True))

    def test(self, clause: Compare, operator: str, value: Value, *, asked: Asked) -> Q:
        suffix = "" if operator == "=" else f"__{values.SUFFIX[operator]}"
        wanted = {f"value{suffix}": values.number(value)}
        return asked.among("pk", self._newest(clause).filter(**wanted).values_list("version_id", flat=True))

    def absent(self, clause: Compare, *, asked: Asked) -> Q:
        return ~Q(pk__in=self._named(clause).values("version_id"))

    def _named(self, clause: Compare) -> Any:
        return VersionMetric.objects.filter(name=clause.name.key).order_by()

    def _newest(self, clause: Compare) -> Any:
        return self._named(clause).filter(newest=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aliases(Field):
    """Any alias that points at the version; for a model, any of its own."""

    owner: str = "version"

    def test(self, clause: Compare, operator: str, value: Value, *, asked: Asked) -> Q:
        named = Alias.objects.filter(text_test("name", operator, value.text.removeprefix("@"))).order_by()
        return asked.among("pk", named.values_list(f"{self.owner}_id", flat=True))

    def absent(self, clause: Compare, *, asked: Asked) -> Q:
        return ~Q(Exists(Alias.objects.filter(**{self.owner: OuterRef("pk")}).order_by()))


@dataclass(frozen=True, slots=True, kw_only=True)
class OfVersions(Field):
    """A field of versions asked of a model: whether any of its versions fits, or for a negation, none."""

    inner: Field

    def compile(self, clause: Compare, *, asked: Asked) -> Q:
        if clause.operator != "IN":
            return Field.compile(self, clause, asked=asked)
        # One question for the whole list, not one for each of its values.
        listed = Compare(clause.name, "IN", clause.values, False, clause.span)
        found = self._any(self.inner.compile(listed, asked=asked), asked=asked)
        return ~found if clause.negated else found

    def test(self, clause: Compare, operator: str, value: Value, *, asked: Asked) -> Q:
        plain = Compare(clause.name, operator, (value,), False, clause.span)
        return self._any(self.inner.compile(plain, asked=asked), asked=asked)

    def absent(self, clause: Compare, *, asked: Asked) -> Q:
        return ~self._any(~self.inner.absent(clause, asked=asked), asked=asked)

    def _any(self, condition: Q, *, asked: Asked) -> Q:
        found = ModelVersion.objects.filter(condition, deleted_at=None).order_by()
        return asked.among("pk", found.values_list("model_id", flat=True))


def of_versions(inner: Field) -> OfVersions:
    return OfVersions(inner=inner, operators=inner.operators, keyed=inner.keyed)
