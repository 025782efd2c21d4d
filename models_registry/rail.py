"""The lifecycle rail as data for parts/rail.html. Pure: rows in, steps out; no queries, no clock."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from models_registry.lifecycle import Stage

Words = str | Promise
MOST_CARDS = 3
# The eight steps; Monitor and Optimise are work on a deployed version, so its step spans all three.
STEPS: tuple[tuple[Words, tuple[Stage, ...]], ...] = (
    (gettext_lazy("Develop"), (Stage.DRAFT,)),
    (gettext_lazy("Register"), (Stage.REGISTERED,)),
    (gettext_lazy("Test"), (Stage.TESTING,)),
    (gettext_lazy("A/B test"), (Stage.AB_TESTING,)),
    (gettext_lazy("Deploy"), (Stage.DEPLOYED,)),
    (gettext_lazy("Retire"), (Stage.RETIRED, Stage.REJECTED)),
)
MONITOR, OPTIMISE = gettext_lazy("Monitor"), gettext_lazy("Optimise")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One version: `share` is its part of the traffic, 0 to 100, if it has any."""

    number: int
    stage: str
    url: str
    lines: Sequence[Words] = ()
    note: Words = ""
    share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What stands before the next step: one or two words, completed by `detail` for screen readers."""

    tone: str
    word: Words
    detail: Words = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dots:
    """The rail in a list: eight dots, and the same in words."""

    dots: list[dict[str, Any]] = field(default_factory=list)
    reading: str = ""


def of_model(
    cards: Sequence[Card],
    *,
    counts: Mapping[str, int],
    gates: Mapping[str, Gate],
    more_url: str,
    first_url: str = "",
) -> list[dict[str, Any]]:
    """The rail of a model.

    Args:
        cards: versions, newest first; more than three in a step are folded into "n more".
        counts: how many versions there are in each stage, whether or not they have a card here.
        gates: by stage, what stands before the next step.
        first_url: where the first version is registered; drawn only if there is none.
    """
    drawn = [
        _step(name, stages, cards=cards, counts=counts, gates=gates, more_url=more_url)
        for name, stages in STEPS
    ]
    if not any(counts.values()) and first_url:
        drawn[0]["cards"] = [{"label": _("Register the first version"), "url": first_url, "slim": True}]
    return drawn


def of_version(card: Card, *, been: Collection[str], gate: Gate | None = None) -> list[dict[str, Any]]:
    """The rail of one version: where it has been, where it is, what stands before the next step."""
    drawn = []
    for name, stages in STEPS:
        here = card.stage in stages
        state = "now" if here else ("past" if any(stage in been for stage in stages) else "")
        step: dict[str, Any] = {"name": name, "state": state, "live": False, "count": None}
        if here:
            step |= {"cards": [_card(card)], "gate": gate}
        drawn.append(step | _also(stages))
    return drawn


def dots(counts: Mapping[str, int], *, live: Mapping[str, Collection[int]]) -> Dots:
    """The rail of a model as eight dots; versions with traffic are named beside theirs."""
    found: list[dict[str, Any]] = []
    for _name, stages in STEPS:
        numbers = [number for stage in stages for number in live.get(stage, ())]
        label = " ".join(f"v{number}" for number in sorted(numbers, reverse=True))
        found.append({"on": any(counts.get(stage) for stage in stages), "label": label})
        if Stage.DEPLOYED in stages:
            found += [{"on": False, "label": ""}, {"on": False, "label": ""}]
    parts = [
        _("%(step)s: %(count)d") % {"step": name, "count": sum(counts.get(stage, 0) for stage in stages)}
        for name, stages in STEPS
        if any(counts.get(stage) for stage in stages)
    ]
    return Dots(dots=found, reading=", ".join(parts) or _("No versions"))


def _step(
    name: Words,
    stages: tuple[Stage, ...],
    *,
    cards: Sequence[Card],
    counts: Mapping[str, int],
    gates: Mapping[str, Gate],
    more_url: str,
) -> dict[str, Any]:
    inside = [card for card in cards if card.stage in stages][:MOST_CARDS]
    count = sum(counts.get(stage, 0) for stage in stages)
    step: dict[str, Any] = {
        "name": name,
        "count": count,
        "live": any(card.share for card in inside),
        "cards": [_card(card) for card in inside],
        "gate": next((gates[stage] for stage in stages if stage in gates), None),
    }
    if count > len(inside):
        step["more"] = {"count": count - len(inside), "url": more_url}
    return step | _also(stages)


def _also(stages: tuple[Stage, ...]) -> dict[str, Any]:
    if Stage.DEPLOYED not in stages:
        return {}
    return {"also": [{"name": MONITOR, "lit": False}, {"name": OPTIMISE, "lit": False}]}


def _card(card: Card) -> dict[str, Any]:
    drawn: dict[str, Any] = {
        "label": f"v{card.number}",
        "url": card.url,
        "share": card.share,
        "lines": list(card.lines),
        "note": card.note,
        "slim": card.stage in {Stage.RETIRED, Stage.REJECTED},
    }
    if card.stage == Stage.DEPLOYED:
        drawn["columns"] = [
            [{"text": _("No objective set"), "faint": True}],
            [{"text": _("Not tuned yet"), "faint": True}],
        ]
    return drawn
