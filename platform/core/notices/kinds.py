"""The kinds of notices. Apps register theirs at start: what it says, where it leads, whom it concerns.

Words and links are made from the audit event alone, so a page of notices costs no query per row.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

from core.models import AuditEvent

Words = str | Promise


def nobody(event: AuditEvent) -> Iterable[int]:
    return ()


def nowhere(event: AuditEvent) -> str:
    return ""


def no_data(event: AuditEvent) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class MlflowEvent:
    """The event of MLflow's webhooks that a kind is, its `data` there, and such data for a test."""

    entity: str
    action: str
    data: Callable[[AuditEvent], dict[str, Any]]
    example: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.entity}.{self.action}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of event.

    Attributes:
        name: what webhooks call it; never changes once released.
        verbs: the audit verbs it is made of.
        label: for the settings, e.g. "A request waits for your review".
        words: one sentence about one event, in the active language.
        url: the page it leads to, without host, in the active language.
        receivers: the ids of the people it concerns; who did it is left out by the caller.
        data: the particulars that webhooks carry.
        matches: a further condition on the audit event.
        mlflow: the same event as MLflow names and fills it.
        prompt: nudge a worker at once rather than wait for the sweep.
    """

    name: str
    verbs: frozenset[str]
    label: Words
    words: Callable[[AuditEvent], str]
    url: Callable[[AuditEvent], str] = nowhere
    receivers: Callable[[AuditEvent], Iterable[int]] = nobody
    data: Callable[[AuditEvent], dict[str, Any]] = no_data
    matches: Callable[[AuditEvent], bool] = field(default=lambda event: True)
    mlflow: MlflowEvent | None = None
    prompt: bool = False
    to_people: bool = True
    in_app: bool = True
    email: bool = False


_kinds: dict[str, Kind] = {}
_by_verb: dict[str, list[Kind]] = {}


def register(*kinds: Kind) -> None:
    """Make kinds known; the same name again replaces it, so that tests may reload."""
    for kind in kinds:
        old = _kinds.get(kind.name)
        for verb in old.verbs if old else ():
            _by_verb[verb].remove(old)  # type: ignore[arg-type]
        _kinds[kind.name] = kind
        for verb in sorted(kind.verbs):
            _by_verb.setdefault(verb, []).append(kind)


def of(event: AuditEvent) -> Kind | None:
    """The kind of an audit event, the first that matches; None when nobody would want to hear of it."""
    return next((kind for kind in _by_verb.get(event.verb, ()) if kind.matches(event)), None)


def named(name: str) -> Kind | None:
    return _kinds.get(name)


def all_kinds() -> list[Kind]:
    """Every kind, in the order of registration."""
    return list(_kinds.values())


def for_people() -> list[Kind]:
    """The kinds that people can get, and choose how."""
    return [kind for kind in _kinds.values() if kind.to_people]
