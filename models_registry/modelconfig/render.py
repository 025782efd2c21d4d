"""The files that Triton reads: a version's config under its own name, and the alias of the public name."""

import hashlib
import json
from typing import Any

from models_registry.modelconfig.schema import parse


def render(text: str, *, triton_name: str) -> str:
    """The final config.pbtxt: the text, with the name that the version has in Triton."""
    if parse(text).name:
        return text
    return f"name: {json.dumps(triton_name)}\n{text}"


def digest(text: str) -> str:
    """SHA-256 of what the text means: comments, order of fields and white space do not count."""
    config = parse(text)
    config.ClearField("name")
    return hashlib.sha256(config.SerializeToString(deterministic=True)).hexdigest()


def ensemble_alias(public_name: str, target_name: str, *, config_text: str) -> str:
    """The one-step ensemble that lets a public name answer with a version.

    Batch limit and tensors are the version's own.
    """
    config = parse(config_text)
    lines = [
        f"name: {json.dumps(public_name)}",
        'platform: "ensemble"',
        f"max_batch_size: {config.max_batch_size}",
    ]
    for side, entries in (("input", config.input), ("output", config.output)):
        lines += [f"{side} [", ",\n".join(_tensor(entry) for entry in entries), "]"]
    lines += [
        "ensemble_scheduling {",
        "  step [ {",
        f"    model_name: {json.dumps(target_name)}",
        "    model_version: -1",
    ]
    lines += [_same("input_map", entry.name) for entry in config.input]
    lines += [_same("output_map", entry.name) for entry in config.output]
    lines += ["  } ]", "}"]
    return "\n".join(lines) + "\n"


def _tensor(entry: Any) -> str:
    kind = type(entry).DESCRIPTOR.fields_by_name["data_type"].enum_type.values_by_number[entry.data_type].name
    return f"  {{ name: {json.dumps(entry.name)} data_type: {kind} dims: {list(entry.dims)} }}"


def _same(field: str, name: str) -> str:
    return f"    {field} {{ key: {json.dumps(name)} value: {json.dumps(name)} }}"
