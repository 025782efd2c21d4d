"""Where a file stands inside a version: plain names, at most two folders deep, none that reads as another."""

import re
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from django.utils.translation import gettext as _

from core.errors import Invalid
from models_registry.inspection.files import MODELS, rank

# ASCII only: what looks like a slash, a dot or another name's letter in Unicode cannot be written.
PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
MOST_FOLDERS = 2
LONGEST_PATH = 200
MOST_FILES = 500
KEPT_BY_PYTHON = "__pycache__"


class Placed(Protocol):
    path: str


File = TypeVar("File", bound=Placed)


def check(path: str) -> str:
    """The path, or Invalid: relative, plain parts, at most two folders, no `..`, nothing hidden."""
    parts = path.split("/")
    plain = all(PART.fullmatch(part) and not part.endswith(".") and part != KEPT_BY_PYTHON for part in parts)
    if plain and len(parts) <= MOST_FOLDERS + 1 and len(path) <= LONGEST_PATH:
        return path
    raise Invalid(
        _("“%(name)s” is not a file name that Conch accepts.") % {"name": path[:80]},
        code="bad-file-name",
        hint=_(
            "Use letters, digits, dots, dashes and underscores, up to 128 characters a name, in at most two "
            "folders, divided by “/”."
        ),
    )


def refuse_clash(path: str, *, others: Iterable[str]) -> None:
    """Refuse a path that differs from another one by case alone, or needs a file to be a folder too."""
    taken = [other for other in others if other != path]
    for other in taken:
        if other.casefold() == path.casefold() or _inside(path, other) or _inside(other, path):
            raise Invalid(
                _("“%(name)s” cannot stand beside “%(other)s”.") % {"name": path, "other": other},
                code="file-name-clash",
                hint=_("Remove the other file first, or give this one another name."),
            )
    if len(taken) >= MOST_FILES:
        raise Invalid(
            _("A version holds at most %(most)d files.") % {"most": MOST_FILES},
            code="too-many-files",
            hint=_("Pack what belongs together into one file."),
        )


def main(files: Sequence[File]) -> File | None:
    """The file that a version is about: the model itself, not its weights or its tokenizer."""
    return min(files, key=lambda file: rank(file.path), default=None)


def is_model(path: str) -> bool:
    """Whether a file looks like a model that some backend reads, by its name."""
    return rank(path)[0] < len(MODELS)


def _inside(path: str, folder: str) -> bool:
    return path.casefold().startswith(f"{folder.casefold()}/")
