"""What a server was seen to have beside what is wanted there. No queries, no clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from serving.models import Deployment, Observed, Phase, Route

# How Triton's index words a model that nobody asked for: in the repository, not in memory.
UNLOADED_REASONS = {"", "unloaded"}


@dataclass(frozen=True, slots=True)
class Seen:
    """One name on a server; `deployment` or `route` is the wish behind it, if there is one."""

    name: str
    state: str
    reason: str = ""
    deployment: Deployment | None = None
    route: Route | None = None


@dataclass(slots=True)
class Contents:
    """What is there and wanted, wanted and not there, going away, and there although nobody wants it."""

    ready: list[Seen] = field(default_factory=list)
    missing: list[Seen] = field(default_factory=list)
    leaving: list[Seen] = field(default_factory=list)
    unwanted: list[Seen] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.ready and self.in_sync

    @property
    def in_sync(self) -> bool:
        return not (self.missing or self.leaving or self.unwanted)

    @property
    def being_met(self) -> bool:
        """Whether all that is missing or leaving is a machine's turn."""
        working = {Phase.WORKING, Phase.WAITING, Phase.UNLOADING}
        rows = [seen.deployment or seen.route for seen in (*self.missing, *self.leaving)]
        return bool(rows) and not self.unwanted and all(row and row.phase in working for row in rows)


def compare(
    *,
    index: Iterable[Mapping[str, str]],
    seen_at: datetime | None,
    deployments: Iterable[Deployment],
    routes: Iterable[Route],
) -> Contents:
    """Sort the names of a server's index and of the wishes for it.

    Args:
        index: Triton's repository index as it was at `seen_at`.
        deployments, routes: every row of this server, their versions and models fetched.
    """
    listed = {row["name"]: row for row in index}
    contents, known = Contents(), set()
    for deployment in deployments:
        name = deployment.version.triton_name
        known.add(name)
        state, reason = _state(listed.get(name))
        loaded = state == "READY"
        # The index may be older than what a worker has just done.
        if seen_at is None or deployment.changed_at > seen_at:
            loaded = deployment.observed == Observed.READY
        seen = Seen(name, state, reason, deployment=deployment)
        if deployment.wanted:
            (contents.ready if loaded else contents.missing).append(seen)
        elif deployment.phase == Phase.UNLOADING:
            contents.leaving.append(seen)
        elif loaded:
            contents.unwanted.append(seen)
    for route in routes:
        name = route.model.name
        known.add(name)
        seen = Seen(name, *_state(listed.get(name)), route=route)
        if route.phase == Phase.READY:
            contents.ready.append(seen)
        elif route.phase != Phase.UNLOADED:
            contents.missing.append(seen)
    for name, row in listed.items():
        state, reason = _state(row)
        if name not in known and (state in {"READY", "LOADING"} or reason not in UNLOADED_REASONS):
            contents.unwanted.append(Seen(name, state, reason))
    return contents


def _state(row: Mapping[str, str] | None) -> tuple[str, str]:
    return (row["state"], row["reason"]) if row else ("", "")
