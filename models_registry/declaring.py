"""A signature that a person declares where the files don't tell it: judged by what Triton takes. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid
from models_registry.modelconfig.tensors import TYPES

DATATYPES = tuple(TYPES)
MOST_TENSORS, MOST_DIMS, LARGEST_DIM = 256, 8, 2**31 - 1
LONGEST_NAME = 256
# LibTorch's convention: the number is the place among the arguments or among the results.
NUMBERED = re.compile(r"^(?P<name>.+)__(?P<place>\d+)$")

Tensor = Mapping[str, Any]


def signature(
    *, inputs: Sequence[Tensor], outputs: Sequence[Tensor], batchable: bool, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """The signature of tensors with `name`, `datatype`, `dims` (without the batch) and perhaps `optional`.

    Raises:
        Invalid: code `bad-signature`, with `problems` (field, message) that name each tensor.
    """
    problems = [
        *_side(inputs, side="inputs"),
        *_side(outputs, side="outputs"),
        *(_torch(inputs, outputs, facts) if facts.get("format") == "torchscript" else ()),
    ]
    if problems:
        raise Invalid(
            problems[0]["message"],
            code="bad-signature",
            hint=_("Mend what is named; nothing was saved."),
            problems=problems,
        )
    return {
        "inputs": [_tensor(one, batchable=batchable) for one in inputs],
        "outputs": [_tensor(one, batchable=batchable) for one in outputs],
        "batchable": batchable,
    }


def _side(tensors: Sequence[Tensor], *, side: str) -> Iterator[dict[str, str]]:
    if not 1 <= len(tensors) <= MOST_TENSORS:
        empty = _("Declare at least one input.") if side == "inputs" else _("Declare at least one output.")
        text = _("At most %(most)d tensors can be declared.") % {"most": MOST_TENSORS} if tensors else empty
        yield {"field": side, "message": text}
        return
    seen: set[str] = set()
    for place, tensor in enumerate(tensors):
        name = str(tensor["name"])
        for field, text in _tensor_problems(tensor, seen):
            yield {"field": f"{side}.{place}.{field}", "message": text % {"name": name[:80]}}
        seen.add(name)


def _tensor_problems(tensor: Tensor, seen: set[str]) -> Iterator[tuple[str, str]]:
    name, dims = str(tensor["name"]), tensor["dims"]
    if not name or len(name) > LONGEST_NAME or not name.isprintable() or name in seen:
        yield "name", _("“%(name)s” is no usable name: empty, repeated, too long or unprintable.")
    if tensor["datatype"] not in TYPES:
        yield "datatype", _("“%(name)s” needs one of Triton's data types, like FP32.")
    if not 1 <= len(dims) <= MOST_DIMS:
        yield "dims", _("“%(name)s” needs between 1 and 8 sizes, without the batch.")
    elif any(size != -1 and not 1 <= size <= LARGEST_DIM for size in dims):
        yield "dims", _("A size of “%(name)s” is neither positive nor -1, which means that it is free.")


def _torch(
    inputs: Sequence[Tensor], outputs: Sequence[Tensor], facts: Mapping[str, Any]
) -> Iterator[dict[str, str]]:
    """LibTorch finds tensors by place: through names like INPUT__0, or through the arguments' own names."""
    arguments = facts.get("arguments", [])
    names = [str(tensor["name"]) for tensor in inputs]
    if arguments and len(names) > len(arguments):
        yield {
            "field": "inputs",
            "message": _("The program takes %(count)d arguments: %(names)s.")
            % {"count": len(arguments), "names": ", ".join(arguments)},
        }
    elif not (arguments and set(names) <= set(arguments)) and not _numbered(names):
        yield {
            "field": "inputs",
            "message": _("Name the inputs INPUT__0, INPUT__1 and so on, or as the program does: %(names)s.")
            % {"names": ", ".join(arguments) or "–"},
        }
    if not _numbered([str(tensor["name"]) for tensor in outputs]):
        yield {"field": "outputs", "message": _("Name the outputs OUTPUT__0, OUTPUT__1 and so on.")}
    elif facts.get("outputs") and len(outputs) > facts["outputs"]:
        yield {
            "field": "outputs",
            "message": _("The program returns %(count)d tensors.") % {"count": facts["outputs"]},
        }


def _numbered(names: Sequence[str]) -> bool:
    places = [int(found["place"]) for name in names if (found := NUMBERED.match(name))]
    return len(places) == len(names) and sorted(places) == list(range(len(names)))


def _tensor(tensor: Tensor, *, batchable: bool) -> dict[str, Any]:
    dims = [int(size) for size in tensor["dims"]]
    declared: dict[str, Any] = {
        "name": str(tensor["name"]),
        "datatype": str(tensor["datatype"]),
        "shape": [-1, *dims] if batchable else dims,
        "dims": dims,
    }
    return declared | ({"optional": True} if tensor.get("optional") else {})
