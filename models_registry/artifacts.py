"""The artifact store: content-addressed by SHA-256, streamed in constant memory, never rewritten."""

import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings
from django.http import UnreadablePostError
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Invalid, Upstream
from models_registry.models import CondemnedBlob
from models_registry.storage import CHUNK_BYTES, Changed, Missing
from models_registry.storage import store as the_store

SPARE_BYTES = 64 * 1024 * 1024
SPOOL = ".uploads"
LEFTOVER_AFTER_S = 24 * 3600.0


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
        Upstream: the store failed.
    """
    limit = settings.ARTIFACTS.max_file_bytes
    if declared_bytes is not None:
        refuse_size(declared_bytes)
    draft = room_for(declared_bytes or 0) / f".incoming-{uuid.uuid4().hex}"
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
        refuse_size(stored.size_bytes)
        keep(draft, stored.sha256)
    finally:
        draft.unlink(missing_ok=True)
    return stored


def nothing() -> Stored:
    """No bytes at all, kept like any others: some files of a model are rightly empty."""
    draft = room_for(0) / f".incoming-{uuid.uuid4().hex}"
    sha256 = hashlib.sha256(b"").hexdigest()
    try:
        draft.touch(exist_ok=False)
        keep(draft, sha256)
    finally:
        draft.unlink(missing_ok=True)
    return Stored(sha256, 0)


def keep(draft: Path, sha256: str) -> None:
    """Hand a local file with this digest to the store; the caller removes `draft` afterwards."""
    # Before the bytes: a purge that holds the row is waited for, a later one finds its time not over.
    # So what is stored and then never named by anything, because that was refused, is removed one day too.
    CondemnedBlob.objects.update_or_create(sha256=sha256, defaults={"condemned_at": timezone.now()})
    with reported():
        the_store().keep(draft, sha256)


def path_of(sha256: str) -> Path:
    """Where this machine can read the bytes of a digest.

    Raises:
        Invalid: the store does not have them, or has others.
        Upstream: the store failed.
    """
    with reported():
        try:
            return the_store().local(sha256)
        except Missing as error:
            raise gone(sha256) from error
        except Changed as error:
            raise changed(sha256[:12]) from error


@contextmanager
def laid_out(files: Mapping[str, str]) -> Iterator[Path]:
    """A folder that has these files (path → digest) under their own names, while it is needed.

    Links, not copies, where the file system has them; nobody may write to them. Raises as `path_of` does.
    """
    folder = Path(settings.ARTIFACTS.root) / f".work-{uuid.uuid4().hex}"
    try:
        for path, sha256 in files.items():
            source, target = path_of(sha256), folder / path
            with reported():
                target.parent.mkdir(parents=True, exist_ok=True)
                try:
                    os.link(source, target)
                except OSError:
                    shutil.copyfile(source, target)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def read(sha256: str, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
    """A span of a blob in pieces; raises as `path_of` does."""
    with reported():
        try:
            return the_store().read(sha256, start=start, length=length)
        except Missing as error:
            raise gone(sha256) from error


def room_for(size_bytes: int) -> Path:
    """The local folder that uploads pass through, with space for so many bytes."""
    root: Path = settings.ARTIFACTS.root
    root.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(root).free < size_bytes + SPARE_BYTES:
        raise Invalid(_("The artifact store has too little space left."), code="no-space")
    return root


def spool(upload_id: uuid.UUID) -> Path:
    """Where the parts of an unfinished upload are put together."""
    return Path(settings.ARTIFACTS.root) / SPOOL / upload_id.hex


def sweep_leftovers() -> int:
    """Delete what processes that died in an upload left behind; return how many files that were."""
    count, root = 0, Path(settings.ARTIFACTS.root)
    for path in (*root.glob(".incoming-*"), *root.glob(".work-*")):
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > LEFTOVER_AFTER_S:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
                count += 1
    return count


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


def refuse_size(size: int) -> None:
    limit = settings.ARTIFACTS.max_file_bytes
    if size <= 0:
        raise Invalid(
            _("The file is empty."), code="empty-file", hint=_("Export the model again and check its size.")
        )
    if size > limit:
        raise Invalid(
            _("The file is larger than the %(limit)s GB that are allowed.") % {"limit": f"{limit / 1e9:g}"},
            code="file-too-large",
            hint=_("An admin can raise CONCH_MAX_FILE_BYTES."),
        )


def gone(sha256: str) -> Invalid:
    return Invalid(
        _("The artifact %(digest)s is not in the store any more.") % {"digest": sha256[:12]},
        code="artifact-missing",
        hint=_("Register a new version with this file."),
    )


def changed(name: str) -> Invalid:
    return Invalid(
        _("The stored bytes of %(name)s are not those that were registered.") % {"name": name},
        code="artifact-changed",
        hint=_("Somebody or a disk changed them. Register a new version from the original file."),
    )


@contextmanager
def reported() -> Iterator[None]:
    """Errors of a disk or of a remote storage, as one that may be tried again."""
    try:
        yield
    except OSError as error:
        raise _failed(error.strerror or str(error)) from error
    except Exception as error:
        # The libraries of remote storages share no base class; botocore's live in its own module.
        if type(error).__module__.partition(".")[0] not in {"botocore", "boto3", "s3transfer"}:
            raise
        raise _failed(str(error)) from error


def _failed(why: str) -> Upstream:
    return Upstream(
        _("The artifact store failed: %(error)s.") % {"error": why.rstrip(".")[:200]},
        code="store",
        hint=_("Check that it can be reached and written, then try again."),
    )


def _copy(stream: Readable, file: BinaryIO, limit: int) -> Stored:
    hasher, size = hashlib.sha256(), 0
    for chunk in chunks(stream):
        size += len(chunk)
        if size > limit:
            refuse_size(size)
        hasher.update(chunk)
        file.write(chunk)
    file.flush()
    os.fsync(file.fileno())
    return Stored(hasher.hexdigest(), size)
