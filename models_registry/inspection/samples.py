"""Sample values by rule: the same on every machine, so that a request need not be stored in full."""

from typing import Any

import numpy as np

FILL = "scatter"
NUMPY_TYPES: dict[str, Any] = {
    "BOOL": np.bool_,
    "UINT8": np.uint8,
    "UINT16": np.uint16,
    "UINT32": np.uint32,
    "UINT64": np.uint64,
    "INT8": np.int8,
    "INT16": np.int16,
    "INT32": np.int32,
    "INT64": np.int64,
    "FP16": np.float16,
    "FP32": np.float32,
    "FP64": np.float64,
    "BYTES": np.object_,
}


def filled(*, datatype: str, shape: list[int]) -> np.ndarray:
    """Values spread evenly by Knuth's multiplicative hash of their position.

    Floats lie in [0, 1), bytes in 0..255 and other integers are 0 or 1, so that they may serve as indices.
    The first row of a batch has the values of a batch of one.
    """
    count = int(np.prod(shape, dtype=np.int64))
    spread = (np.arange(1, count + 1, dtype=np.uint64) * np.uint64(2654435761)) & np.uint64(0xFFFFFFFF)
    if datatype == "BYTES":
        words = np.array([b"conch", b"shell"], dtype=object)
        return words[(spread >> np.uint64(31)).astype(np.int64)].reshape(shape)
    if datatype.startswith("FP"):
        return (spread / 2**32).astype(np.float32).astype(NUMPY_TYPES[datatype]).reshape(shape)
    bits = spread >> np.uint64(24 if datatype == "UINT8" else 31)
    return bits.astype(NUMPY_TYPES[datatype]).reshape(shape)
