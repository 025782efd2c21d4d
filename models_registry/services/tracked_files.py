"""Files that MLflow clients keep under a path of their own; the bytes go to the artifact store."""

import hashlib
import shutil
import uuid
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.errors import Conflict, Invalid, missing
from models_registry import artifacts
from models_registry.models import PartUpload, StoredArtifact, UploadedPart
from models_registry.services.condemning import condemn

MOST_PARTS = 10_000
KEPT_FOR = timedelta(hours=24)


def put_file(
    *, actor: Actor, workspace_id: int, path: str, stream: artifacts.Readable, declared_bytes: int
) -> StoredArtifact:
    """Stream a file to a path, replacing what was there; versions made from it before keep their bytes."""
    actor.require("version.register", workspace=workspace_id)
    stored = artifacts.store(stream, declared_bytes=declared_bytes) if declared_bytes else artifacts.nothing()
    return _name(actor=actor, workspace_id=workspace_id, path=path, stored=stored)


@transaction.atomic(durable=True)
def delete_files(*, actor: Actor, workspace_id: int, path: str) -> int:
    """Take away what is at a path and below it; how many files that were."""
    actor.require("version.register", workspace=workspace_id)
    found = StoredArtifact.objects.filter(workspace_id=workspace_id)
    found = found.filter(Q(path=path) | Q(path__startswith=f"{path}/"))
    first = found.first()
    if first is None:
        return 0
    count = found.count()
    record(actor, "artifact.delete", first, before={"path": path, "files": count})
    digests = list(found.values_list("sha256", flat=True))
    found.delete()
    condemn(digests)
    return count


@transaction.atomic(durable=True)
def begin_parts(*, actor: Actor, workspace_id: int, path: str, part_count: int) -> PartUpload:
    """Expect a file in parts."""
    actor.require("version.register", workspace=workspace_id)
    assert actor.user is not None
    if not 1 <= part_count <= MOST_PARTS:
        raise Invalid(_("A file comes in 1 to %(most)d parts.") % {"most": MOST_PARTS}, code="bad-parts")
    upload = PartUpload.objects.create(
        id=uuid.uuid4(),
        workspace_id=workspace_id,
        path=path,
        part_count=part_count,
        created_by=actor.user,
    )
    record(actor, "artifact.begin", upload, after={"path": path, "parts": part_count})
    return upload


def put_part(*, upload_id: uuid.UUID, number: int, stream: artifacts.Readable) -> UploadedPart:
    """Keep one part beside the store until the file is complete; sent again, it replaces itself."""
    upload = PartUpload.objects.filter(pk=upload_id, created_by__is_active=True).first()
    if upload is None or not 1 <= number <= upload.part_count:
        raise missing(_("upload that waits for this part"))
    place = _place(upload_id, number)
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{number}-{uuid.uuid4().hex}")
    hasher, size = hashlib.sha256(), 0
    try:
        with draft.open("xb") as file:
            for chunk in artifacts.chunks(stream):
                size += len(chunk)
                if size > settings.ARTIFACTS.max_file_bytes:
                    raise Invalid(_("The part is too large."), code="file-too-large")
                hasher.update(chunk)
                file.write(chunk)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
    given = {"sha256": hasher.hexdigest(), "size_bytes": size}
    return UploadedPart.objects.update_or_create(upload=upload, number=number, defaults=given)[0]


def complete_parts(
    *, actor: Actor, upload_id: uuid.UUID, path: str, digests: Mapping[int, str]
) -> StoredArtifact:
    """Put the parts together under the path.

    Args:
        digests: the SHA-256 of each part by its number, as the client was told.

    Raises:
        Conflict: a part is missing, or is not the one that the client names.
    """
    upload = PartUpload.objects.filter(pk=upload_id, path=path, created_by=actor.user).first()
    if upload is None:
        raise missing(_("upload with this id"))
    actor.require("version.register", workspace=upload.workspace_id)
    parts = list(upload.parts.order_by("number"))
    expected = list(range(1, upload.part_count + 1))
    if [part.number for part in parts] != expected or {p.number: p.sha256 for p in parts} != dict(digests):
        raise Conflict(_("Some parts are missing or are not those named."), code="parts-missing")
    total = sum(part.size_bytes for part in parts)
    stored = (
        artifacts.store(_Joined(upload_id, parts), declared_bytes=total) if total else artifacts.nothing()
    )
    row = _name(actor=actor, workspace_id=upload.workspace_id, path=path, stored=stored)
    _forget(upload)
    return row


def abort_parts(*, actor: Actor, upload_id: uuid.UUID) -> None:
    """Throw the parts away; harmless when there are none."""
    for upload in PartUpload.objects.filter(pk=upload_id, created_by=actor.user):
        _forget(upload)


def drop_stale_uploads() -> int:
    """Forget uploads that nobody completed within a day; how many those were."""
    stale = list(PartUpload.objects.filter(created_at__lt=timezone.now() - KEPT_FOR)[:100])
    for upload in stale:
        _forget(upload)
    return len(stale)


class _Joined:
    """The parts as one stream."""

    def __init__(self, upload_id: uuid.UUID, parts: list[UploadedPart]) -> None:
        self._chunks = self._read(upload_id, parts)
        self._left = b""

    def read(self, size: int = -1, /) -> bytes:
        while len(self._left) < size:
            chunk = next(self._chunks, b"")
            if not chunk:
                break
            self._left += chunk
        found, self._left = self._left[:size], self._left[size:]
        return found

    @staticmethod
    def _read(upload_id: uuid.UUID, parts: list[UploadedPart]) -> Iterator[bytes]:
        for part in parts:
            with _place(upload_id, part.number).open("rb") as file:
                while chunk := file.read(artifacts.CHUNK_BYTES):
                    yield chunk


@transaction.atomic(durable=True)
def _name(*, actor: Actor, workspace_id: int, path: str, stored: artifacts.Stored) -> StoredArtifact:
    assert actor.user is not None
    there = StoredArtifact.objects.select_for_update().filter(workspace_id=workspace_id, path=path)
    before = list(there.values_list("sha256", flat=True))
    row = StoredArtifact(
        workspace_id=workspace_id,
        path=path,
        sha256=stored.sha256,
        size_bytes=stored.size_bytes,
        uploaded_by=actor.user,
        uploaded_at=timezone.now(),
    )
    StoredArtifact.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["workspace", "path"],
        update_fields=["sha256", "size_bytes", "uploaded_by", "uploaded_at"],
    )
    condemn(sha256 for sha256 in before if sha256 != stored.sha256)
    record(actor, "artifact.put", row, after={"sha256": stored.sha256, "size_bytes": stored.size_bytes})
    return row


def _forget(upload: PartUpload) -> None:
    shutil.rmtree(_folder(upload.pk), ignore_errors=True)
    upload.delete()


def _folder(upload_id: uuid.UUID) -> Path:
    return Path(settings.ARTIFACTS.root) / ".parts" / upload_id.hex


def _place(upload_id: uuid.UUID, number: int) -> Path:
    return _folder(upload_id) / str(number)
