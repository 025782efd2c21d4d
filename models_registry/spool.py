"""The file that an upload's parts are put together in: writers share it; who completes it has it alone."""

import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from core.errors import Conflict, Invalid
from models_registry import artifacts
from models_registry.storage import CHUNK_BYTES


@dataclass(frozen=True, slots=True)
class Whole:
    """The digest of all, and the numbers of the parts whose bytes are not those that were received."""

    sha256: str
    damaged: list[int]


def make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(exist_ok=False)


@contextmanager
def held(path: Path, *, alone: bool) -> Iterator[BinaryIO]:
    """The open file, locked: shared by those who write parts, alone for who completes it.

    Raises:
        Conflict: somebody is completing it, or, for who wants it alone, writing a part.
    """
    try:
        file = path.open("r+b")
    except FileNotFoundError as error:
        raise Conflict(
            _("The parts of this upload are gone."), code="upload-gone", hint=_("Begin the upload again.")
        ) from error
    with file:
        try:
            fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(
                _("This upload is being written to or completed right now."),
                code="upload-busy",
                hint=_("Try again in a moment."),
            ) from error
        if not alone and os.fstat(file.fileno()).st_nlink != 1:
            # The store has taken these very bytes; nobody may write to them any more.
            raise Conflict(_("This upload is being completed."), code="upload-busy")
        yield file


def write_part(file: BinaryIO, stream: artifacts.Readable, *, at: int, size_bytes: int, sha256: str) -> str:
    """Put one part into its place, durably; return its digest.

    Raises:
        Invalid: cut off, or not the bytes that `sha256` (where given) names.
    """
    file.seek(at)
    hasher, left = hashlib.sha256(), size_bytes
    for piece in artifacts.chunks(stream):
        piece = piece[:left]
        hasher.update(piece)
        file.write(piece)
        left -= len(piece)
        if not left:
            break
    file.flush()
    os.fdatasync(file.fileno())
    if left:
        raise Invalid(
            _("The part was cut off after %(got)d of %(all)d bytes.")
            % {"got": size_bytes - left, "all": size_bytes},
            code="upload-incomplete",
            hint=_("Send the part again."),
        )
    if sha256 and hasher.hexdigest() != sha256:
        raise Invalid(
            _("The part arrived with other bytes than its digest names."),
            code="digest-mismatch",
            hint=_("Send the part again."),
        )
    return hasher.hexdigest()


def judge(file: BinaryIO, *, part_bytes: int, digests: Mapping[int, str]) -> Whole:
    """Hash the whole and each part in one reading, in constant memory."""
    file.seek(0)
    whole, damaged = hashlib.sha256(), []
    for number in sorted(digests):
        part, left = hashlib.sha256(), part_bytes
        while left and (piece := file.read(min(CHUNK_BYTES, left))):
            whole.update(piece)
            part.update(piece)
            left -= len(piece)
        if part.hexdigest() != digests[number]:
            damaged.append(number)
    return Whole(whole.hexdigest(), damaged)
