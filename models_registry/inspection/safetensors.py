"""The header of a safetensors file: names, types and places of tensors, as JSON; the weights are not read."""

import json
import math
import struct
from pathlib import Path
from typing import NamedTuple

from models_registry.inspection.refused import Refused

MOST_HEADER_BYTES = 100 * 1024 * 1024


class Counted(NamedTuple):
    parameters: int
    size_bytes: int
    kinds: frozenset[str]


def count(path: Path, *, filename: str) -> Counted:
    """Raises Refused: safetensors-damaged, also where the file is shorter than its header says."""
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > min(MOST_HEADER_BYTES, size - 8):
                raise ValueError
            header = json.loads(file.read(length))
        tensors = [value for key, value in header.items() if key != "__metadata__"]
        end = max((int(tensor["data_offsets"][1]) for tensor in tensors), default=0)
        parameters = sum(math.prod(int(size) for size in tensor["shape"]) for tensor in tensors)
        kinds = frozenset(str(tensor["dtype"])[:16] for tensor in tensors)
    except (struct.error, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        raise Refused("safetensors-damaged", filename=filename) from None
    if end != size - 8 - length:
        raise Refused("safetensors-damaged", filename=filename)
    return Counted(parameters, end, kinds)
