"""Run the graph on ONNX Runtime with sample inputs, to see what it does rather than what it declares."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from models_registry.inspection.graph import Declared, clean
from models_registry.inspection.refused import Refused
from models_registry.inspection.samples import filled

# ONNX Runtime's names of element types, as far as Triton can carry them.
DATATYPES = {
    "tensor(bool)": "BOOL",
    "tensor(uint8)": "UINT8",
    "tensor(uint16)": "UINT16",
    "tensor(uint32)": "UINT32",
    "tensor(uint64)": "UINT64",
    "tensor(int8)": "INT8",
    "tensor(int16)": "INT16",
    "tensor(int32)": "INT32",
    "tensor(int64)": "INT64",
    "tensor(float16)": "FP16",
    "tensor(float)": "FP32",
    "tensor(double)": "FP64",
    "tensor(string)": "BYTES",
}
NEW_OPSET = re.compile(r"Opset (\d+) is under development.*domain (\S+) is till opset (\d+)", re.DOTALL)
NEW_IR = re.compile(r"Unsupported model IR version: (\d+), max supported IR version: (\d+)")
NO_MEMORY = re.compile(r"Failed to allocate memory|bad[ _]alloc|bad allocation|out of memory", re.IGNORECASE)
BROKEN = re.compile(r"INVALID_PROTOBUF|Protobuf parsing failed|does not have a graph", re.IGNORECASE)
# Sizes tried for dimensions that are free, besides the batch: images first, then anything.
IMAGE_SIZES, OTHER_SIZES = (224, 64, 32, 1), (8, 16, 64, 1)

Arrays = dict[str, np.ndarray]


class Failed(Exception):
    """One run failed; the text is ONNX Runtime's, without paths."""


class Run(NamedTuple):
    """One request with its answer, by tensor name, as the graph has them."""

    inputs: Arrays
    outputs: Arrays


def open_session(path: Path) -> Any:
    """Raises Refused when ONNX Runtime does not take the file."""
    import onnxruntime

    onnxruntime.set_default_logger_severity(4)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise _refusal(str(error), path) from None


def declared(nodes: list[Any], *, shapeless: set[str]) -> list[Declared]:
    """Inputs or outputs as ONNX Runtime has them after it inferred the shapes.

    It shows a tensor without a shape as a scalar; `shapeless` names those that the file states none for.
    """
    found = []
    for node in nodes:
        if node.type not in DATATYPES:
            raise Refused("not-a-tensor", name=clean(node.name), side="output", kind=clean(node.type))
        dims = [dim if not isinstance(dim, int) or dim >= 0 else None for dim in node.shape]
        if not dims and node.name in shapeless:
            found.append(Declared(node.name, DATATYPES[node.type], None))
            continue
        found.append(Declared(node.name, DATATYPES[node.type], dims))
    return found


def sizes_to_try(inputs: list[Declared]) -> tuple[int, ...]:
    """Candidates for the free dimensions; one is enough where none is free."""
    free = [one for one in inputs if any(not isinstance(dim, int) for dim in (one.dims or [])[1:])]
    if not free:
        return (1,)
    return IMAGE_SIZES if any(len(one.dims or []) == 4 for one in free) else OTHER_SIZES


def run(session: Any, inputs: list[Declared], *, batch: int, size: int) -> Run:
    """One request of `batch` rows; every other free dimension gets `size`. Raises Failed or Refused."""
    batch_names = {one.dims[0] for one in inputs if one.dims and isinstance(one.dims[0], str)}
    feeds = {}
    for one in inputs:
        shape = [
            dim if isinstance(dim, int) else batch if place == 0 or dim in batch_names else size
            for place, dim in enumerate(one.dims or [])
        ]
        feeds[one.name] = filled(datatype=one.datatype, shape=shape)
    # The session's own way with text: str in, str out.
    given = {name: _words(array) if array.dtype == object else array for name, array in feeds.items()}
    try:
        answers = session.run(None, given)
    except MemoryError:
        raise Refused("too-much-memory") from None
    except Exception as error:
        if NO_MEMORY.search(str(error)):
            raise Refused("too-much-memory") from None
        raise Failed(_plain(str(error))) from None
    names = [node.name for node in session.get_outputs()]
    return Run(feeds, dict(zip(names, (np.asarray(answer) for answer in answers), strict=True)))


def _words(array: np.ndarray) -> np.ndarray:
    return np.array([word.decode() for word in array.ravel()], dtype=object).reshape(array.shape)


def _refusal(message: str, path: Path) -> Refused:
    if found := NEW_OPSET.search(message):
        return Refused("opset-too-new", opset=found[1], domain=found[2], most=found[3])
    if found := NEW_IR.search(message):
        return Refused("ir-too-new", version=found[1], most=found[2])
    if NO_MEMORY.search(message):
        return Refused("too-much-memory")
    if BROKEN.search(message):
        return Refused("damaged")
    return Refused("cannot-load", message=_plain(message.replace(str(path), "model.onnx")))


def _plain(message: str) -> str:
    """ONNX Runtime's words without its prefix, its source paths and its signatures."""
    message = re.sub(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ", "", message.strip())
    message = re.sub(r"/onnxruntime_src/\S+ .*?\) (?=[A-Z])", "", message, flags=re.DOTALL)
    return clean(" ".join(message.split()), most=400)
