"""Bytes that nothing refers to any more are marked here, and removed by the purge when they stayed so."""

from collections.abc import Iterable

from models_registry.models import CondemnedBlob, StoredArtifact, Upload, UploadState, VersionFile


def condemn(digests: Iterable[str]) -> None:
    """Mark those digests that nothing refers to any more."""
    unused = [sha256 for sha256 in sorted(set(digests)) if not is_used(sha256)]
    CondemnedBlob.objects.bulk_create(
        [CondemnedBlob(sha256=sha256) for sha256 in unused], ignore_conflicts=True
    )


def is_used(sha256: str) -> bool:
    """Whether a version that was not purged, a tracked file or an upload under way refers to these bytes."""
    return (
        VersionFile.objects.filter(sha256=sha256, version__purged_at=None).exists()
        or StoredArtifact.objects.filter(sha256=sha256).exists()
        or Upload.objects.filter(sha256=sha256, state=UploadState.OPEN).exists()
    )
