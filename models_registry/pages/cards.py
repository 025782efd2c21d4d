"""Evidence and files as the rows that parts of the page draw."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from models_registry import panels, scanning
from models_registry.guards import Evidence
from models_registry.models import FileScan, ModelVersion, VersionFile

SCAN_TONES = {"pending": "run", "clean": "ok", "flagged": "warn", "refused": "bad"}
MOST_FINDINGS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """One file, and how it stands to the other version: "same", "changed", "added" or "gone"."""

    file: VersionFile
    change: str = ""

    @property
    def scan(self) -> FileScan:
        """Waiting, where nobody has begun."""
        return getattr(self.file, "scan", None) or FileScan(file=self.file)

    @property
    def tone(self) -> str:
        return SCAN_TONES[self.scan.state]

    @property
    def findings(self) -> list[str]:
        return [
            _("%(file)s: %(what)s") % {"file": finding["file"], "what": scanning.sentence(finding)}
            for finding in self.scan.findings[:MOST_FINDINGS]
        ]


def evidence(items: Iterable[Mapping[str, Any]], *, required: Collection[str]) -> list[dict[str, Any]]:
    """Cards for parts/evidence.html: what stops the step first, then what only informs, then what holds."""
    drawn = [_card(item, is_required=item["gate"] in required) for item in items]
    return sorted(drawn, key=lambda card: ("bad", "warn", "idle", "ok").index(card["tone"]))


def checks(items: Iterable[Evidence]) -> list[dict[str, Any]]:
    """Rows for parts/checklist.html."""
    return [
        {"tone": "ok" if item.passed else "wait", "text": item.title, "detail": item.value} for item in items
    ]


def files(version: ModelVersion, before: ModelVersion | None) -> list[FileRow]:
    own = list(version.files.all())
    if before is None:
        return [FileRow(file=file) for file in own]
    older = {file.path: file for file in before.files.all()}
    rows = []
    for file in own:
        other = older.get(file.path)
        change = "added" if other is None else ("same" if other.sha256 == file.sha256 else "changed")
        rows.append(FileRow(file=file, change=change))
    paths = {file.path for file in own}
    rows += [FileRow(file=file, change="gone") for path, file in older.items() if path not in paths]
    return rows


def _card(item: Mapping[str, Any], *, is_required: bool) -> dict[str, Any]:
    if item["passed"]:
        tone, verdict = "ok", _("Passed")
    elif is_required:
        tone, verdict = "bad", _("Missing")
    else:
        tone, verdict = "idle", _("Not needed")
    at = item.get("at")
    return {
        "title": item["title"],
        "url": panels.url_of(item.get("source", "")),
        "tone": tone,
        "verdict": verdict,
        "value": item["value"],
        "detail": item.get("detail", ""),
        "source": item.get("source", ""),
        "at": datetime.fromisoformat(at) if at else None,
    }
