"""An ONNX file without its weights: read from the mapped file in little memory, whatever its size."""

import mmap
from pathlib import Path
from typing import NamedTuple

from models_registry.inspection import wire
from models_registry.inspection.refused import Refused
from models_registry.inspection.wire import Field

# Field numbers of onnx.proto, which never change.
IR_VERSION, GRAPH = 1, 7
MODEL_FIELDS = {1: 0, 2: 2, 3: 2, 4: 2, 5: 0, 6: 2, 7: 2, 8: 2, 14: 2, 20: 2, 25: 2, 26: 2}
INITIALIZER = 5
# float_data, int32_data, string_data, int64_data, raw_data, double_data, uint64_data
PAYLOAD = {4, 5, 6, 7, 9, 10, 11}
# What protobuf can hold in one message.
LARGEST_BYTES = 2**31 - 1


class Skeleton(NamedTuple):
    """`content` is a serialised ModelProto without payloads; `payload_bytes` has one count an initialiser."""

    content: bytes
    payload_bytes: list[int]


def read(path: Path, *, filename: str = "") -> Skeleton:
    """Raises Refused: not-onnx, truncated or too-large."""
    size = path.stat().st_size
    if size == 0:
        raise Refused("empty-file")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        data = memoryview(mapped)
        try:
            top = _top(data, size)
            if size > LARGEST_BYTES:
                raise Refused("too-large", bytes=size)
            return _strip(data, top)
        except wire.Broken:
            raise Refused("not-onnx", filename=filename) from None
        except wire.CutOff:
            raise Refused("truncated", bytes=size) from None
        finally:
            data.release()


def _top(data: memoryview, size: int) -> list[Field]:
    """The fields of the model itself."""
    found: list[Field] = []
    try:
        for field in wire.fields(data, 0, size):
            if MODEL_FIELDS.get(field.number) != field.kind:
                raise wire.Broken
            found.append(field)
    except wire.CutOff:
        # Bytes of any kind are soon "cut off"; only a file that began like a model was one.
        if not found or found[0].number != IR_VERSION:
            raise wire.Broken from None
        raise
    if not any(field.number == GRAPH for field in found):
        raise wire.CutOff if found[0].number == IR_VERSION else wire.Broken
    return found


def _strip(data: memoryview, top: list[Field]) -> Skeleton:
    parts: list[bytes] = []
    payload_bytes: list[int] = []
    for field in top:
        if field.number == GRAPH:
            parts.append(wire.message(GRAPH, _graph(data, field, payload_bytes)))
        else:
            parts.append(bytes(data[field.begin : field.end]))
    return Skeleton(b"".join(parts), payload_bytes)


def _graph(data: memoryview, graph: Field, payload_bytes: list[int]) -> bytes:
    parts: list[bytes] = []
    for field in wire.fields(data, graph.start, graph.end):
        if field.number == INITIALIZER and field.kind == wire.BYTES:
            tensor, payload = _tensor(data, field)
            parts.append(wire.message(INITIALIZER, tensor))
            payload_bytes.append(payload)
        else:
            parts.append(bytes(data[field.begin : field.end]))
    return b"".join(parts)


def _tensor(data: memoryview, tensor: Field) -> tuple[bytes, int]:
    parts: list[bytes] = []
    payload = 0
    for field in wire.fields(data, tensor.start, tensor.end):
        if field.number in PAYLOAD:
            payload += field.end - field.start
        else:
            parts.append(bytes(data[field.begin : field.end]))
    return b"".join(parts), payload
