"""From what was declared and what was seen to a signature and recorded answers."""

import math
from typing import Any, NamedTuple

import numpy as np

from models_registry.inspection import running
from models_registry.inspection.graph import Declared
from models_registry.inspection.refused import Refused
from models_registry.inspection.running import Failed, Run

# Rows that do not influence each other agree to rounding; those that do, differ plainly.
RTOL, ATOL = 1e-2, 1e-3


class Seen(NamedTuple):
    """What the runs showed; `doubts` are (code, particulars) of warnings."""

    batchable: bool
    runs: list[Run]
    doubts: list[tuple[str, dict[str, object]]]


def observe(session: Any, inputs: list[Declared], outputs: list[Declared]) -> Seen:
    """Run the graph with one row and, where it may be batched, with two.

    Raises:
        Refused: a run took more memory than a model of this size may.
    """
    failure = ""
    batchable = all(_free_first(one) for one in (*inputs, *outputs))
    for size in running.sizes_to_try(inputs):
        try:
            one = running.run(session, inputs, batch=1, size=size)
        except Failed as error:
            failure = failure or str(error)
            continue
        if not _steady(one, running.run(session, inputs, batch=1, size=size)):
            return Seen(batchable, [], [("not-steady", {})])
        if not batchable:
            return Seen(False, [one], [])
        return _batched(session, inputs, one, size=size)
    return Seen(batchable, [], [("could-not-run", {"message": failure})])


def signature(inputs: list[Declared], outputs: list[Declared], seen: Seen) -> dict[str, Any]:
    """The signature as Inspection describes it."""
    return {
        "inputs": [_tensor(one, [], batchable=seen.batchable) for one in inputs],
        "outputs": [
            _tensor(one, [run.outputs[one.name].shape for run in seen.runs], batchable=seen.batchable)
            for one in outputs
        ],
        "batchable": seen.batchable,
    }


def _batched(session: Any, inputs: list[Declared], one: Run, *, size: int) -> Seen:
    doubt: tuple[str, dict[str, object]] | None = None
    try:
        two = running.run(session, inputs, batch=2, size=size)
    except Failed as error:
        return Seen(False, [one], [("fails-with-two-rows", {"message": str(error)})])
    for name, array in two.outputs.items():
        first = one.outputs[name]
        if array.shape[:1] != (2,) or first.shape[:1] != (1,):
            doubt = ("first-is-no-batch", {"name": name, "shape": str(list(array.shape))})
        elif array.shape[1:] == first.shape[1:] and not _alike(array[:1], first):
            doubt = ("rows-mix", {"name": name})
        if doubt:
            return Seen(False, [one], [doubt])
    return Seen(True, [one, two], [])


def _free_first(one: Declared) -> bool:
    """Whether the first dimension is free. An output without a shape is judged by the runs."""
    if one.dims is None:
        return True
    return bool(one.dims) and not isinstance(one.dims[0], int)


def _steady(one: Run, again: Run) -> bool:
    return all(_alike(one.outputs[name], again.outputs[name]) for name in one.outputs)


def _alike(left: np.ndarray, right: np.ndarray) -> bool:
    if left.shape != right.shape:
        return False
    if left.dtype.kind == "f":
        return bool(np.allclose(left, right, rtol=RTOL, atol=ATOL, equal_nan=True))
    return bool(np.array_equal(left, right))


def _tensor(one: Declared, shapes: list[tuple[int, ...]], *, batchable: bool) -> dict[str, Any]:
    shape = [dim if isinstance(dim, int) else -1 for dim in one.dims or []]
    if shapes and len(shapes[0]) != len(shape):
        # Nothing was declared: take the rank that was seen and leave every size free.
        shape = [-1] * len(shapes[0])
    for seen in shapes:
        shape = [own if own == size else -1 for own, size in zip(shape, seen, strict=True)]
    if math.prod(size for size in shape if size > 0) > 2**31:
        raise Refused("huge-tensor", name=one.name, dims=str(shape), elements=math.prod(map(abs, shape)))
    tensor: dict[str, Any] = {"name": one.name, "datatype": one.datatype, "shape": shape}
    if not batchable:
        if not shape:
            raise Refused("scalar", name=one.name)
        return tensor | {"dims": shape}
    # Triton knows no empty dims: one value a row is stated as [1] and reshaped.
    return tensor | ({"dims": shape[1:]} if shape[1:] else {"dims": [1], "reshape": []})
