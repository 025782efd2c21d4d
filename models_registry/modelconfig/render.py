"""The files that Triton reads: a version's config under its own name, and the alias of the public name."""

import hashlib
from typing import Any

from django.utils.translation import gettext as _
from google.protobuf import text_format

from core.errors import Invalid
from models_registry.modelconfig.schema import parse, quoted
from models_registry.modelconfig.tensors import type_name


def render(text: str, *, triton_name: str) -> str:
    """The final config.pbtxt: the text, with the name that the version has in Triton.

    Raises:
        Invalid: the text is no configuration, or names another model.
    """
    given = parse(text).name
    if given == triton_name:
        return text
    if given:
        raise Invalid(
            _("The configuration names “%(given)s”, but the model is “%(name)s”.")
            % {"given": given, "name": triton_name},
            code="bad-config",
            hint=_("Leave the name out; Conch writes it."),
        )
    return f"name: {quoted(triton_name)}\n{text}"


def without_platform(text: str, *, filename: str) -> str:
    """The same configuration for a backend that goes by the file's name instead of a platform."""
    config = parse(text)
    config.ClearField("platform")
    config.default_model_filename = filename
    return str(text_format.MessageToString(config))


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
        f"name: {quoted(public_name)}",
        'platform: "ensemble"',
        f"max_batch_size: {config.max_batch_size}",
    ]
    for side, entries in (("input", config.input), ("output", config.output)):
        lines += [f"{side} [", ",\n".join(_tensor(entry) for entry in entries), "]"]
    lines += [
        "ensemble_scheduling {",
        "  step [ {",
        f"    model_name: {quoted(target_name)}",
        "    model_version: -1",
    ]
    lines += [_same("input_map", entry.name) for entry in config.input]
    lines += [_same("output_map", entry.name) for entry in config.output]
    lines += ["  } ]", "}"]
    return "\n".join(lines) + "\n"


def _tensor(entry: Any) -> str:
    return f"  {{ name: {quoted(entry.name)} data_type: {type_name(entry)} dims: {list(entry.dims)} }}"


def _same(field: str, name: str) -> str:
    return f"    {field} {{ key: {quoted(name)} value: {quoted(name)} }}"
