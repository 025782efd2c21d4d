"""Inputs and outputs of a config beside those of the file: names, types, dims."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from models_registry.modelconfig.schema import Problem

TYPES = {
    "BOOL": "TYPE_BOOL",
    "UINT8": "TYPE_UINT8",
    "UINT16": "TYPE_UINT16",
    "UINT32": "TYPE_UINT32",
    "UINT64": "TYPE_UINT64",
    "INT8": "TYPE_INT8",
    "INT16": "TYPE_INT16",
    "INT32": "TYPE_INT32",
    "INT64": "TYPE_INT64",
    "FP16": "TYPE_FP16",
    "FP32": "TYPE_FP32",
    "FP64": "TYPE_FP64",
    "BF16": "TYPE_BF16",
    "BYTES": "TYPE_STRING",
}


def problems(config: Any, signature: dict[str, Any]) -> Iterator[tuple[str, Problem]]:
    """(word to point at, problem) for each input and output that does not fit the file."""
    batched = config.max_batch_size > 0
    yield from _side(config.input, signature.get("inputs", ()), batched=batched, side="input")
    yield from _side(config.output, signature.get("outputs", ()), batched=batched, side="output")


def dims_of(tensor: dict[str, Any], *, batched: bool) -> list[int]:
    """The dims a config states for a tensor of the signature: without the batch dimension when batched.

    Triton knows no empty dims: a scalar is stated as [1] and reshaped.
    """
    return list(tensor["dims"] if batched else tensor["shape"]) or [1]


def _side(given: Any, known: Any, *, batched: bool, side: str) -> Iterator[tuple[str, Problem]]:
    wanted = {tensor["name"]: tensor for tensor in known}
    for name, count in Counter(entry.name for entry in given).items():
        if count > 1:
            yield name, _error(_("“%(name)s” stands %(count)d times.") % {"name": name, "count": count})
    names = {entry.name for entry in given}
    for name in [name for name in wanted if name not in names] if given else []:
        # Leaving outputs out is how Triton is told not to compute them; inputs are all needed.
        if side == "input":
            yield side, _error(_("The input “%(name)s” is missing.") % {"name": name}, _listed(wanted))
    if known and not given:
        yield side, _error(_("The %(side)ss are missing.") % {"side": side}, _listed(wanted))
    for entry in given:
        tensor = wanted.get(entry.name)
        if tensor is None:
            yield (
                entry.name,
                _error(
                    _("The file has no %(side)s named “%(name)s”.") % {"side": side, "name": entry.name},
                    _listed(wanted),
                ),
            )
            continue
        yield from _entry(entry, tensor, batched=batched)


def _entry(entry: Any, tensor: dict[str, Any], *, batched: bool) -> Iterator[tuple[str, Problem]]:
    type_name = (
        type(entry).DESCRIPTOR.fields_by_name["data_type"].enum_type.values_by_number[entry.data_type].name
    )
    expected = TYPES[tensor["datatype"]]
    if type_name != expected:
        yield (
            entry.name,
            _error(
                _("“%(name)s” has the type %(given)s, but the file says %(expected)s.")
                % {"name": entry.name, "given": type_name, "expected": expected}
            ),
        )
    dims = dims_of(tensor, batched=batched)
    given = list(entry.dims)
    if not _fits(given, dims):
        yield (
            entry.name,
            _error(
                _("“%(name)s” has the dims %(given)s, but the file says %(expected)s.")
                % {"name": entry.name, "given": given, "expected": dims},
                _("The batch dimension is left out while max_batch_size is above 0.") if batched else "",
            ),
        )


def _fits(given: list[int], dims: list[int]) -> bool:
    """Equal, or fixed by the config where the file leaves a dimension free."""
    if len(given) != len(dims):
        return False
    return all(asked == own or (own == -1 and asked > 0) for asked, own in zip(given, dims, strict=True))


def _listed(wanted: dict[str, Any]) -> str:
    return _("The file has: %(names)s.") % {"names": ", ".join(wanted) or "–"}


def _error(message: str, hint: str = "") -> Problem:
    return Problem(line=1, column=1, message=message, hint=hint)
