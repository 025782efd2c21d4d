"""The sandboxed process: `python -m models_registry.inspection.worker FILE LIMITS BESIDE`.

It limits itself before it opens the file, writes nothing and needs no network. The answer is one JSON
object: {"report": …} or {"refused": code, "particulars": …}. All else that is printed goes to stderr.
"""

import json
import os
import resource
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models_registry.inspection.limits import Limits
from models_registry.inspection.refused import Refused

SPARE_S = 5
NONE: Mapping[str, int] = {}


def main(path: Path, limits: Limits, beside: list[str]) -> None:
    answers = os.fdopen(os.dup(1), "w")
    # Libraries print where they like; only our own line may reach the parent.
    os.dup2(2, 1)
    sizes = {name: (path.parent / name).stat().st_size for name in beside}
    confine(limits, file_bytes=path.stat().st_size + sum(sizes.values()))
    with answers:
        json.dump(answer(path, limits, sizes), answers, allow_nan=False)


def answer(path: Path, limits: Limits, beside: Mapping[str, int] = NONE) -> dict[str, Any]:
    """The report, or the refusal, as it travels to the parent."""
    try:
        return {"report": inspect(path, limits, beside)}
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


def inspect(path: Path, limits: Limits, beside: Mapping[str, int]) -> dict[str, Any]:
    """The report of one ONNX file, as Inspection's fields; warnings as [code, particulars]."""
    # Imported here, under the limits: these libraries are what a hostile file attacks.
    from models_registry.inspection import evidence, golden, running

    facts, shapeless = _read(path, limits, beside)
    session = running.open_session(path)
    inputs = running.declared(session.get_inputs(), shapeless=shapeless)
    outputs = running.declared(session.get_outputs(), shapeless=shapeless)
    seen = evidence.observe(session, inputs, outputs)
    signature = evidence.signature(inputs, outputs, seen)
    recorded = golden.record(seen.runs, signature, most_bytes=limits.golden_bytes)
    doubts = [*seen.doubts, *([("golden-too-large", {})] if seen.runs and not recorded else [])]
    return {
        "format": "onnx",
        "backend": "onnxruntime",
        "signature": signature,
        "facts": facts,
        "golden": recorded,
        "warnings": [*facts.pop("doubts"), *doubts],
        "max_batch": 64 if signature["batchable"] else 0,
    }


def _read(path: Path, limits: Limits, beside: Mapping[str, int]) -> tuple[dict[str, Any], set[str]]:
    """Judge what the file declares: its facts, and the tensors of which it states no shape.

    What this takes in memory is free again when the graph is run.
    """
    import onnx
    import onnxruntime
    from google.protobuf.message import DecodeError

    from models_registry.inspection import graph, skeleton

    found = skeleton.read(path)
    model = onnx.ModelProto()
    try:
        model.ParseFromString(found.content)
    except DecodeError:
        raise Refused("damaged") from None
    domains = graph.refuse_operators(model)
    parameters = graph.refuse_weights(model, found.payload_bytes, beside=beside)
    inputs, outputs = graph.interface(model, limits=limits)
    unused = sorted(set(domains) - graph.BUILT_IN - {function.domain for function in model.functions})
    facts = {
        "opset": domains.get("ai.onnx"),
        "domains": domains,
        "ir_version": int(model.ir_version),
        "producer": graph.clean(f"{model.producer_name} {model.producer_version}".strip()),
        "parameters": parameters,
        "nodes": sum(1 for _node in graph.nodes(model)),
        "bytes": path.stat().st_size + sum(beside.values()),
        "onnxruntime": onnxruntime.__version__,
        "doubts": [("unused-domain", {"domain": domain}) for domain in unused],
    }
    return facts, {one.name for one in (*inputs, *outputs) if one.dims is None}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Limits(**json.loads(sys.argv[2])), json.loads(sys.argv[3]))
