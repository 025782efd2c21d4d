"""Requests with their answers, as JSON, small enough for a database row."""

import json
import math
from typing import Any

import numpy as np

from models_registry.inspection.running import Run
from models_registry.inspection.samples import FILL

MOST_VALUES = 4_000
SAMPLED_VALUES = 64


def record(runs: list[Run], signature: dict[str, Any], *, most_bytes: int) -> list[dict[str, Any]]:
    """The runs as a client sends and gets them under the derived configuration; [] when too large even so."""
    for most_values in (MOST_VALUES, SAMPLED_VALUES):
        pairs = [_pair(run, signature, most_values=most_values) for run in runs]
        if len(json.dumps(pairs)) <= most_bytes:
            return pairs
    return []


def _pair(run: Run, signature: dict[str, Any], *, most_values: int) -> dict[str, Any]:
    batchable = signature["batchable"]
    first = next(iter(run.inputs.values()))
    return {
        "batch": int(first.shape[0]) if batchable else 1,
        "inputs": [
            _head(tensor, run.inputs[tensor["name"]]) | _input(run.inputs[tensor["name"]], most_values)
            for tensor in signature["inputs"]
        ],
        "outputs": [
            _head(tensor, run.outputs[tensor["name"]]) | _output(run.outputs[tensor["name"]], most_values)
            for tensor in signature["outputs"]
        ],
    }


def _head(tensor: dict[str, Any], array: np.ndarray) -> dict[str, Any]:
    shape = list(array.shape)
    if "reshape" in tensor or not shape:
        shape = [*shape, 1]
    return {"name": tensor["name"], "datatype": tensor["datatype"], "shape": shape}


def _input(array: np.ndarray, most_values: int) -> dict[str, Any]:
    return {"data": plain(array)} if array.size <= most_values else {"fill": FILL}


def _output(array: np.ndarray, most_values: int) -> dict[str, Any]:
    if array.size <= most_values:
        return {"data": plain(array)}
    every = math.ceil(array.size / SAMPLED_VALUES)
    return {"sample": {"every": every, "values": plain(array.ravel()[::every])}}


def plain(array: np.ndarray) -> list[Any]:
    """Values as JSON has them, row-major; what JSON has no number for stands as text, as protobuf does it."""
    values = array.ravel().tolist()
    if array.dtype.kind == "f":
        # As short as the type allows: 0.1 rather than 0.10000000149011612.
        return [_number(value, array.dtype) for value in values]
    if array.dtype.kind in "OU":
        return [_text(value) for value in values]
    return list(values)


def _number(value: float, dtype: Any) -> float | str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return float(str(dtype.type(value)))


def _text(value: object) -> str:
    word = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    return word.replace("\x00", "\ufffd")
