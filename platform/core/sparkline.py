"""The path of a sparkline: values over equal steps, drawn into a 200 × 32 box."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 200.0
HEIGHT = 32.0
EDGE = 2.0


@dataclass(frozen=True, slots=True)
class Sparkline:
    """`path` is empty with fewer than two known values; `objective_y` is None without an objective."""

    path: str
    objective_y: float | None


def sparkline(values: Sequence[float | None], *, objective: float | None = None) -> Sparkline:
    """Draw the values; a missing one leaves a gap. The scale covers the objective too."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return Sparkline("", None)
    ends = known if objective is None else [*known, objective]
    low, high = min(ends), max(ends)
    span = (high - low) or 1.0

    def y(value: float) -> float:
        return round(HEIGHT - EDGE - (value - low) / span * (HEIGHT - 2 * EDGE), 1)

    step = WIDTH / (len(values) - 1)
    commands, pen_down = [], False
    for index, value in enumerate(values):
        if value is None:
            pen_down = False
            continue
        commands.append(f"{'L' if pen_down else 'M'}{index * step:.1f} {y(value):.1f}")
        pen_down = True
    return Sparkline(" ".join(commands), None if objective is None else y(objective))
