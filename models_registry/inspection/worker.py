"""The sandboxed process: `python -m models_registry.inspection.worker LIMITS`, an answer on stdout.

It limits itself before it opens a file, writes nothing and needs no network. On stdin it gets a JSON object:
the path of each file inside the version, and where its bytes lie. The answer is one too: {"report": …} or
{"refused": code, "particulars": …}. All else that is printed goes to stderr.
"""

import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from models_registry.inspection.files import Files
from models_registry.inspection.limits import Limits
from models_registry.inspection.refused import Refused

SPARE_S = 5


def main(files: Files, limits: Limits) -> None:
    answers = os.fdopen(os.dup(1), "w")
    # Libraries print where they like; only our own line may reach the parent.
    os.dup2(2, 1)
    # ONNX Runtime loads the weights beside a graph; other formats' are measured only, so the largest decides.
    sizes = [path.stat().st_size for path in files.values()]
    loaded = sum(sizes) if any(name.lower().endswith(".onnx") for name in files) else max(sizes)
    confine(limits, file_bytes=loaded)
    with answers:
        json.dump(answer(files, limits), answers, allow_nan=False)


def answer(files: Files, limits: Limits) -> dict[str, Any]:
    """The report, or the refusal, as it travels to the parent."""
    # Imported here, under the limits.
    from models_registry.inspection import formats

    try:
        return {"report": formats.inspect(files, limits=limits).to_json()}
    except Refused as refusal:
        return {"refused": refusal.code, "particulars": refusal.particulars}
    except MemoryError:
        return {"refused": "too-much-memory", "particulars": {}}


def confine(limits: Limits, *, file_bytes: int) -> None:
    """Give this process the limits, for good. Should the parent die, an alarm ends it."""
    memory = limits.address_space_bytes(file_bytes)
    for kind, most, beyond in (
        (resource.RLIMIT_AS, memory, 0),
        # At the soft limit comes SIGXCPU, which says why; at the hard one SIGKILL, which does not.
        (resource.RLIMIT_CPU, limits.cpu_s, SPARE_S),
        (resource.RLIMIT_FSIZE, limits.written_bytes, 0),
        (resource.RLIMIT_NOFILE, 64, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        _soft, hard = resource.getrlimit(kind)
        ceiling = most + beyond if hard == resource.RLIM_INFINITY else min(most + beyond, hard)
        resource.setrlimit(kind, (min(most, ceiling), ceiling))
    signal.alarm(int(limits.wall_s) + SPARE_S)
    os.nice(10)


if __name__ == "__main__":
    given = {name: Path(place) for name, place in json.load(sys.stdin).items()}
    main(given, Limits(**json.loads(sys.argv[1])))
