"""What upper apps add to the registry's pages; registered at start, as guards are.

A source is asked once for a whole page and answers in a fixed number of queries.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.db.models import Exists, QuerySet
from django.urls import reverse
from django.utils.functional import Promise

if TYPE_CHECKING:
    from models_registry.models import ModelVersion

Words = str | Promise
# Worst first: the order in which a list shows what needs a look.
TONES = ("bad", "warn", "wait", "run", "ok", "idle")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One version on one server; `label` is the id of the wish behind it."""

    version_id: int
    number: int
    server: str
    server_url: str
    label: str
    url: str
    tone: str
    word: Words
    detail: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How much of a model's traffic (0 to 100) a version answers, as a server reports it."""

    model_id: int
    number: int
    stage: str
    percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The newest measurement of a version: `brief` for a card, `text` for a line."""

    version_id: int
    label: str
    url: str
    tone: str
    word: Words
    brief: str = ""
    text: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One measured number of a version, set beside another version's of the same `key` and `conditions`.

    `better` is "less", "more" or "" where neither is; `conditions` say under what it was measured.
    """

    version_id: int
    key: str
    label: Words
    value: float
    text: str
    better: str = ""
    conditions: str = ""
    source: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A link to what can be done with a version; with a `why` it is off and says so."""

    id: str
    label: Words
    icon: str
    url: str
    permission: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """What an app adds to a version's evidence pack: JSON `rows` in `<key>.json`, under an English title.

    The same rows must give the same JSON: no clock, no language, no order of their own.
    """

    key: str
    title: str
    rows: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """A state that models are in while there are such `rows`, whose `path` leads to the id of the model."""

    tone: str
    word: Words
    rows: Callable[[], "QuerySet[Any, Any]"]
    path: str

    def holds(self, model_id: Any) -> Exists:
        """As a condition on a model: its id, or an OuterRef to it."""
        return Exists(self.rows().order_by().filter(**{self.path: model_id}))


Asked = TypeVar("Asked")
Row = TypeVar("Row")


class Slot(Generic[Asked, Row]):
    """A place on a page that upper apps fill with rows."""

    def __init__(self) -> None:
        self._sources: list[Callable[[Asked], Iterable[Row]]] = []

    def register(self, source: Callable[[Asked], Iterable[Row]]) -> None:
        if source not in self._sources:
            self._sources.append(source)

    def gather(self, asked: Asked) -> list[Row]:
        return [row for source in self._sources for row in source(asked)]


where_it_runs: Slot["QuerySet[ModelVersion]", Place] = Slot()
# Asked with the ids of models.
traffic: Slot[Collection[int], Share] = Slot()
# Asked with the ids of versions; at most one row for each.
measured: Slot[Collection[int], Measured] = Slot()
# Asked with the ids of the versions that are compared.
numbers: Slot[Collection[int], Number] = Slot()
actions: Slot["ModelVersion", Action] = Slot()
packed: Slot["ModelVersion", Packed] = Slot()

_concerns: list[Concern] = []
_routes: dict[str, str] = {}


def register_concern(concern: Concern) -> None:
    if concern not in _concerns:
        _concerns.append(concern)


def concerns() -> list[Concern]:
    """Every state a model can be in, worst first."""
    return sorted(_concerns, key=lambda concern: TONES.index(concern.tone))


def register_id(letter: str, route: str) -> None:
    """Make ids like “D-77” links to the page of this name, which takes the number."""
    _routes[letter] = route


def url_of(written: str) -> str:
    """The page of an id as people write it, or nothing."""
    letter, _dash, number = written.partition("-")
    route = _routes.get(letter.upper())
    return reverse(route, args=[int(number)]) if route and number.isdecimal() else ""
