"""Judge an ONNX graph by what it declares, before anything is allocated for it."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from models_registry.inspection.limits import Limits
from models_registry.inspection.refused import Refused

# TensorProto.DataType to Triton's wire names; what is missing cannot be sent to Triton.
DATATYPES = {
    1: "FP32",
    2: "UINT8",
    3: "INT8",
    4: "UINT16",
    5: "INT16",
    6: "INT32",
    7: "INT64",
    8: "BYTES",
    9: "BOOL",
    10: "FP16",
    11: "FP64",
    12: "UINT32",
    13: "UINT64",
}
ITEM_BYTES = {"FP64": 8, "INT64": 8, "UINT64": 8, "FP32": 4, "INT32": 4, "UINT32": 4, "BYTES": 8}
BUILT_IN = {
    "ai.onnx",
    "ai.onnx.ml",
    "ai.onnx.training",
    "ai.onnx.preview.training",
    "com.microsoft",
    "com.microsoft.nchwc",
    "com.ms.internal.nhwc",
}
# A packed tensor holds at most eight elements a byte.
ELEMENTS_PER_BYTE = 8
LONGEST_NAME = 256


class Declared(NamedTuple):
    """One input or output: `dims` holds sizes, names of free sizes, or None; it is None without a shape."""

    name: str
    datatype: str
    dims: list[int | str | None] | None


def interface(model: Any, *, limits: Limits) -> tuple[list[Declared], list[Declared]]:
    """The inputs that a client gives and the outputs it gets; Refused where Triton cannot carry them."""
    weights = {tensor.name for tensor in model.graph.initializer}
    weights |= {tensor.values.name for tensor in model.graph.sparse_initializer}
    inputs = [_declared(value, "input") for value in model.graph.input if value.name not in weights]
    outputs = [_declared(value, "output") for value in model.graph.output]
    for kind, side in (("no-inputs", inputs), ("no-outputs", outputs)):
        if not side:
            raise Refused(kind)
        if len(side) > limits.tensors:
            raise Refused("too-many-tensors", count=len(side), most=limits.tensors)
        names = [declared.name for declared in side]
        for name in names:
            if not name or len(name) > LONGEST_NAME or not name.isprintable() or names.count(name) > 1:
                raise Refused("bad-tensor-name", name=clean(name))
    for declared in (*inputs, *outputs):
        _refuse_size(declared, limits)
    return inputs, outputs


def refuse_weights(model: Any, payload_bytes: list[int], *, beside: Mapping[str, int]) -> int:
    """Refuse tensors kept elsewhere or larger than their file can hold; return the number of parameters.

    Args:
        beside: the sizes of the files that stand beside the model, by name; weights may be kept in them.
    """
    count = 0
    for tensor, payload in zip(model.graph.initializer, payload_bytes, strict=True):
        _refuse_tensor(tensor, payload, beside)
        count += math.prod(tensor.dims)
    for tensor in inner_tensors(model):
        _refuse_tensor(tensor, tensor.ByteSize(), beside)
        count += math.prod(tensor.dims)
    return count


def refuse_operators(model: Any) -> dict[str, int]:
    """The operator sets by domain; raises Refused when a node needs one that no runtime has built in."""
    domains = {clean(one.domain) or "ai.onnx": int(one.version) for one in model.opset_import}
    local = {(function.domain, function.name) for function in model.functions}
    unknown = sorted(
        {
            f"{clean(node.domain)}.{clean(node.op_type)}"
            for node in nodes(model)
            if (node.domain or "ai.onnx") not in BUILT_IN and (node.domain, node.op_type) not in local
        }
    )
    if unknown:
        raise Refused("custom-operators", operators=", ".join(unknown[:5]), count=len(unknown))
    return domains


def nodes(model: Any) -> Iterator[Any]:
    """Every node: of the graph, of the graphs inside its nodes, of the model's own functions."""
    waiting = [*model.graph.node, *(node for function in model.functions for node in function.node)]
    while waiting:
        node = waiting.pop()
        yield node
        for attribute in node.attribute:
            for graph in (attribute.g, *attribute.graphs):
                waiting.extend(graph.node)


def clean(text: str, *, most: int = 120) -> str:
    """A word from the file that may be shown and stored."""
    return "".join(letter for letter in text if letter.isprintable())[:most]


def _declared(value: Any, side: str) -> Declared:
    kind = value.type.WhichOneof("value")
    name = clean(value.name)
    if kind == "sequence_type" and value.type.sequence_type.elem_type.WhichOneof("value") == "map_type":
        raise Refused("zipmap", name=name)
    if kind != "tensor_type":
        raise Refused("not-a-tensor", name=name, side=side, kind=(kind or "untyped").removesuffix("_type"))
    tensor = value.type.tensor_type
    if tensor.elem_type not in DATATYPES:
        raise Refused("datatype", name=name, number=tensor.elem_type)
    dims = [_dim(dim, name) for dim in tensor.shape.dim] if tensor.HasField("shape") else None
    return Declared(value.name, DATATYPES[tensor.elem_type], dims)


def _dim(dim: Any, name: str) -> int | str | None:
    if dim.WhichOneof("value") == "dim_value":
        if dim.dim_value < 0:
            # Some exporters write -1 where they mean a free size.
            return None
        if dim.dim_value == 0:
            raise Refused("empty-dimension", name=name)
        return int(dim.dim_value)
    return dim.dim_param or None


def _refuse_size(declared: Declared, limits: Limits) -> None:
    elements = math.prod(dim for dim in declared.dims or () if isinstance(dim, int))
    if elements * ITEM_BYTES.get(declared.datatype, 2) > limits.sample_bytes:
        dims = [dim if isinstance(dim, int) else -1 for dim in declared.dims or ()]
        raise Refused("huge-tensor", name=clean(declared.name), dims=str(dims), elements=elements)


def _refuse_tensor(tensor: Any, payload: int, beside: Mapping[str, int]) -> None:
    name = clean(tensor.name)
    if tensor.data_location == 1 or tensor.external_data:
        said = {entry.key: entry.value for entry in tensor.external_data}
        place = said.get("location", "")
        if leads_outside(place):
            raise Refused("external-data-path", name=name, place=clean(place))
        if place not in beside:
            raise Refused("external-data", name=name, place=clean(place))
        payload = _kept(said, beside[place])
    elements = math.prod(tensor.dims)
    if any(dim < 0 for dim in tensor.dims) or elements > ELEMENTS_PER_BYTE * payload:
        raise Refused("huge-weight", name=name, dims=str(list(tensor.dims)), bytes=payload)


def _kept(said: Mapping[str, str], size_bytes: int) -> int:
    """How many bytes of its file a tensor may have, by what it says itself; 0 when that is nonsense."""
    offset, length = said.get("offset", "0"), said.get("length", "")
    if (
        not offset.isascii()
        or not offset.isdigit()
        or (length and not (length.isascii() and length.isdigit()))
    ):
        return 0
    left = max(size_bytes - int(offset), 0)
    return min(int(length), left) if length else left


def leads_outside(place: str) -> bool:
    """Whether a place of external data is not plainly beside the model."""
    return place.startswith(("/", "\\")) or ".." in place or ":" in place or "\0" in place


def inner_tensors(model: Any) -> Iterator[Any]:
    for sparse in model.graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    for node in nodes(model):
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors
            for graph in (attribute.g, *attribute.graphs):
                yield from graph.initializer
