"""Verification: each event's content, the chain, and each checkpoint, in the table and elsewhere."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from core.audit import walk
from core.merkle import WIDTH, Tree
from core.models import AuditCheckpoint, AuditEvent
from core.trail import folder, notes
from core.trail.checkpoints import note_of
from core.trail.folder import Kept

MOST_PROBLEMS = 50
REDACT = "audit.redact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong, and the first event concerned: its place from 1, and its id if it is there."""

    why: str
    position: int | None = None
    event_id: int | None = None

    def __str__(self) -> str:
        if self.event_id is not None:
            return f"the audit trail is broken at event {self.event_id}: {self.why}"
        if self.position is not None:
            return f"the audit trail is broken at position {self.position}: {self.why}"
        return f"the audit trail is broken: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    events: int
    head: str
    root: str
    checkpoints: int
    copies: int
    covered: int
    last_signed_at: datetime | None
    keys: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def is_whole(self) -> bool:
        return not self.problems


def verify(*, folders: Iterable[Path] | None = None) -> Report:
    """Check everything; `folders` hold checkpoints elsewhere, by default the one of this installation."""
    problems: list[Problem] = []
    tree, ids, head = _walked(problems)
    rows = list(AuditCheckpoint.objects.order_by("size"))
    problems += _of_table(rows, tree, ids)
    copies = 0
    for path in [settings.TRAIL.checkpoints] if folders is None else folders:
        found = list(_readable(path, problems))
        copies += len(found)
        problems += _of_folder(found, tree, ids)
    return Report(
        events=len(tree),
        head=head,
        root=tree.root(len(tree)).hex(),
        checkpoints=len(rows),
        copies=copies,
        covered=rows[-1].size if rows else 0,
        last_signed_at=rows[-1].signed_at if rows else None,
        keys=tuple(sorted({row.key_id for row in rows})),
        problems=tuple(problems[:MOST_PROBLEMS]),
    )


def _walked(problems: list[Problem]) -> tuple[Tree, list[int], str]:
    """The tree over all events as they stand, their ids by position, and the last hash."""
    tree, ids, head = Tree(), [], ""
    redactions = set(AuditEvent.objects.filter(verb=REDACT).values_list("object_id", flat=True))
    for event, wrong in walk():
        if event.position is not None:
            tree.append(_entry(event.hash))
            ids.append(event.pk)
            head = event.hash or ""
        if not wrong and event.redacted and str(event.pk) not in redactions:
            wrong = "its details were erased, and no event says by whom"
        if wrong:
            problems.append(Problem(why=wrong, position=event.position, event_id=event.pk))
    return tree, ids, head


def _of_table(rows: list[AuditCheckpoint], tree: Tree, ids: list[int]) -> Iterator[Problem]:
    previous = ""
    for row in rows:
        note = note_of(row)
        if not note.is_genuine:
            yield Problem(why=f"the checkpoint over {row.size} events is not signed by the key that it names")
        if note.previous != previous:
            yield Problem(why=f"the checkpoint over {row.size} events does not follow the one before it")
        if row.size > len(tree):
            yield _cut(row.size, tree, "a signed checkpoint")
        elif tree.root(row.size).hex() != row.root:
            yield Problem(why=f"the first {row.size} events are not those of their signed checkpoint")
        previous = note.digest


def _of_folder(found: list[Kept], tree: Tree, ids: list[int]) -> Iterator[Problem]:
    """The first disagreement with the checkpoints of one folder, smallest first."""
    agreed = 0
    for kept in found:
        note, where = kept.note, f"the checkpoint {kept.path.name}"
        if not note.is_genuine:
            yield Problem(why=f"{where} is not signed by the key that it names")
        elif note.size <= len(tree) and tree.root(note.size).hex() == note.root:
            agreed = note.size
        else:
            yield _first_difference(kept, tree, ids, agreed=agreed, where=where)
            return


def _first_difference(kept: Kept, tree: Tree, ids: list[int], *, agreed: int, where: str) -> Problem:
    start = kept.note.size - len(kept.leaves)
    for place, leaf in enumerate(kept.leaves, start=start):
        if place >= len(tree):
            return _cut(kept.note.size, tree, where)
        if tree.leaf(place).hex()[: notes.LEAF_DIGITS] != leaf:
            why = f"it is not the event that {where} signed"
            return Problem(why=why, position=place + 1, event_id=ids[place])
    if kept.note.size > len(tree):
        return _cut(kept.note.size, tree, where)
    why = f"between here and position {kept.note.size} events are not those that {where} signed"
    return Problem(why=why, position=agreed + 1)


def _cut(size: int, tree: Tree, where: str) -> Problem:
    why = f"{where} knows {size} events; the last {size - len(tree)} are gone"
    return Problem(why=why, position=len(tree) + 1)


def _readable(path: Path, problems: list[Problem]) -> Iterator[Kept]:
    for file in sorted(path.glob("checkpoint-*.json")):
        try:
            yield folder.read(file)
        except (ValueError, OSError) as error:
            problems.append(Problem(why=f"the checkpoint {file.name} cannot be read: {error}"))


def _entry(stored: str | None) -> bytes:
    """The bytes of a stored hash; a mangled one makes another tree, and is named by the walk."""
    try:
        entry = bytes.fromhex(stored or "")
    except ValueError:
        entry = b""
    return entry if len(entry) == WIDTH else b""
