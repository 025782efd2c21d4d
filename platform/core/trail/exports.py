"""Parts of the trail for somebody else: JSON that proves itself offline, and CSV to read."""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import FIRST_SHAPE, content, details, record
from core.errors import missing
from core.merkle import Tree
from core.models import AuditCheckpoint, AuditEvent
from core.trail import checkpoints
from core.trail.checkpoints import note_of
from core.trail.filters import Filters

FORMAT = "conch-audit-export-1"
# Older checkpoints whose place in the newest one is proved; more by `from_sizes`.
MOST_OLDER = 100
CSV_COLUMNS = (
    "position", "at", "actor_name", "delegated_for", "door", "auth", "address", "request_id", "verb",
    "object_type", "object_id", "object_label", "model_name", "before", "after", "reason", "hash",
)  # fmt: skip
# What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Events, by position, and the signed checkpoint that covers them."""

    events: QuerySet[AuditEvent]
    checkpoint: AuditCheckpoint
    filters: dict[str, str]
    from_sizes: tuple[int, ...] = ()


def hand_out(*, actor: Actor, filters: Filters, kind: str, from_sizes: Iterable[int] = ()) -> Slice:
    """What the filters select, up to a checkpoint made now; that it was read is recorded.

    Args:
        kind: "json" or "csv", for the record.
        from_sizes: sizes of older checkpoints whose consistency the export shall prove.

    Raises:
        Forbidden: the actor may not read the whole trail.
        Conflict: the checkpoints elsewhere are of another trail.
    """
    actor.require("audit.read")
    checkpoints.checkpoint()
    newest = checkpoints.newest()
    if newest is None:
        raise missing(_("event to export yet"))
    asked = filters.to_json()
    with transaction.atomic(durable=True):
        record(actor, "audit.export", newest, after={"kind": kind, "size": newest.size, "filters": asked})
    events = filters.of(AuditEvent.objects.filter(position__lte=newest.size)).order_by("position")
    return Slice(events=events, checkpoint=newest, filters=asked, from_sizes=tuple(from_sizes))


def as_json(part: Slice) -> Iterator[str]:
    """One JSON object, a line an event.

    The last event of each run of neighbours carries its audit path to the checkpoint's root; the ones
    before it are proved by the chain, since each hash holds the one before.
    """
    tree = _tree(part.checkpoint.size, part.checkpoint.root)
    head = {
        "format": FORMAT,
        "filters": part.filters,
        "checkpoint": note_of(part.checkpoint).to_json(),
        "earlier": list(_earlier(part, tree)),
    }
    yield json.dumps(head, ensure_ascii=False, sort_keys=True)[:-1] + ', "events": ['
    count, held = 0, None
    for event in part.events.iterator(chunk_size=1000):
        if held is not None:
            yield _line(held, tree, ends_run=event.position != (held.position or 0) + 1, first=count == 1)
        held, count = event, count + 1
    if held is not None:
        yield _line(held, tree, ends_run=True, first=count == 1)
    yield f'\n], "count": {count}}}\n'


def as_csv(part: Slice) -> Iterator[str]:
    """A table for a spreadsheet, without proofs."""
    writer = csv.writer(_Echo())
    yield writer.writerow(CSV_COLUMNS)
    for event in part.events.iterator(chunk_size=1000):
        yield writer.writerow([_cell(getattr(event, name)) for name in CSV_COLUMNS])


def event_json(event: AuditEvent) -> dict[str, Any]:
    """An event with all that its hash is computed from."""
    return (
        content(event)
        | (details(event) if event.shape != FIRST_SHAPE else {})
        | {
            "shape": event.shape,
            "id": event.pk,
            "position": event.position,
            "redacted": event.redacted,
            "content_hash": event.content_hash,
            "previous_hash": event.previous_hash,
            "hash": event.hash,
        }
    )


def _line(event: AuditEvent, tree: Tree, *, ends_run: bool, first: bool) -> str:
    raw = event_json(event)
    if ends_run:
        path = tree.inclusion(index=(event.position or 0) - 1, size=len(tree))
        raw["proof"] = [node.hex() for node in path]
    return ("\n" if first else ",\n") + json.dumps(raw, ensure_ascii=False, sort_keys=True, default=str)


@lru_cache(maxsize=1)
def _tree(size: int, root: str) -> Tree:
    """The tree under a root; the last one is kept, since reading a long trail takes seconds."""
    events = AuditEvent.objects.filter(position__lte=size).order_by("position")
    hashes = events.values_list("hash", flat=True).iterator(chunk_size=10_000)
    return Tree(bytes.fromhex(entry or "") for entry in hashes)


def _earlier(part: Slice, tree: Tree) -> Iterator[dict[str, Any]]:
    size = part.checkpoint.size
    before = AuditCheckpoint.objects.filter(size__lt=size)
    chosen = {row.size: note_of(row).to_json() for row in before[:MOST_OLDER]}
    asked = {other for other in part.from_sizes if 0 < other < size} - set(chosen)
    chosen |= {other: {"size": other} for other in asked}
    for other in sorted(chosen):
        proof = tree.consistency(old_size=other, size=size)
        yield {"checkpoint": chosen[other], "proof": [node.hex() for node in proof]}


def _cell(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True) if isinstance(value, (dict, list)) else ""
    text = text or ("" if value is None else str(value))
    return f"'{text}" if text.startswith(FORMULA) else text


class _Echo:
    """What csv.writer writes to, so that it returns each line."""

    def write(self, text: str) -> str:
        return text
