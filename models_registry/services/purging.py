"""Retention: the bytes of what is long gone are removed, each in its own transaction; rows stay.

Two steps. A version past its time is purged: its digests that nothing else refers to are condemned. A blob
that was condemned long enough loses its bytes. Whoever stores the same bytes meanwhile reprieves them.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from core.actors import WORKER, Actor
from core.audit import record
from core.errors import Upstream
from models_registry import artifacts
from models_registry.lifecycle import Stage
from models_registry.models import (
    BlobCheck,
    CondemnedBlob,
    LegalHold,
    ModelVersion,
    Override,
    PromotionRequest,
    PromotionState,
    RegisteredModel,
    VersionFile,
)
from models_registry.services.condemning import condemn, free_of_holds, is_used, unreferred
from models_registry.services.holds import holds_on_version
from models_registry.storage import store

log = logging.getLogger(__name__)
MOST_AT_ONCE = 200
# Each blob that was ever stored comes by here once, mostly to be found in use.
MOST_BLOBS_AT_ONCE = 5000


def leaves_at(version: ModelVersion) -> datetime:
    """When the files of one of `waiting_versions` may go."""
    keep = settings.RETENTION
    days = keep.approved_days if version.was_approved else keep.deleted_days  # type: ignore[attr-defined]
    return version.gone_at + timedelta(days=days)  # type: ignore[attr-defined]


def due_versions(*, now: datetime | None = None) -> QuerySet[ModelVersion]:
    """Versions whose files may go: past their time, with nothing that holds them; `gone_at` is since when."""
    keep, now = settings.RETENTION, now or timezone.now()
    gone = waiting_versions()
    past = Q(was_approved=False, gone_at__lt=now - timedelta(days=keep.deleted_days)) | Q(
        was_approved=True, gone_at__lt=now - timedelta(days=keep.approved_days)
    )
    return gone.filter(past, is_held=False, purged_at=None)  # type: ignore[misc]


def waiting_versions() -> QuerySet[ModelVersion]:
    """Versions that are purged one day or were, oldest first, with `gone_at`, `was_approved`, `is_held`."""
    approvals = PromotionRequest.objects.filter(version=OuterRef("pk"), state=PromotionState.APPROVED)
    overrides = Override.objects.filter(version=OuterRef("pk"))
    here = Q(version=OuterRef("pk")) | Q(version=None, model=OuterRef("model"))
    holds = LegalHold.objects.filter(here, lifted_at=None)
    gone = Q(deleted_at__isnull=False) | Q(stage=Stage.RETIRED)
    return (
        ModelVersion.with_deleted.filter(gone)
        .annotate(
            gone_at=Coalesce("deleted_at", "stage_changed_at"),
            was_approved=Exists(approvals) | Exists(overrides),
            is_held=Exists(holds),
        )
        # What was retired without ever being approved waits until somebody deletes it.
        .filter(Q(deleted_at__isnull=False) | Q(was_approved=True))
        .order_by("gone_at", "pk")
    )


def due_blobs() -> QuerySet[CondemnedBlob]:
    """Bytes that were given up long enough ago and that no hold keeps; some may be in use again."""
    old = timezone.now() - timedelta(days=settings.RETENTION.unused_days)
    return free_of_holds(CondemnedBlob.objects.filter(condemned_at__lt=old))


def unused_blobs() -> QuerySet[CondemnedBlob]:
    """Those of `due_blobs` that nothing refers to: what a purge would remove now."""
    return unreferred(due_blobs())


def purge(*, actor: Actor = WORKER) -> tuple[int, int]:
    """Purge what is due; (versions, blobs). Killed at any line, the next call goes on."""
    due = due_versions().values_list("pk", flat=True)[:MOST_AT_ONCE]
    versions = sum(purge_version(version_id=pk, actor=actor) for pk in list(due))
    blobs = 0
    for sha256 in list(due_blobs().values_list("sha256", flat=True)[:MOST_BLOBS_AT_ONCE]):
        try:
            blobs += remove_blob(sha256, actor=actor)
        except Upstream as error:
            log.warning("purge_failed digest=%s why=%s", sha256[:12], error)
            break
    return versions, blobs


@transaction.atomic(durable=True)
def purge_version(*, version_id: int, actor: Actor = WORKER) -> bool:
    """Give up the files of one version if they still are due; say whether they were."""
    keys = ModelVersion.with_deleted.filter(pk=version_id).values_list("model_id", flat=True)
    # A hold locks the model too: whichever comes first, the other sees it.
    model = RegisteredModel.with_deleted.select_for_update().get(pk=keys[0])
    version = ModelVersion.with_deleted.select_for_update().get(pk=version_id)
    version.model = model
    if holds_on_version(version).exists() or not due_versions().filter(pk=version_id).exists():
        return False
    files = list(version.files.order_by("path"))
    version.purged_at = timezone.now()
    version.save(update_fields=["purged_at", "changed_at"])
    condemn(file.sha256 for file in files)
    before = {"files": {file.path: file.sha256 for file in files}, "stage": version.stage}
    record(actor, "version.purge", version, before=before, model_name=model.name)
    return True


@transaction.atomic(durable=True)
def remove_blob(sha256: str, *, actor: Actor = WORKER) -> bool:
    """Remove the bytes of a blob whose time is over, unless they are used or held; say whether they went."""
    # As a hold does: the models first. Whichever comes first, the other sees it.
    owners = VersionFile.objects.filter(sha256=sha256).values("version__model_id")
    list(RegisteredModel.with_deleted.select_for_update(no_key=True).filter(pk__in=owners).order_by("pk"))
    row = CondemnedBlob.objects.select_for_update().filter(pk=sha256).first()
    # Asked anew under the locks: the sweep's list is older than they are.
    if row is None or not due_blobs().filter(pk=sha256).exists():
        return False
    used = is_used(sha256)
    if not used:
        with artifacts.reported():
            store().delete(sha256)
        BlobCheck.objects.filter(pk=sha256).delete()
        record(actor, "blob.purge", row, before={"sha256": sha256})
    row.delete()
    return not used
