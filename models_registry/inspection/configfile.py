"""A config.pbtxt that came with the files: what it declares. Read in the sandbox, judged outside."""

from typing import Any

from models_registry.inspection.files import CONFIG, Files, text
from models_registry.inspection.graph import clean
from models_registry.inspection.hints import WIRE
from models_registry.inspection.refused import Refused

MOST_BYTES = 1_000_000
# Conch's own to set: the name a version has in Triton, which numbers it serves, what its files are called.
OWN = ("name", "version_policy", "default_model_filename", "platform", "backend")


def read(files: Files) -> Any:
    """The ModelConfig of the config.pbtxt, or None without one; raises Refused: config-unreadable."""
    if CONFIG not in files:
        return None
    from google.protobuf import text_format
    from tritonclient.grpc import model_config_pb2

    message = model_config_pb2.ModelConfig()
    try:
        text_format.Parse(text(files[CONFIG], name=CONFIG, most_bytes=MOST_BYTES), message)
    except text_format.ParseError as error:
        raise Refused(
            "config-unreadable", line=error.GetLine() or 1, message=clean(str(error), most=300)
        ) from None
    except (RecursionError, UnicodeError, ValueError) as error:
        raise Refused("config-unreadable", line=1, message=clean(str(error), most=300)) from None
    return message


def signature(config: Any) -> dict[str, Any]:
    """The signature that a configuration declares; empty where it states no inputs or no outputs."""
    if not config.input or not config.output:
        return {}
    batched = config.max_batch_size > 0
    return {
        "inputs": [_tensor(entry, batched=batched) for entry in config.input],
        "outputs": [_tensor(entry, batched=batched) for entry in config.output],
        "batchable": batched,
    }


def kept(config: Any, *, backend: str) -> str:
    """The configuration as text under Conch's rules: unnamed, for one backend."""
    from google.protobuf import text_format

    own = type(config)()
    own.CopyFrom(config)
    for field in OWN:
        own.ClearField(field)
    if backend == "ensemble":
        own.platform = "ensemble"
    else:
        own.backend = backend
        if config.platform == "torch_aoti":
            own.platform = config.platform
    return str(text_format.MessageToString(own))


def _tensor(entry: Any, *, batched: bool) -> dict[str, Any]:
    kind = type(entry).DESCRIPTOR.fields_by_name["data_type"].enum_type.values_by_number[entry.data_type].name
    name = clean(entry.name, most=256)
    if not name or name != entry.name:
        raise Refused("bad-tensor-name", name=name)
    if kind not in WIRE:
        raise Refused("config-datatype", name=name)
    dims = list(entry.dims)
    inside = list(entry.reshape.shape) if entry.HasField("reshape") else dims
    tensor: dict[str, Any] = {
        "name": name,
        "datatype": WIRE[kind],
        "shape": [-1, *inside] if batched else inside or [1],
        "dims": dims or [1],
    }
    if batched and not inside:
        tensor |= {"dims": [1], "reshape": []}
    if getattr(entry, "optional", False):
        tensor["optional"] = True
    return tensor
