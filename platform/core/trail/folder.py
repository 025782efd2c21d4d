"""Checkpoints as small files in a folder elsewhere: another disk, machine, or team's share."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.trail import notes
from core.trail.notes import Note


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint as it was found in a file; `leaves`: the start of each new event's hash."""

    note: Note
    leaves: tuple[str, ...]
    path: Path


def name_of(size: int) -> str:
    return f"checkpoint-{size:012d}.json"


def keep(folder: Path, note: Note, *, leaves: Sequence[str]) -> bool:
    """Write a checkpoint unless it is there; a file that says something else is never replaced.

    Returns: whether the folder now says what the note says.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name_of(note.size)
    draft = folder / f".{path.name}.{os.getpid()}"
    draft.write_text(json.dumps(note.to_json() | {"leaves": list(leaves)}, indent=1) + "\n")
    draft.chmod(0o444)
    try:
        os.link(draft, path)
    except FileExistsError:
        return read(path).note.body() == note.body()
    finally:
        draft.unlink()
    return True


def read(path: Path) -> Kept:
    """The checkpoint in a file; ValueError unless it is one."""
    try:
        raw = json.loads(path.read_text())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} is no JSON") from error
    leaves = raw.get("leaves", [])
    return Kept(notes.read(raw), tuple(map(str, leaves)), path)


def newest_in(folder: Path) -> Kept | None:
    paths = sorted(folder.glob("checkpoint-*.json"))
    return read(paths[-1]) if paths else None
