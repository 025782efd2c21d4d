"""Inputs and outputs of a config beside those of the file: names, types, dims."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from models_registry.modelconfig.schema import Found, problem

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


def problems(config: Any, signature: dict[str, Any]) -> Iterator[Found]:
    """Each input and output that does not fit the file."""
    batched = config.max_batch_size > 0
    for side in ("input", "output"):
        known = {tensor["name"]: tensor for tensor in signature.get(f"{side}s", ())}
        yield from _names(getattr(config, side), known, side=side)
        # A model that cannot be batched is told so elsewhere; its dims would all seem wrong.
        judged = not batched or signature.get("batchable")
        for index, entry in enumerate(getattr(config, side)):
            if entry.name in known:
                yield from _type(entry, known[entry.name], place=(side, index))
                if judged:
                    yield from _dims(entry, known[entry.name], batched=batched, place=(side, index))


def dims_of(tensor: dict[str, Any], *, batched: bool) -> list[int]:
    """The dims a config states for a tensor of the signature: without the batch dimension when batched.

    Triton knows no empty dims: one value a row is stated as [1] and reshaped.
    """
    return list(tensor["dims"] if batched else tensor["shape"]) or [1]


def type_name(entry: Any) -> str:
    """The data type of a config's input or output, as the schema words it."""
    enum = type(entry).DESCRIPTOR.fields_by_name["data_type"].enum_type
    return str(enum.values_by_number[entry.data_type].name)


def _names(given: Any, known: dict[str, Any], *, side: str) -> Iterator[Found]:
    listed = _("The file has: %(names)s.") % {"names": ", ".join(known) or "–"}
    if known and not given:
        missing = _("The inputs are missing.") if side == "input" else _("The outputs are missing.")
        yield problem((side, None), message=missing, hint=listed)
        return
    seen: set[str] = set()
    for index, entry in enumerate(given):
        place = ((side, index), ("name", 0))
        if entry.name in seen:
            yield problem(*place, message=_("“%(name)s” is stated twice.") % {"name": entry.name})
        elif entry.name not in known:
            unknown = (
                _("The file has no input named “%(name)s”.")
                if side == "input"
                else _("The file has no output named “%(name)s”.")
            )
            yield problem(*place, message=unknown % {"name": entry.name}, hint=listed)
        seen.add(entry.name)
    # Leaving outputs out is how Triton is told not to send them; inputs are all needed.
    needed = [name for name, tensor in known.items() if not tensor.get("optional")]
    for name in [name for name in needed if name not in seen and side == "input"]:
        yield problem(
            (side, None), message=_("The input “%(name)s” is missing.") % {"name": name}, hint=listed
        )


def _type(entry: Any, tensor: dict[str, Any], *, place: tuple[str, int]) -> Iterator[Found]:
    given, expected = type_name(entry), TYPES[tensor["datatype"]]
    if given != expected:
        yield problem(
            place,
            ("data_type", 0),
            message=_("“%(name)s” has the type %(given)s, but the file says %(expected)s.")
            % {"name": entry.name, "given": given, "expected": expected},
        )


def _dims(entry: Any, tensor: dict[str, Any], *, batched: bool, place: tuple[str, int]) -> Iterator[Found]:
    own = list(tensor["shape"][1:] if batched else tensor["shape"])
    reshaped = entry.HasField("reshape")
    inside = list(entry.reshape.shape if reshaped else entry.dims)
    if _fits(inside, own, fixable=place[0] == "input"):
        if reshaped and not _same_size(entry.dims, inside):
            yield problem(
                place,
                ("reshape", 0),
                message=_("“%(name)s” cannot be reshaped from %(dims)s to %(inside)s: the sizes differ.")
                % {"name": entry.name, "dims": list(entry.dims), "inside": inside},
            )
        return
    if batched and not own:
        yield problem(
            place,
            ("dims", None),
            message=_("“%(name)s” has one value a row, which Triton states in a special way.")
            % {"name": entry.name},
            hint=_("Write dims: [ 1 ] reshape: { shape: [ ] }."),
        )
        return
    yield problem(
        place,
        ("reshape" if reshaped else "dims", None),
        message=_("“%(name)s” has the dims %(given)s, but the file says %(expected)s.")
        % {"name": entry.name, "given": inside, "expected": own},
        hint=_("The batch dimension is left out while max_batch_size is above 0.") if batched else "",
    )


def _fits(given: Sequence[int], own: Sequence[int], *, fixable: bool) -> bool:
    """Equal, or fixed by the config where an input of the file leaves a dimension free."""
    if len(given) != len(own):
        return False
    return all(
        asked == size or (fixable and size == -1 and asked > 0)
        for asked, size in zip(given, own, strict=True)
    )


def _same_size(outside: Sequence[int], inside: Sequence[int]) -> bool:
    if list(outside).count(-1) != list(inside).count(-1):
        return False
    return math.prod(size for size in outside if size > 0) == math.prod(size for size in inside if size > 0)
