"""Problems of a config.pbtxt beside the lines they are about. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from models_registry.modelconfig import Problem

# A text with more problems than this is not being edited, it is being pasted.
MOST_PROBLEMS = 50
AROUND = 1
LONGEST_LINE = 200


@dataclass(frozen=True, slots=True)
class TextLine:
    number: int
    text: str
    is_bad: bool


@dataclass(frozen=True, slots=True)
class MarkedProblem:
    """A problem with the lines around it."""

    problem: Problem
    lines: tuple[TextLine, ...]

    @property
    def is_error(self) -> bool:
        return self.problem.severity == "error"


@dataclass(frozen=True, slots=True)
class Marked:
    """What is wrong with a text: `errors` stop it from being used, the rest is worth a look."""

    problems: tuple[MarkedProblem, ...]
    errors: int
    more: int


def marked(text: str, problems: Sequence[Problem]) -> Marked:
    lines = text.splitlines()
    shown = tuple(
        MarkedProblem(problem, _around(lines, problem.line)) for problem in problems[:MOST_PROBLEMS]
    )
    errors = sum(problem.severity == "error" for problem in problems)
    return Marked(shown, errors, len(problems) - len(shown))


def _around(lines: Sequence[str], number: int) -> tuple[TextLine, ...]:
    first, last = max(number - AROUND, 1), min(number + AROUND, len(lines))
    return tuple(
        TextLine(index, lines[index - 1][:LONGEST_LINE], index == number) for index in range(first, last + 1)
    )
