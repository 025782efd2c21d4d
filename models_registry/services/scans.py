"""Scanning uploaded files: claim, look with no transaction open, settle what is still there."""

import logging
from collections.abc import Iterable
from dataclasses import asdict
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core.actors import WORKER
from core.audit import record
from core.errors import PlatformError, Upstream
from models_registry import artifacts
from models_registry.models import FileScan, ScanState, VersionFile
from models_registry.scanning import Finding, scan_file
from models_registry.scanning.finding import refusal
from models_registry.services.stages import locked_version

log = logging.getLogger(__name__)
# Longer than the sandbox's own wall clock, so that a live scan is never taken over.
CLAIM = timedelta(seconds=200)
MOST_TRIES = 3


def due_scans(*, most: int) -> list[int]:
    """The ids of files to scan now; a file that came without a row for its scan gets one."""
    new = VersionFile.objects.filter(scan=None).values_list("pk", flat=True)[:most]
    FileScan.objects.bulk_create(
        [FileScan(file_id=pk, due_at=timezone.now()) for pk in new], ignore_conflicts=True
    )
    due = FileScan.objects.filter(state=ScanState.PENDING, due_at__lte=timezone.now())
    return list(due.order_by("due_at").values_list("file_id", flat=True)[:most])


def run_scan(*, file_id: int) -> None:
    """Scan one file and keep what was found. Harmless to run twice, late, or never."""
    scan = _claim(file_id)
    if scan is None:
        return
    file = scan.file
    if scan.tries > MOST_TRIES:
        _settle(scan, [refusal("scan-broke", file.path, how="tries")])
        return
    try:
        found = scan_file(artifacts.path_of(file.sha256), name=file.path)
    except Upstream as error:
        log.warning("scan_failed file=%s why=%s", file.pk, error)
        return
    except PlatformError as error:
        found = [refusal("scan-broke", file.path, how=error.code)]
    _settle(scan, found)


def _claim(file_id: int) -> FileScan | None:
    """Compare-and-set: one worker gets the file until the claim runs out."""
    now = timezone.now()
    FileScan.objects.get_or_create(file_id=file_id, defaults={"due_at": now})
    due = FileScan.objects.filter(file_id=file_id, state=ScanState.PENDING, due_at__lte=now)
    if not due.update(due_at=now + CLAIM, tries=F("tries") + 1):
        return None
    return FileScan.objects.select_related("file").filter(file_id=file_id).first()


@transaction.atomic(durable=True)
def _settle(claimed: FileScan, found: Iterable[Finding]) -> None:
    version = locked_version(claimed.file.version_id)
    scan = FileScan.objects.select_for_update().filter(pk=claimed.pk, due_at=claimed.due_at).first()
    if scan is None or scan.state != ScanState.PENDING:
        return
    findings = list(found)
    scan.state = (
        ScanState.REFUSED
        if any(finding.refuses for finding in findings)
        else ScanState.FLAGGED
        if findings
        else ScanState.CLEAN
    )
    scan.findings = [asdict(finding) for finding in findings]
    scan.raises_tier = any(finding.raises_tier for finding in findings)
    scan.scanned_at, scan.due_at = timezone.now(), None
    scan.save()
    version.raises_tier = FileScan.objects.filter(file__version=version, raises_tier=True).exists()
    version.save(update_fields=["raises_tier", "changed_at"])
    after = {"file": claimed.file.path, "state": scan.state, "codes": [finding.code for finding in findings]}
    record(WORKER, "version.scan", version, after=after, model_name=version.model.name)
