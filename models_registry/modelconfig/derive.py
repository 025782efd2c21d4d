"""A good default config.pbtxt from what inspection found or a person declared."""

from typing import Any

from models_registry.modelconfig import defaults
from models_registry.modelconfig.schema import quoted
from models_registry.modelconfig.tensors import TYPES, dims_of

# Long enough to gather a batch under load, short enough not to be felt by a lone request.
QUEUE_DELAY_MICROSECONDS = 500


def derive(signature: dict[str, Any], *, backend: str, model_format: str = "") -> str:
    """The text of a config.pbtxt that loads as it is; batched when the model and its backend can be."""
    own = defaults.of(backend, model_format=model_format)
    batched = bool(signature.get("batchable")) and own.max_batch > 0
    lines = [f"backend: {quoted(backend)}"]
    if own.platform:
        lines.append(f"platform: {quoted(own.platform)}")
    lines.append(f"max_batch_size: {own.max_batch if batched else 0}")
    for side, key in (("input", "inputs"), ("output", "outputs")):
        lines += [f"{side} ["]
        entries = [_tensor(tensor, batched=batched) for tensor in signature[key]]
        lines += [",\n".join(entries), "]"]
    lines += ["instance_group [", f"  {{ kind: {own.instance_kind} count: 1 }}", "]"]
    if batched:
        lines += ["dynamic_batching {", f"  max_queue_delay_microseconds: {QUEUE_DELAY_MICROSECONDS}", "}"]
    if own.decoupled:
        lines.append("model_transaction_policy { decoupled: true }")
    for key, value in own.parameters.items():
        lines.append(f"parameters {{ key: {quoted(key)} value {{ string_value: {quoted(value)} }} }}")
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
    if tensor.get("optional"):
        parts.append("optional: true")
    return "  { " + " ".join(parts) + " }"
