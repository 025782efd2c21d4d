"""Decide, purely: what a wish and a fact together ask for, and when to try again."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Action(StrEnum):
    BRING_UP = "bring_up"
    TAKE_DOWN = "take_down"
    POINT = "point"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Wish:
    """A deployment's row, as far as the decision needs it."""

    wanted: bool
    generation: int
    observed_generation: int
    observed_ready: bool


def next_step(wish: Wish) -> Action | None:
    """What to do for a deployment; None when the wish is met.

    Taking down is asked for until it was confirmed for this generation: a crash may have left a load behind.
    """
    met = wish.generation == wish.observed_generation
    if wish.wanted:
        return None if met and wish.observed_ready else Action.BRING_UP
    return None if met and not wish.observed_ready else Action.TAKE_DOWN


def next_route_step(
    *, wished: int | None, observed: int | None, generation: int, observed_generation: int
) -> Action | None:
    """What to do for a route, given version ids; None when the public name answers as wished."""
    if wished == observed and generation == observed_generation:
        return None
    return Action.POINT if wished is not None else Action.REMOVE


def backoff(failures: int, *, first_s: float, most_s: float) -> timedelta:
    """How long to wait after so many failures in a row: doubling, bounded, no wait after a success."""
    if failures == 0:
        return timedelta(0)
    return timedelta(seconds=min(first_s * 2 ** min(failures - 1, 16), most_s))


def missing_models(*, wanted: dict[int, str], ready: set[str]) -> set[int]:
    """The ids among `wanted` (id → Triton model name) that the server's index does not list as READY."""
    return {pk for pk, name in wanted.items() if name not in ready}
