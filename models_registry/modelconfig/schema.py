"""Triton's ModelConfig schema, as tritonclient ships it, and how a text becomes one."""

import json
import re
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid
from models_registry.modelconfig.places import Path

LARGEST_BYTES = 1_000_000
_WHERE = re.compile(r"^\d+:\d+ : ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with a text; line and column count from 1."""

    line: int
    column: int
    message: str
    hint: str = ""
    severity: str = "error"

    def to_json(self) -> dict[str, object]:
        return asdict(self)


# What is wrong, and the field it concerns.
Found = tuple[Path, Problem]


def problem(*path: tuple[str, int | None], message: str, hint: str = "", severity: str = "error") -> Found:
    """A problem at a field; its line and column are found when the whole text was judged."""
    return path, Problem(line=1, column=1, message=message, hint=hint, severity=severity)


class Unparsable(Exception):
    """The text is no ModelConfig; `problem` says where."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def read(text: str) -> Any:
    """The ModelConfig message of a text; raises Unparsable."""
    # Imported here: the web process starts without protobuf's schema.
    from google.protobuf import text_format
    from tritonclient.grpc import model_config_pb2

    size = len(text.encode())
    if size > LARGEST_BYTES:
        raise Unparsable(
            Problem(
                line=1,
                column=1,
                message=_("The text has %(size)s MB; a config.pbtxt has at most 1 MB.")
                % {"size": f"{size / 1e6:.1f}"},
                hint=_("A config.pbtxt holds settings only. Was a model file pasted here?"),
            )
        )
    message = model_config_pb2.ModelConfig()
    try:
        text_format.Parse(text, message)
    except text_format.ParseError as error:
        raise Unparsable(_syntax(error)) from error
    except (RecursionError, UnicodeError, ValueError) as error:
        raise Unparsable(Problem(line=1, column=1, message=str(error)[:300])) from error
    return message


def parse(text: str) -> Any:
    """The ModelConfig message of a text.

    Raises:
        Invalid: with the line and column of the first error.
    """
    try:
        return read(text)
    except Unparsable as error:
        problem = error.problem
        raise Invalid(
            problem.message, code="bad-config", hint=problem.hint, line=problem.line, column=problem.column
        ) from error


def quoted(name: str) -> str:
    """A name as a config.pbtxt writes it."""
    return json.dumps(name, ensure_ascii=False)


def _syntax(error: Any) -> Problem:
    message = _WHERE.sub("", str(error)).replace("inference.", "").strip().rstrip(".")
    hint = ""
    if "has no field named" in message:
        hint = _("Check the spelling against Triton's model configuration reference.")
    return Problem(
        line=error.GetLine() or 1, column=error.GetColumn() or 1, message=f"{message[:400]}.", hint=hint
    )
