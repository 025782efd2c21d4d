"""Reading stored bytes back: what is missing or changed puts every version that holds it into quarantine."""

import hashlib
import logging

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import WORKER, Actor
from core.audit import record
from core.errors import Conflict, Upstream
from models_registry import artifacts
from models_registry.models import BlobCheck, BlobState, ModelVersion, VersionFile
from models_registry.services.stages import locked_version
from models_registry.storage import Missing, store

log = logging.getLogger(__name__)
MOST_BLOBS = 500


def check_some(*, budget_bytes: int) -> int:
    """Hash stored blobs again until the budget is used, those checked longest ago first; return how many.

    At least one is hashed, however large. A store that cannot be reached blames nobody.
    """
    used = count = 0
    for sha256, size_bytes in _oldest():
        if count and used + size_bytes > budget_bytes:
            break
        try:
            check_blob(sha256)
        except Upstream as error:
            log.warning("rehash_failed digest=%s why=%s", sha256[:12], error)
            break
        used, count = used + size_bytes, count + 1
    return count


def check_blob(sha256: str) -> BlobState:
    """Hash one blob again, in constant memory, and act on what came. Raises Upstream: the store failed."""
    found = _state(sha256)
    settle_blob(sha256, found)
    return found


def settle_blob(sha256: str, found: BlobState) -> None:
    """Keep what a reading found; a blob that is not intact puts its versions into quarantine."""
    BlobCheck.objects.update_or_create(sha256=sha256, defaults={"state": found, "checked_at": timezone.now()})
    if found != BlobState.INTACT:
        holders = VersionFile.objects.filter(sha256=sha256, version__purged_at=None).values_list(
            "version_id", flat=True
        )
        for version_id in sorted(set(holders)):
            _quarantine(version_id, sha256=sha256, found=found)


def release_quarantine(*, actor: Actor, version_id: int) -> ModelVersion:
    """End a quarantine after all bytes of the version were read again and are right.

    Raises:
        Conflict: it is not in quarantine, or a file still is not what was registered.
    """
    actor.require("server.manage")
    for sha256 in VersionFile.objects.filter(version_id=version_id).values_list("sha256", flat=True):
        if check_blob(sha256) != BlobState.INTACT:
            raise Conflict(
                _("The artifact %(digest)s is still not what was registered.") % {"digest": sha256[:12]},
                code="still-broken",
                hint=_("Bring its bytes back from a backup, or upload the same file into any draft."),
            )
    return _release(actor=actor, version_id=version_id)


@transaction.atomic(durable=True)
def _release(*, actor: Actor, version_id: int) -> ModelVersion:
    version = locked_version(version_id)
    if version.quarantined_at is None:
        raise Conflict(_("%(version)s is not in quarantine.") % {"version": version}, code="not-quarantined")
    before = {"reason": version.quarantine_reason}
    version.quarantined_at, version.quarantine_reason = None, ""
    version.save(update_fields=["quarantined_at", "quarantine_reason", "changed_at"])
    record(actor, "version.release", version, before=before, model_name=version.model.name)
    return version


@transaction.atomic(durable=True)
def _quarantine(version_id: int, *, sha256: str, found: BlobState) -> None:
    version = locked_version(version_id)
    if version.quarantined_at is not None:
        return
    path = version.files.filter(sha256=sha256).values_list("path", flat=True).first() or sha256[:12]
    version.quarantined_at = timezone.now()
    version.quarantine_reason = (
        _("%(file)s is missing from the store.")
        if found == BlobState.MISSING
        else _("The stored bytes of %(file)s are not those that were registered.")
    ) % {"file": path}
    version.save(update_fields=["quarantined_at", "quarantine_reason", "changed_at"])
    after = {"file": path, "sha256": sha256, "found": found}
    record(
        WORKER,
        "version.quarantine",
        version,
        after=after,
        reason=version.quarantine_reason,
        model_name=version.model.name,
    )


def _oldest() -> list[tuple[str, int]]:
    """Blobs never checked, then those whose check is oldest, with their sizes."""
    checked = BlobCheck.objects.filter(sha256=OuterRef("sha256"))
    files = VersionFile.objects.filter(version__purged_at=None).order_by("sha256")
    new = files.filter(~Exists(checked)).values_list("sha256", "size_bytes").distinct()[:MOST_BLOBS]
    oldest = list(BlobCheck.objects.order_by("checked_at").values_list("sha256", flat=True)[:MOST_BLOBS])
    sizes = dict(files.filter(sha256__in=oldest).values_list("sha256", "size_bytes"))
    return [*new, *((sha256, sizes[sha256]) for sha256 in oldest if sha256 in sizes)]


def _state(sha256: str) -> BlobState:
    hasher = hashlib.sha256()
    with artifacts.reported():
        try:
            for piece in store().read(sha256):
                hasher.update(piece)
        except Missing:
            return BlobState.MISSING
    return BlobState.INTACT if hasher.hexdigest() == sha256 else BlobState.CHANGED
