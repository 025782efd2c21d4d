"""The sandboxed process: `python -m models_registry.scanning.worker FILE NAME LIMITS`, an answer on stdout.

The answer is {"findings": […]}, or {"refused": code, "particulars": …} when the limits were met.
"""

import json
import logging
import os
import sys
from dataclasses import asdict
from pathlib import Path

from models_registry.inspection.limits import Limits
from models_registry.inspection.worker import confine


def main(path: Path, name: str, limits: Limits) -> None:
    answers = os.fdopen(os.dup(1), "w")
    # Libraries print where they like; only our own line may reach the parent.
    os.dup2(2, 1)
    logging.disable(logging.CRITICAL)
    confine(limits, file_bytes=path.stat().st_size)
    # Imported here, under the limits: these libraries are what a hostile file attacks.
    from models_registry.scanning import looking

    with answers:
        try:
            found = {"findings": [asdict(finding) for finding in looking.scan(path, name)]}
        except (MemoryError, RecursionError):
            found = {"refused": "too-much-memory", "particulars": {}}  # type: ignore[dict-item]
        json.dump(found, answers)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Limits(**json.loads(sys.argv[3])))
