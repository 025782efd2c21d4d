"""Recorded requests under a configuration that may differ from the one they were recorded for."""

from collections.abc import Sequence
from typing import Any

from models_registry.modelconfig.schema import parse

Tensor = dict[str, Any]


def fitting(golden: Sequence[dict[str, Any]], *, config_text: str) -> list[dict[str, Any]]:
    """Those recorded requests that a configuration takes, shaped as it wants them.

    A batch above max_batch_size and sizes that the configuration fixes otherwise are left out, and so are
    outputs that it does not send.
    """
    config = parse(config_text)
    batched = config.max_batch_size > 0
    inputs = {entry.name: entry for entry in config.input}
    outputs = {entry.name: entry for entry in config.output}
    found = []
    for pair in golden:
        given = [_shaped(tensor, inputs.get(tensor["name"]), batched=batched) for tensor in pair["inputs"]]
        wanted = [
            _shaped(tensor, outputs[tensor["name"]], batched=batched)
            for tensor in pair["outputs"]
            if tensor["name"] in outputs
        ]
        rows = max((tensor["shape"][0] for tensor in given if tensor), default=0) if batched else 0
        if all(given) and all(wanted) and rows <= max(config.max_batch_size, 0):
            found.append(pair | {"inputs": given, "outputs": wanted})
    return found


def _shaped(tensor: Tensor, entry: Any, *, batched: bool) -> Tensor | None:
    """The tensor in the shape that its entry states; None when it has another."""
    if entry is None:
        return None
    stated = [-1, *entry.dims] if batched else list(entry.dims)
    shape = list(tensor["shape"])
    # One value a row travels as [rows, 1] when batched and as [rows] when not.
    candidates = [shape, [*shape, 1], shape[:-1] if shape[-1:] == [1] else shape]
    for candidate in candidates:
        if len(candidate) == len(stated) and all(
            own in {-1, size} for own, size in zip(stated, candidate, strict=True)
        ):
            return tensor | {"shape": candidate}
    return None
