"""A line diff as rows of a page: unchanged runs fold, changed words are marked."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

CONTEXT = 3
WORDS = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Row:
    """One line: `kind` is "same", "added" or "removed"; `parts` are (text, whether this part changed)."""

    kind: str
    old: int | None
    new: int | None
    parts: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Fold:
    """A run of unchanged lines that opens on demand."""

    rows: tuple[Row, ...]
    kind: str = "fold"


@dataclass(frozen=True, slots=True)
class Diff:
    rows: tuple[Row | Fold, ...]
    added: int
    removed: int


def diff(before: str, after: str) -> Diff:
    """Compare two texts line by line."""
    old, new = before.splitlines(), after.splitlines()
    rows: list[Row] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if tag == "equal":
            rows += [
                _row("same", i + 1, j + 1, old[i]) for i, j in zip(range(i1, i2), range(j1, j2), strict=True)
            ]
            continue
        rows += _changed(old[i1:i2], new[j1:j2], old_from=i1 + 1, new_from=j1 + 1)
    added = sum(row.kind == "added" for row in rows)
    removed = sum(row.kind == "removed" for row in rows)
    return Diff(tuple(_folded(rows)), added, removed)


def _row(kind: str, old: int | None, new: int | None, text: str) -> Row:
    return Row(kind, old, new, ((text, False),))


def _changed(old: Sequence[str], new: Sequence[str], *, old_from: int, new_from: int) -> list[Row]:
    removed, added = [], []
    for index, text in enumerate(old):
        parts = _marked(text, new[index])[0] if len(old) == len(new) else ((text, False),)
        removed.append(Row("removed", old_from + index, None, parts))
    for index, text in enumerate(new):
        parts = _marked(old[index], text)[1] if len(old) == len(new) else ((text, False),)
        added.append(Row("added", None, new_from + index, parts))
    return removed + added


def _marked(old: str, new: str) -> tuple[tuple[tuple[str, bool], ...], tuple[tuple[str, bool], ...]]:
    """Both lines in parts, the words that differ marked."""
    a, b = WORDS.findall(old), WORDS.findall(new)
    left: list[tuple[str, bool]] = []
    right: list[tuple[str, bool]] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(a=a, b=b, autojunk=False).get_opcodes():
        if i1 < i2:
            left.append(("".join(a[i1:i2]), tag != "equal"))
        if j1 < j2:
            right.append(("".join(b[j1:j2]), tag != "equal"))
    return tuple(left), tuple(right)


def _folded(rows: Sequence[Row]) -> Iterator[Row | Fold]:
    """Keep three lines around each change; a longer unchanged run becomes one Fold."""
    changed = [index for index, row in enumerate(rows) if row.kind != "same"]
    kept = {near for index in changed for near in range(index - CONTEXT, index + CONTEXT + 1)}
    run: list[Row] = []
    for index, row in enumerate(rows):
        if index not in kept:
            run.append(row)
            continue
        yield from _run(run)
        run = []
        yield row
    yield from _run(run)


def _run(rows: list[Row]) -> Iterator[Row | Fold]:
    """A fold of one or two lines would hide no more than it takes up."""
    if len(rows) > 2:
        yield Fold(tuple(rows))
        return
    yield from rows
