"""Two signatures beside each other: what changed, and what of it breaks older clients. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

Signature = Mapping[str, Any]
Tensor = Mapping[str, Any]
FREE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference; `side` is "inputs", "outputs" or "batch"."""

    side: str
    name: str
    text: str
    breaking: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of the signature table, the batch dimension apart; `gone` if only the old one has it."""

    side: str
    name: str
    datatype: str
    batch: str
    dims: str
    changes: tuple[Change, ...] = ()
    gone: bool = False


def changes(before: Signature, after: Signature) -> list[Change]:
    """What differs between two signatures, breaking changes first."""
    found = [
        *_side(before, after, side="inputs"),
        *_side(before, after, side="outputs"),
        *_batching(before, after),
    ]
    return sorted(found, key=lambda change: not change.breaking)


def lines(signature: Signature, *, before: Signature | None = None) -> list[Line]:
    """The rows of the table of a signature, with what changed since an older one."""
    found = changes(before, signature) if before else []
    rows = []
    for side in ("inputs", "outputs"):
        names = {tensor["name"] for tensor in signature.get(side, ())}
        gone = [tensor for tensor in (before or {}).get(side, ()) if tensor["name"] not in names]
        for tensor in (*signature.get(side, ()), *gone):
            own = tuple(change for change in found if (change.side, change.name) == (side, tensor["name"]))
            batchable = bool(signature.get("batchable"))
            absent = tensor["name"] not in names
            rows.append(_line(tensor, side=side, changes=own, batchable=batchable, gone=absent))
    return rows


def shape(tensor: Tensor) -> str:
    return _written(tensor.get("shape", ()))


def _line(tensor: Tensor, *, side: str, changes: tuple[Change, ...], batchable: bool, gone: bool) -> Line:
    dims = list(tensor.get("shape", ()))
    batched = batchable and dims[:1] == [FREE]
    return Line(
        side=side,
        name=tensor["name"],
        datatype=tensor["datatype"],
        batch=_("batch") if batched else "",
        dims=", ".join(str(dim) for dim in (dims[1:] if batched else dims)),
        changes=changes,
        gone=gone,
    )


def _side(before: Signature, after: Signature, *, side: str) -> Iterator[Change]:
    old = {tensor["name"]: tensor for tensor in before.get(side, ())}
    new = {tensor["name"]: tensor for tensor in after.get(side, ())}
    is_input = side == "inputs"
    for name in (name for name in old if name not in new):
        text = _("Input “%(name)s” is gone.") if is_input else _("Output “%(name)s” is gone.")
        yield Change(side=side, name=name, text=text % {"name": name}, breaking=True)
    for name in (name for name in new if name not in old):
        required = _("Input “%(name)s” is new; clients don't send it.")
        text = required if is_input else _("Output “%(name)s” is new.")
        yield Change(side=side, name=name, text=text % {"name": name}, breaking=is_input)
    for name in (name for name in new if name in old):
        yield from _tensor(old[name], new[name], side=side)


def _tensor(old: Tensor, new: Tensor, *, side: str) -> Iterator[Change]:
    words = {"name": new["name"]}
    if old["datatype"] != new["datatype"]:
        types = {"before": old["datatype"], "after": new["datatype"]}
        text = _("“%(name)s” was %(before)s and is %(after)s.") % (words | types)
        yield Change(side=side, name=new["name"], text=text, breaking=True)
    was, now = list(old.get("shape", ())), list(new.get("shape", ()))
    if was != now:
        text = _("“%(name)s” had the shape %(before)s and has %(after)s.") % (
            words | {"before": _written(was), "after": _written(now)}
        )
        # An input may accept more than before, an output may promise more than before.
        wider, narrower = (now, was) if side == "inputs" else (was, now)
        yield Change(side=side, name=new["name"], text=text, breaking=not _covers(wider, narrower))


def _batching(before: Signature, after: Signature) -> Iterator[Change]:
    if before.get("batchable") and not after.get("batchable"):
        yield Change(side="batch", name="", text=_("It can't be batched any more."), breaking=True)
    elif after.get("batchable") and not before.get("batchable"):
        yield Change(side="batch", name="", text=_("It can be batched now."), breaking=False)


def _covers(wider: Sequence[int], narrower: Sequence[int]) -> bool:
    """Whether every shape that fits the narrower one fits the wider one."""
    if len(wider) != len(narrower):
        return False
    return all(own in (FREE, other) for own, other in zip(wider, narrower, strict=True))


def _written(dims: Sequence[int]) -> str:
    return f"[{', '.join(str(dim) for dim in dims)}]"
