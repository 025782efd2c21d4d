"""ONNX: read in full, and run at batch 1 and 2 on ONNX Runtime."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models_registry.inspection import magic
from models_registry.inspection.files import Files, head, rank, suffixed
from models_registry.inspection.limits import Limits
from models_registry.inspection.refused import Refused
from models_registry.inspection.report import Inspection, remark

NAME = "onnx"
# A ModelProto begins with its IR version: field 1, a varint below 128.
FIRST_TAG = b"\x08"


def detect(files: Files) -> int:
    found = suffixed(files, ".onnx")
    if found:
        # Another format's bytes under this name are told apart by their beginning.
        return 0 if _is_foreign(files[found[0]]) else 90
    return 30 if len(files) == 1 and head(next(iter(files.values())), 1) == FIRST_TAG else 0


def inspect(files: Files, *, limits: Limits) -> Inspection:
    # Imported here, under the limits: these libraries are what a hostile file attacks.
    from models_registry.inspection import evidence, golden, running

    found = suffixed(files, ".onnx") or list(files)
    filename = min(found, key=rank)
    path = files[filename]
    facts, shapeless, doubts = _read(path, filename=filename, limits=limits, beside=_beside(path, files))
    session = running.open_session(path)
    inputs = running.declared(session.get_inputs(), shapeless=shapeless)
    outputs = running.declared(session.get_outputs(), shapeless=shapeless)
    seen = evidence.observe(session, inputs, outputs)
    signature = evidence.signature(inputs, outputs, seen)
    recorded = golden.record(seen.runs, signature, most_bytes=limits.golden_bytes)
    doubts += [remark(code, **particulars) for code, particulars in seen.doubts]
    if seen.runs and not recorded:
        doubts.append(remark("golden-too-large"))
    if not filename.lower().endswith(".onnx"):
        raise Refused("wrong-extension", filename=filename)
    ran = [int(size) for size in (1, 2)[: len(seen.runs)]]
    return Inspection(
        format=NAME,
        backend="onnxruntime",
        signature=signature,
        facts=facts | {"ran": ran},
        golden=recorded,
        warnings=doubts,
        max_batch=64 if signature["batchable"] else 0,
    )


def _is_foreign(path: Path) -> bool:
    return head(path, 1) != FIRST_TAG and bool(magic.kind(path))


def _beside(model: Path, files: Files) -> dict[str, int]:
    """The files of the model's own folder, which it may keep its weights in: sizes by their paths in it."""
    others = [path for path in files.values() if path != model and path.is_relative_to(model.parent)]
    return {str(path.relative_to(model.parent)): path.stat().st_size for path in others}


def _read(
    path: Path, *, filename: str, limits: Limits, beside: Mapping[str, int]
) -> tuple[dict[str, Any], set[str], list[dict[str, Any]]]:
    """Judge what the file declares: its facts, the tensors of which it states no shape, and doubts.

    What this takes in memory is free again when the graph is run.
    """
    import onnx
    import onnxruntime
    from google.protobuf.message import DecodeError

    from models_registry.inspection import graph, skeleton

    found = skeleton.read(path, filename=filename)
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
    }
    shapeless = {one.name for one in (*inputs, *outputs) if one.dims is None}
    return facts, shapeless, [remark("unused-domain", domain=domain) for domain in unused]
