"""The gates that no policy may leave out: the bytes are those that were registered, and were scanned."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from models_registry import guards, scanning
from models_registry.guards import Evidence
from models_registry.models import FileScan, ModelVersion, ScanState, VersionFile


def register_own() -> None:
    guards.register("intact", intact)
    guards.register("scan-clean", scan_clean)


def intact(version: ModelVersion) -> Evidence:
    """The store still has the bytes that were registered, as far as was looked."""
    held = version.quarantined_at is not None
    return Evidence(
        gate="intact",
        title=_("Stored files"),
        passed=not held,
        value=_("In quarantine") if held else _("Unchanged"),
        detail=version.quarantine_reason or _("Hashed when they came, at each deployment and on a schedule."),
        at=guards.moment(version.quarantined_at),
    )


def scan_clean(version: ModelVersion) -> Evidence:
    """Every file was scanned and none refused; flagged ones pass, for the tier they raise weighs them."""
    files = _files(version)
    total, scans = len(files), [file.scan for file in files if hasattr(file, "scan")]
    settled = [scan for scan in scans if scan.state != ScanState.PENDING]
    refused = [scan for scan in settled if scan.state == ScanState.REFUSED]
    flagged = [scan for scan in settled if scan.state == ScanState.FLAGGED]
    waiting = total - len(settled)
    if refused:
        value, detail = str(ScanState.REFUSED.label), told(refused[0])
    elif waiting or not total:
        value = str(ScanState.PENDING.label)
        detail = ngettext(
            "%(count)d file is not scanned yet.", "%(count)d files are not scanned yet.", waiting
        ) % {"count": waiting}
    elif flagged:
        value, detail = str(ScanState.FLAGGED.label), told(flagged[0])
    else:
        value, detail = (
            str(ScanState.CLEAN.label),
            _("No file runs code or hides anything, as far as was found."),
        )
    return Evidence(
        gate="scan-clean",
        title=_("File scan"),
        passed=not refused and not waiting and total > 0,
        value=value,
        detail=detail,
        at=guards.moment(max((scan.scanned_at for scan in settled if scan.scanned_at), default=None)),
    )


def _files(version: ModelVersion) -> list[VersionFile]:
    """Its files with their scans; a page that read them for a whole list asks no more."""
    known = "files" in getattr(version, "_prefetched_objects_cache", {})
    return list(version.files.all() if known else version.files.select_related("scan"))


def told(scan: FileScan) -> str:
    """The first finding that led to the scan's state, as a sentence that names the file."""
    worst = sorted(scan.findings, key=lambda finding: not finding["refuses"])
    what = scanning.sentence(worst[0]) if worst else ""
    where = worst[0]["file"] if worst else scan.file.path
    return _("%(file)s: %(what)s") % {"file": where, "what": what}


def refused(version: ModelVersion) -> str:
    """Why the scan refused a version, read from the files that it came with; nothing where it did not."""
    scans = (getattr(file, "scan", None) for file in version.files.all())
    found = next((scan for scan in scans if scan is not None and scan.state == ScanState.REFUSED), None)
    return told(found) if found else ""
