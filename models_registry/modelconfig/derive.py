"""A good default config.pbtxt from what inspection found."""

from typing import Any

from models_registry.modelconfig.schema import quoted
from models_registry.modelconfig.tensors import TYPES, dims_of

DEFAULT_BATCH = 64
# Long enough to gather a batch under load, short enough not to be felt by a lone request.
QUEUE_DELAY_MICROSECONDS = 500


def derive(signature: dict[str, Any], *, backend: str) -> str:
    """The text of a config.pbtxt that loads as it is; batched when the model can be."""
    batched = bool(signature.get("batchable"))
    lines = [f'backend: "{backend}"', f"max_batch_size: {DEFAULT_BATCH if batched else 0}"]
    for side, key in (("input", "inputs"), ("output", "outputs")):
        lines += [f"{side} ["]
        entries = [_tensor(tensor, batched=batched) for tensor in signature[key]]
        lines += [",\n".join(entries), "]"]
    lines += ["instance_group [", "  { kind: KIND_AUTO count: 1 }", "]"]
    if batched:
        lines += ["dynamic_batching {", f"  max_queue_delay_microseconds: {QUEUE_DELAY_MICROSECONDS}", "}"]
    return "\n".join(lines) + "\n"


def _tensor(tensor: dict[str, Any], *, batched: bool) -> str:
    dims = dims_of(tensor, batched=batched)
    parts = [
        f"name: {quoted(tensor['name'])}",
        f"data_type: {TYPES[tensor['datatype']]}",
        f"dims: {dims}",
    ]
    if batched and "reshape" in tensor:
        parts.append("reshape: { shape: [ ] }")
    return "  { " + " ".join(parts) + " }"
