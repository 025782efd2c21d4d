"""torch.export (.pt2): the exported program is JSON and tells its signature; a compiled package does not."""

import json
from typing import Any

from models_registry.inspection.archive import Archive
from models_registry.inspection.files import Files, head, suffixed
from models_registry.inspection.graph import clean
from models_registry.inspection.limits import Limits
from models_registry.inspection.refused import Refused
from models_registry.inspection.report import Inspection, remark

NAME = "torch.export"
MOST_JSON_BYTES = 64 * 1024 * 1024
# ScalarType of torch's export schema, which never changes a number.
DATATYPES = {
    1: "UINT8", 2: "INT8", 3: "INT16", 4: "INT32", 5: "INT64", 6: "FP16", 7: "FP32", 8: "FP64", 12: "BOOL",
    13: "BF16",
}  # fmt: skip
OLD_PROGRAM = "serialized_exported_program.json"


def detect(files: Files) -> int:
    for path in suffixed(files, ".pt2") or list(files)[:1]:
        if head(files[path], 4) != b"PK\x03\x04":
            continue
        names = Archive.names_of(files[path])
        if _program(names) or _compiled(names):
            return 88
    return 0


def inspect(files: Files, *, limits: Limits) -> Inspection:
    filename = next(iter(suffixed(files, ".pt2")), "")
    if not filename:
        raise Refused("pt2-extension", filename=next(iter(files)))
    with Archive(files[filename], filename=filename) as archive:
        program, compiled = _program(archive.names), _compiled(archive.names)
        signature: dict[str, Any] = {}
        if program:
            signature = _signature(archive.text(program, most_bytes=MOST_JSON_BYTES), filename, limits)
    facts = {"compiled": compiled, "bytes": files[filename].stat().st_size, "ran": []}
    warnings = [remark("compiled-code")] if compiled else [remark("not-compiled")]
    return Inspection(
        format=NAME,
        backend="pytorch",
        signature=signature,
        facts=facts,
        warnings=[*warnings, remark("not-run", backend="pytorch")] if signature else warnings,
        questions=[] if signature else [remark("pt2-types")],
        suggested={} if signature else {"inputs": [_numbered("INPUT")], "outputs": [_numbered("OUTPUT")]},
    )


def _numbered(side: str) -> dict[str, str]:
    return {"name": f"{side}__0", "datatype": ""}


def _program(names: list[str]) -> str:
    if OLD_PROGRAM in names:
        return OLD_PROGRAM
    models = sorted(name for name in names if name.startswith("models/") and name.endswith(".json"))
    return models[0] if models else ""


def _compiled(names: list[str]) -> bool:
    return any(name.startswith("data/aotinductor/") and name.endswith((".so", ".pyd")) for name in names)


def _signature(text: str, filename: str, limits: Limits) -> dict[str, Any]:
    try:
        program = json.loads(text)
        module = program["graph_module"]
        values, specs = module["graph"]["tensor_values"], module["signature"]
        given = [one["user_input"]["arg"] for one in specs["input_specs"] if "user_input" in one]
        answered = [one["user_output"]["arg"] for one in specs["output_specs"] if "user_output" in one]
        inputs = [_tensor(one, values, f"INPUT__{place}") for place, one in enumerate(given)]
        outputs = [_tensor(one, values, f"OUTPUT__{place}") for place, one in enumerate(answered)]
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise Refused("pt2-unreadable", filename=filename) from None
    if not inputs or not outputs or len(inputs) + len(outputs) > limits.tensors:
        raise Refused("pt2-unreadable", filename=filename)
    # Triton's runner for compiled packages takes no batches.
    return {"inputs": inputs, "outputs": outputs, "batchable": False}


def _tensor(argument: dict[str, Any], values: dict[str, Any], name: str) -> dict[str, Any]:
    if "as_tensor" not in argument:
        raise Refused("pt2-not-a-tensor", name=name, kind=clean(next(iter(argument)).removeprefix("as_")))
    own = argument["as_tensor"]["name"]
    value = values[own]
    if value["dtype"] not in DATATYPES:
        raise Refused("datatype", name=clean(own), number=value["dtype"])
    # A size with an expression is free.
    shape = [int(size["as_int"]) if "as_int" in size else -1 for size in value["sizes"]]
    return {
        "name": name,
        "datatype": DATATYPES[value["dtype"]],
        "shape": shape or [1],
        "dims": shape or [1],
        "argument": clean(own),
    }
