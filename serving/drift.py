"""What a server was seen to have beside what is wanted there. No queries, no clock."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from serving.models import Phase

# How Triton's index words a model that nobody asked for: in the repository, not in memory.
UNLOADED_REASONS = {"", "unloaded"}
WORKING = {Phase.WORKING, Phase.WAITING, Phase.UNLOADING}


class Wished(NamedTuple):
    """A wish about one name on a server: a deployment's, or that of a public name (`route`)."""

    name: str
    number: int | None
    pk: int
    route: bool
    wanted: bool
    observed: bool
    phase: Phase
    # None once the server has been looked at since.
    changed_at: datetime | None

    @property
    def label(self) -> str:
        """What people call it: `digits v3`, or `digits → v3` for a public name."""
        if self.number is None:
            return self.name
        return f"{self.name} → v{self.number}" if self.route else self.name.replace(".v", " v")


class Seen(NamedTuple):
    """One name on a server as Triton's index had it, and the wish behind it, if there is one."""

    name: str
    state: str
    reason: str
    wished: Wished | None = None


class Wishes(NamedTuple):
    """The wishes for one server: how many are plainly met, the first of those, and all the others."""

    met: int
    first: list[Wished]
    others: list[Wished]


@dataclass(slots=True)
class Contents:
    """What is there and wanted, wanted and not there, going away, and there although nobody wants it.

    `ready` holds the first of `ready_count`.
    """

    ready_count: int = 0
    ready: list[Seen] = field(default_factory=list)
    missing: list[Seen] = field(default_factory=list)
    leaving: list[Seen] = field(default_factory=list)
    unwanted: list[Seen] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.ready_count and self.in_sync

    @property
    def in_sync(self) -> bool:
        return not (self.missing or self.leaving or self.unwanted)

    @property
    def being_met(self) -> bool:
        """Whether all that differs is a machine's turn."""
        moving = [*self.missing, *self.leaving]
        turns = all(seen.wished is not None and seen.wished.phase in WORKING for seen in moving)
        return bool(moving) and not self.unwanted and turns


def strays(*, index: Iterable[Mapping[str, str]], known: Collection[str]) -> list[Mapping[str, str]]:
    """The rows of Triton's repository index that are loaded, or tried to be, under a name nobody wants."""
    return [
        row
        for row in index
        if row["name"] not in known
        and (row["state"] in {"READY", "LOADING"} or row["reason"] not in UNLOADED_REASONS)
    ]


def compare(
    *,
    index: Iterable[Mapping[str, str]],
    strays: Iterable[Mapping[str, str]],
    seen_at: datetime | None,
    wishes: Wishes,
) -> Contents:
    """Sort the names of a server's index and of the wishes for it.

    Args:
        index: Triton's repository index as it was at `seen_at`; read for `wishes.others` alone.
        strays: the rows of that index that nobody wanted then.
    """
    listed = {row["name"]: row for row in index}
    ready = [Seen(wished.name, "READY", "", wished) for wished in wishes.first]
    contents, known = Contents(wishes.met, ready), set()
    for wished in wishes.others:
        row = listed.get(wished.name)
        known.add(wished.name)
        place = _place(wished, row, contents, is_news=_is_news(wished.changed_at, seen_at))
        if place is not None:
            place.append(Seen(wished.name, *_state(row), wished))
    contents.ready_count += len(contents.ready) - len(wishes.first)
    contents.unwanted += [Seen(row["name"], *_state(row)) for row in strays if row["name"] not in known]
    return contents


def _is_news(changed_at: datetime | None, seen_at: datetime | None) -> bool:
    return seen_at is None or (changed_at is not None and changed_at > seen_at)


def _place(
    wished: Wished, row: Mapping[str, str] | None, contents: Contents, *, is_news: bool
) -> list[Seen] | None:
    """Where a wish belongs; what a worker did after the index was read is believed more than the index."""
    if wished.route:
        if wished.phase == Phase.UNLOADED:
            return None
        return contents.ready if wished.phase == Phase.READY else contents.missing
    loaded = wished.observed if is_news else row is not None and row["state"] == "READY"
    if wished.wanted:
        return contents.ready if loaded else contents.missing
    if wished.phase == Phase.UNLOADING:
        return contents.leaving
    return contents.unwanted if loaded else None


def _state(row: Mapping[str, str] | None) -> tuple[str, str]:
    return (row["state"], row["reason"]) if row else ("", "")
