"""The artifact store: content-addressed by SHA-256, streamed in constant memory, never rewritten."""

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings
from django.http import UnreadablePostError
from django.utils.translation import gettext as _

from core.errors import Invalid, Upstream

CHUNK_BYTES = 1024 * 1024
SPARE_BYTES = 64 * 1024 * 1024


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Stored:
    sha256: str
    size_bytes: int


def store(stream: Readable, *, declared_bytes: int | None = None) -> Stored:
    """Write a stream to the store while hashing it; the bytes are durable when this returns.

    Raises:
        Invalid: empty, larger than allowed, larger than the space left, or cut off before its declared size.
    """
    limit = settings.ARTIFACTS.max_file_bytes
    if declared_bytes is not None:
        _refuse_size(declared_bytes, limit)
    root: Path = settings.ARTIFACTS.root
    root.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(root).free < (declared_bytes or 0) + SPARE_BYTES:
        raise Invalid(_("The artifact store has too little space left."), code="no-space")
    draft = root / f".incoming-{uuid.uuid4().hex}"
    try:
        with draft.open("xb") as file:
            stored = _copy(stream, file, limit)
        if declared_bytes is not None and stored.size_bytes != declared_bytes:
            raise Invalid(
                _("The upload was cut off after %(got)d of %(all)d bytes.")
                % {"got": stored.size_bytes, "all": declared_bytes},
                code="upload-incomplete",
                hint=_("Send the file again."),
            )
        _refuse_size(stored.size_bytes, limit)
        _keep(draft, path_of(stored.sha256))
    finally:
        draft.unlink(missing_ok=True)
    return stored


def path_of(sha256: str) -> Path:
    """Where the bytes of a digest live."""
    return Path(settings.ARTIFACTS.root) / sha256[:2] / sha256


def open_blob(sha256: str) -> BinaryIO:
    try:
        return path_of(sha256).open("rb")
    except OSError as error:
        raise Upstream(
            _("The artifact %(digest)s is not in the store.") % {"digest": sha256[:12]},
            code="artifact-missing",
        ) from error


def chunks(stream: Readable) -> Iterator[bytes]:
    try:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk
    except UnreadablePostError as error:
        raise Invalid(
            _("The connection broke during the upload."),
            code="upload-incomplete",
            hint=_("Send the file again."),
        ) from error


def _copy(stream: Readable, file: BinaryIO, limit: int) -> Stored:
    hasher, size = hashlib.sha256(), 0
    for chunk in chunks(stream):
        size += len(chunk)
        if size > limit:
            _refuse_size(size, limit)
        hasher.update(chunk)
        file.write(chunk)
    file.flush()
    os.fsync(file.fileno())
    return Stored(hasher.hexdigest(), size)


def _keep(draft: Path, target: Path) -> None:
    target.parent.mkdir(exist_ok=True)
    draft.chmod(0o444)
    draft.replace(target)  # equal digest, equal bytes: replacing is harmless
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _refuse_size(size: int, limit: int) -> None:
    if size == 0:
        raise Invalid(
            _("The file is empty."), code="empty-file", hint=_("Export the model again and check its size.")
        )
    if size > limit:
        raise Invalid(
            _("The file is larger than the %(limit)s GB that are allowed.") % {"limit": f"{limit / 1e9:g}"},
            code="file-too-large",
            hint=_("An admin can raise CONCH_MAX_FILE_BYTES."),
        )
