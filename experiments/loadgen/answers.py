"""Is an answer right? Each one is compared: with those that were judged before, or value by value."""

import hashlib
import math
from functools import partial
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError
from tritonclient.grpc import service_pb2
from tritonclient.utils import deserialize_bytes_tensor, triton_to_np_dtype

from experiments.loadgen.job import Payload

# A model whose answers never repeat would keep the processor busy; past this many, each n-th is looked at.
MOST_KNOWN = 64
SAMPLED_EACH = 64
WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class Judge:
    """Knows the right answers to one payload. `checked` counts the answers that were compared."""

    def __init__(self, payload: Payload, *, rtol: float, atol: float) -> None:
        self._outputs = payload.outputs
        self._rtol, self._atol = rtol, atol
        self._known: dict[bytes, str] = {}
        self._latest = b""
        self._new = 0
        self.checked = 0

    def fault(self, answer: bytes) -> str:
        """What is wrong with a serialised ModelInferResponse; "" when nothing is."""
        if answer == self._latest:
            self.checked += 1
            return ""
        digest = hashlib.blake2b(answer, digest_size=16).digest()
        found = self._known.get(digest)
        if found is None:
            self._new += 1
            if self._new > MOST_KNOWN and self._new % SAMPLED_EACH:
                return ""
            found = self._compare(answer)
            if len(self._known) < MOST_KNOWN:
                self._known[digest] = found
        self.checked += 1
        if not found:
            self._latest = answer
        return found

    def _compare(self, answer: bytes) -> str:
        try:
            got = values_of(service_pb2.ModelInferResponse.FromString(answer))
        except (DecodeError, ValueError, TypeError) as error:
            return f"it can't be read: {error}"
        for expected in self._outputs:
            name = expected["name"]
            if name not in got:
                return f"the output {name} is missing"
            if why := difference(got[name], expected, rtol=self._rtol, atol=self._atol):
                return f"{name}: {why}"
        return ""


def values_of(response: Any) -> dict[str, np.ndarray]:
    """The outputs of an answer by name."""
    pairs = zip(response.outputs, response.raw_output_contents, strict=True)
    return {output.name: _decoded(raw, output.datatype).reshape(tuple(output.shape)) for output, raw in pairs}


def difference(got: np.ndarray, expected: dict[str, Any], *, rtol: float, atol: float) -> str:
    """How an output differs from the recorded one, or from its shape where none was; "" when it doesn't."""
    shape = expected["shape"]
    fits = got.ndim == len(shape) and all(
        own in {-1, size} for own, size in zip(shape, got.shape, strict=True)
    )
    if not fits:
        return f"the shape is {list(got.shape)}, not {shape}"
    if got.size == 0:
        return "it is empty"
    if "rows" not in expected:
        return ""
    recorded = max(expected["rows"], 1)
    rows = got.reshape(len(got), -1) if expected["rows"] else got.reshape(1, -1)
    agree = partial(_agree, datatype=expected["datatype"], rtol=rtol, atol=atol)
    if not agree(*_recorded(rows[:recorded], expected)):
        return "the values differ from those recorded"
    if not agree(rows, rows[np.arange(len(rows)) % recorded]):
        return "equal rows have different answers"
    return ""


def _recorded(first: np.ndarray, expected: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """(got, recorded) where something was recorded."""
    flat, sample = first.ravel(), expected.get("sample")
    every, values = (sample["every"], sample["values"]) if sample else (1, expected["data"])
    places = np.arange(len(values)) * every
    kept = places < flat.size
    return flat[places[kept]], _typed(values, expected["datatype"])[kept]


def _typed(values: list[Any], datatype: str) -> np.ndarray:
    if datatype == "BYTES":
        return np.array(values, dtype=object)
    if _is_float(datatype):
        return np.array([WORDS[v] if isinstance(v, str) else v for v in values], dtype=float)
    return np.array(values, dtype=triton_to_np_dtype(datatype))


def _agree(got: np.ndarray, wanted: np.ndarray, *, datatype: str, rtol: float, atol: float) -> bool:
    if not _is_float(datatype):
        return bool(np.array_equal(got, wanted))
    return bool(np.allclose(got.astype(float), wanted.astype(float), rtol=rtol, atol=atol, equal_nan=True))


def _decoded(raw: bytes, datatype: str) -> np.ndarray:
    if datatype == "BYTES":
        # As inspection writes texts down.
        words = [word.decode(errors="replace") for word in deserialize_bytes_tensor(raw)]
        return np.array([word.replace("\x00", "\ufffd") for word in words], dtype=object)
    if datatype == "BF16":
        # The upper half of a float's bits.
        return (np.frombuffer(raw, dtype="<u2").astype("<u4") << 16).view("<f4")
    return np.frombuffer(raw, dtype=triton_to_np_dtype(datatype))


def _is_float(datatype: str) -> bool:
    return datatype.startswith(("FP", "BF"))
