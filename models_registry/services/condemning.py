"""Bytes that perhaps nothing refers to are marked here, and removed by the purge when they stayed so."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from models_registry.models import CondemnedBlob, LegalHold, StoredArtifact, Upload, UploadState, VersionFile


def condemn(digests: Iterable[str]) -> None:
    """Mark those digests that nothing refers to any more; their time begins now, also if it ran before."""
    unused = [sha256 for sha256 in sorted(set(digests)) if not is_used(sha256)]
    CondemnedBlob.objects.bulk_create(
        [CondemnedBlob(sha256=sha256, condemned_at=timezone.now()) for sha256 in unused],
        update_conflicts=True,
        unique_fields=["sha256"],
        update_fields=["condemned_at"],
    )


def is_used(sha256: str) -> bool:
    """Whether a version that was not purged, a tracked file or an upload under way refers to these bytes."""
    return (
        VersionFile.objects.filter(sha256=sha256, version__purged_at=None).exists()
        or StoredArtifact.objects.filter(sha256=sha256).exists()
        or Upload.objects.filter(sha256=sha256, state=UploadState.OPEN).exists()
    )


def unreferred(found: QuerySet[CondemnedBlob]) -> QuerySet[CondemnedBlob]:
    """Those that are not used, as `is_used` says it of one."""
    named = {"sha256": OuterRef("sha256")}
    return found.filter(
        ~Exists(VersionFile.objects.filter(**named, version__purged_at=None)),
        ~Exists(StoredArtifact.objects.filter(**named)),
        ~Exists(Upload.objects.filter(**named, state=UploadState.OPEN)),
    )


def free_of_holds(found: QuerySet[CondemnedBlob]) -> QuerySet[CondemnedBlob]:
    """Those whose digest no version under a legal hold names, purged or not."""
    of_version = Q(version__files__sha256=OuterRef("sha256"))
    of_model = Q(version=None, model__versions__files__sha256=OuterRef("sha256"))
    return found.filter(~Exists(LegalHold.objects.filter(of_version | of_model, lifted_at=None)))
