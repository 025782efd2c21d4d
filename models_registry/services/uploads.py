"""Uploads in parts: begin, put parts in any order, complete, abort; what is forgotten expires.

The audit trail has the begin and the end of an upload; the parts between are rows of their own.
"""

import re
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import WORKER, Actor
from core.audit import record
from core.errors import Conflict, Invalid, missing
from models_registry import artifacts, filepaths, spool
from models_registry.access import require_on_version
from models_registry.models import ModelVersion, Upload, UploadPart, UploadState
from models_registry.services.files import put, refuse_unless_draft
from models_registry.services.stages import locked_version

PART_BYTES = 8 * 1024 * 1024
LEAST_PART_BYTES, MOST_PART_BYTES = 1024 * 1024, 256 * 1024 * 1024
MOST_PARTS = 10_000
MOST_OPEN = 50
DIGEST = re.compile(r"[0-9a-f]{64}")


@transaction.atomic(durable=True)
def begin_upload(
    *,
    actor: Actor,
    version_id: int,
    path: str,
    size_bytes: int,
    sha256: str = "",
    part_bytes: int = PART_BYTES,
    fingerprint: str = "",
    alone: bool = False,
) -> Upload:
    """Announce a file. The same person announcing the same file again gets the upload that is open.

    Args:
        sha256: of the whole, where known; it is then checked at the end.
        part_bytes: the size of every part but the last; made larger where 10,000 parts were not enough.
        fingerprint: what makes the file the same one, like its name, size and time of change.
        alone: whether the file replaces all others of the draft.

    Raises:
        Invalid: a path, size or digest that may not be, or too little space.
        Conflict: the version is no draft any more, or too many uploads are open.
    """
    require_on_version(actor, "version.register", version_id=version_id)
    assert actor.user is not None
    filepaths.check(path)
    artifacts.refuse_size(size_bytes)
    _refuse_digest(sha256)
    version = locked_version(version_id)
    refuse_unless_draft(version)
    part_bytes = max(LEAST_PART_BYTES, min(part_bytes, MOST_PART_BYTES), -(-size_bytes // MOST_PARTS))
    mine = Upload.objects.filter(created_by=actor.user, state=UploadState.OPEN, expires_at__gt=timezone.now())
    if fingerprint or sha256:
        same = mine.filter(
            version=version, path=path, size_bytes=size_bytes, sha256=sha256, fingerprint=fingerprint
        )
        found = same.select_related("version__model").first()
        if found is not None and artifacts.spool(found.pk).exists():
            Upload.objects.filter(pk=found.pk).update(alone=alone, expires_at=_expiry())
            found.alone = alone
            return found
    if mine.count() >= MOST_OPEN:
        raise Conflict(
            _("You have %(most)d unfinished uploads.") % {"most": MOST_OPEN},
            code="too-many-uploads",
            hint=_("Complete or abort some of them."),
        )
    with artifacts.reported():
        artifacts.room_for(size_bytes)
    upload = Upload.objects.create(
        version=version,
        path=path,
        size_bytes=size_bytes,
        part_bytes=part_bytes,
        sha256=sha256,
        fingerprint=fingerprint[:300],
        alone=alone,
        created_by=actor.user,
        expires_at=_expiry(),
    )
    with artifacts.reported():
        spool.make(artifacts.spool(upload.pk))
    after = {"path": path, "size_bytes": size_bytes}
    record(actor, "upload.begin", upload, after=after, model_name=version.model.name)
    return upload


def put_part(
    *,
    actor: Actor,
    upload_id: UUID,
    number: int,
    stream: artifacts.Readable,
    declared_bytes: int,
    sha256: str = "",
) -> UploadPart:
    """Receive one part, durably; sending it again is harmless.

    Raises:
        Invalid: a number or size that does not fit, bytes that were cut off or are not those of `sha256`.
        Conflict: the upload is done, being completed, or expired.
    """
    upload = _own(upload_id, actor=actor)
    _refuse_digest(sha256)
    expected = upload.size_of(number) if 1 <= number <= upload.part_count else 0
    if declared_bytes != expected:
        raise Invalid(
            _("Part %(number)d of this upload has %(all)d bytes, not %(got)d.")
            % {"number": number, "all": expected, "got": declared_bytes},
            code="bad-part",
            hint=_("Parts are numbered from 1; all but the last have the same size."),
        )
    known = upload.parts.filter(number=number).first()
    if known is not None and sha256 and known.sha256 == sha256:
        for _piece in artifacts.chunks(stream):
            pass  # it is here; an unread body would spoil the connection
        return known
    with artifacts.reported(), spool.held(artifacts.spool(upload.pk), alone=False) as file:
        # What is overwritten is not here any more, should this be cut off.
        upload.parts.filter(number=number).delete()
        at = (number - 1) * upload.part_bytes
        found = spool.write_part(file, stream, at=at, size_bytes=expected, sha256=sha256)
        return _received(upload.pk, number=number, sha256=found)


@transaction.atomic(durable=True)
def _received(upload_id: UUID, *, number: int, sha256: str) -> UploadPart:
    upload = Upload.objects.select_for_update().filter(pk=upload_id, state=UploadState.OPEN).first()
    if upload is None:
        raise missing(_("open upload with this id"))
    upload.expires_at = _expiry()
    upload.save(update_fields=["expires_at"])
    part, _made = UploadPart.objects.update_or_create(
        upload=upload, number=number, defaults={"sha256": sha256}
    )
    return part


def complete_upload(*, actor: Actor, upload_id: UUID) -> ModelVersion:
    """Check the whole and make it a file of the draft; asking again after success is harmless.

    Raises:
        Conflict: parts are missing or damaged (`parts` names them; send them again), or the version is no
            draft any more.
        Invalid: the whole is not what was announced.
    """
    upload = _own(upload_id, actor=actor, done_too=True)
    if upload.state == UploadState.DONE:
        return upload.version
    draft = artifacts.spool(upload.pk)
    with artifacts.reported(), spool.held(draft, alone=True) as file:
        digests = dict(upload.parts.values_list("number", "sha256"))
        lacking = [number for number in range(1, upload.part_count + 1) if number not in digests]
        _refuse_parts(lacking, code="parts-missing")
        whole = spool.judge(file, part_bytes=upload.part_bytes, digests=digests)
        if whole.damaged:
            upload.parts.filter(number__in=whole.damaged).delete()
            _refuse_parts(whole.damaged, code="parts-damaged")
        if upload.sha256 and whole.sha256 != upload.sha256:
            raise Invalid(
                _("All parts are here, but together they are not the file that was announced."),
                code="digest-mismatch",
                hint=_("Abort this upload and send the file again."),
            )
        artifacts.keep(draft, whole.sha256)
        version = _attach(actor=actor, upload=upload, sha256=whole.sha256)
        draft.unlink(missing_ok=True)
    return version


@transaction.atomic(durable=True)
def _attach(*, actor: Actor, upload: Upload, sha256: str) -> ModelVersion:
    version = locked_version(upload.version_id)
    if not Upload.objects.select_for_update().filter(pk=upload.pk, state=UploadState.OPEN).exists():
        raise missing(_("open upload with this id"))
    stored = artifacts.Stored(sha256, upload.size_bytes)
    put(version, actor=actor, name=upload.path, stored=stored, alone=upload.alone)
    upload.state, upload.sha256 = UploadState.DONE, sha256
    upload.save(update_fields=["state", "sha256"])
    upload.parts.all().delete()
    return version


def abort_upload(*, actor: Actor, upload_id: UUID) -> None:
    """Forget an unfinished upload and its parts."""
    upload = _own(upload_id, actor=actor)
    _forget(upload, actor=actor, verb="upload.abort")


def expire_uploads(*, most: int = 50) -> int:
    """Forget uploads whose next part never came, and finished ones; return how many."""
    due = list(Upload.objects.select_related("version__model").filter(expires_at__lte=timezone.now())[:most])
    for upload in due:
        _forget(upload, actor=WORKER, verb="upload.expire")
    return len(due)


@transaction.atomic(durable=True)
def _forget(upload: Upload, *, actor: Actor, verb: str) -> None:
    found = Upload.objects.select_for_update().filter(pk=upload.pk, state=upload.state).first()
    if found is None:
        return
    if found.state == UploadState.OPEN:
        after = {"path": upload.path, "parts": found.parts.count()}
        record(actor, verb, upload, after=after, model_name=upload.version.model.name)
    found.delete()
    artifacts.spool(upload.pk).unlink(missing_ok=True)


def _own(upload_id: UUID, *, actor: Actor, done_too: bool = False) -> Upload:
    """The actor's own upload; who begins one is who the file is said to come from."""
    found = (
        Upload.objects.select_related("version__model").filter(pk=upload_id, created_by=actor.user).first()
    )
    require_on_version(actor, "version.register", version_id=found.version_id if found else 0)
    if found is None or (found.expires_at <= timezone.now() and found.state == UploadState.OPEN):
        raise missing(_("upload with this id"))
    if found.state == UploadState.DONE and not done_too:
        raise Conflict(_("This upload is complete."), code="upload-done")
    return found


def _refuse_parts(numbers: list[int], *, code: str) -> None:
    if numbers:
        raise Conflict(
            _("%(count)d parts are not here, the first of them number %(first)d.")
            % {"count": len(numbers), "first": numbers[0]},
            code=code,
            hint=_("Send them, then complete the upload again."),
            parts=numbers[:1000],
        )


def _refuse_digest(sha256: str) -> None:
    if sha256 and not DIGEST.fullmatch(sha256):
        raise Invalid(_("A SHA-256 is 64 lower-case hexadecimal digits."), code="bad-digest", field="sha256")


def _expiry() -> datetime:
    return timezone.now() + timedelta(hours=settings.ARTIFACTS.upload_keep_h)
