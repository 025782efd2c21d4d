"""Two versions' measured numbers beside each other. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from models_registry.panels import Number, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One number of both versions; either may lack it. `verdict` is "better", "worse" or ""."""

    label: Words
    before: Number | None
    after: Number | None
    percent: float | None = None
    verdict: str = ""
    conditions_differ: bool = False


def pair(numbers: Iterable[Number], *, before: int, after: int) -> list[Pair]:
    """The numbers of two versions (ids) in pairs, in the order in which they came.

    The change is given only between numbers measured under the same conditions.
    """
    found: dict[str, dict[int, Number]] = {}
    for number in numbers:
        found.setdefault(number.key, {}).setdefault(number.version_id, number)
    return [_pair(each.get(before), each.get(after)) for each in found.values()]


def _pair(before: Number | None, after: Number | None) -> Pair:
    known = before or after
    assert known is not None
    if before is None or after is None:
        return Pair(label=known.label, before=before, after=after)
    if before.conditions != after.conditions:
        return Pair(label=known.label, before=before, after=after, conditions_differ=True)
    change = after.value - before.value
    percent = 100 * change / abs(before.value) if before.value else None
    verdict = ""
    if change and known.better:
        verdict = "better" if (change < 0) == (known.better == "less") else "worse"
    return Pair(label=known.label, before=before, after=after, percent=percent, verdict=verdict)
