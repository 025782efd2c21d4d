"""Run the scanner in a process of its own, with limits, and read what it says."""

import json
from dataclasses import asdict
from pathlib import Path

from models_registry.inspection.limits import GIB, Limits
from models_registry.inspection.sandbox import ask
from models_registry.scanning.finding import Finding, refusal

LIMITS = Limits(wall_s=120.0, cpu_s=110, memory_per_file_byte=2, written_bytes=3 * GIB)
MOST_FINDINGS = 100


def scan_file(path: Path, *, name: str, limits: Limits = LIMITS) -> list[Finding]:
    """What was found in a file; empty when nothing was. A file that breaks the scanner is refused for that.

    Args:
        path: the bytes; only read.
        name: its path inside the version, which decides what it would be loaded as.

    Raises:
        Upstream: the sandbox could not be started.
    """
    answer = ask(
        "models_registry.scanning.worker", [str(path), name, json.dumps(asdict(limits))], wall_s=limits.wall_s
    )
    if "findings" not in answer:
        return [refusal("scan-broke", name, how=str(answer.get("refused", "")))]
    return [Finding(**finding) for finding in answer["findings"][:MOST_FINDINGS]]
