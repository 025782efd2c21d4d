"""Values of tensors as people write them: numbers, words and truth, each checked against Triton's types."""

import json
import math
import re
from typing import Any

from django.utils.translation import gettext as _

SEPARATORS = re.compile(r"[\s,;]+")
# Significant figures after which a number of the type reads back as the same one.
FIGURES = {"FP16": 5, "BF16": 4, "FP32": 9, "FP64": 17}
# What JSON has no number for, as protobuf writes it.
NO_NUMBERS = ("NaN", "Infinity", "-Infinity")
TRUTH = {"true": True, "1": True, "false": False, "0": False}


class Wrong(ValueError):
    """What a reader typed is no value of the input; the message says what to do."""


def split(text: str, datatype: str) -> list[Any]:
    """The values of a text, separated by commas or white space; Wrong names the first that is none."""
    return [_parsed(word, datatype) for word in SEPARATORS.split(text.strip()) if word]


def checked(value: Any, datatype: str) -> Any:
    """A value that came as JSON, if it is one of the type; else Wrong."""
    if datatype == "BYTES" and isinstance(value, str):
        return value
    if datatype == "BOOL" and isinstance(value, bool):
        return value
    if datatype in FIGURES and value in NO_NUMBERS:
        return float(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and datatype not in {"BYTES", "BOOL"}:
        try:
            if datatype in FIGURES:
                return float(value)
            if value == int(value):
                return _in_range(int(value), datatype)
        except (OverflowError, Wrong) as error:
            if isinstance(error, Wrong):
                raise
    raise _unfit(json.dumps(value), datatype)


def read_json(text: str) -> Any:
    """What a JSON text says; Wrong with the place of the mistake."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise Wrong(
            _("This is not JSON. Line %(line)d, column %(column)d: %(why)s.")
            % {"line": error.lineno, "column": error.colno, "why": error.msg}
        ) from error
    except (RecursionError, ValueError) as error:
        raise Wrong(_("The lists are nested too deep, or a number is too long.")) from error


def flat(data: Any) -> tuple[list[Any], list[int]]:
    """The values of a list, row-major, and its shape if it is nested; Wrong when rows differ in length."""
    if not isinstance(data, list):
        return [data], []
    shape, level = [len(data)], data
    while level and isinstance(level[0], list):
        width = len(level[0])
        if not all(isinstance(row, list) and len(row) == width for row in level):
            raise Wrong(_("The rows of the list differ in length."))
        shape.append(width)
        level = [value for row in level for value in row]
    if any(isinstance(value, list) for value in level):
        raise Wrong(_("The rows of the list differ in length."))
    return list(level), shape if len(shape) > 1 else []


def rows(data: list[Any], shape: list[int]) -> list[list[Any]]:
    """Values in rows as long as the last size."""
    width = max(shape[-1], 1) if shape else 1
    return [data[start : start + width] for start in range(0, len(data), width)]


def literal(value: Any, datatype: str) -> str:
    """A value as JSON and as the form write it; floats with the figures that their type holds."""
    if datatype in FIGURES and value in NO_NUMBERS:
        return str(value)
    if datatype in FIGURES and isinstance(value, int | float) and not isinstance(value, bool):
        value = float(value)
        if math.isfinite(value) and datatype != "FP64":
            return f"{value:.{FIGURES[datatype]}g}"
    return json.dumps(value, ensure_ascii=False)


def _parsed(word: str, datatype: str) -> Any:
    if datatype == "BOOL":
        if word.lower() not in TRUTH:
            raise Wrong(_("“%(word)s” is neither true nor false.") % {"word": word[:40]})
        return TRUTH[word.lower()]
    try:
        return float(word) if datatype in FIGURES else _in_range(int(word), datatype)
    except Wrong:
        raise
    except ValueError as error:
        raise _unfit(word, datatype) from error


def _in_range(value: int, datatype: str) -> int:
    bits = int(datatype.lstrip("UINT"))
    lowest = 0 if datatype.startswith("U") else -(2 ** (bits - 1))
    highest = lowest + 2**bits - 1
    if not lowest <= value <= highest:
        raise Wrong(
            _("%(value)s is outside %(datatype)s, which holds %(lowest)d to %(highest)d.")
            % {"value": str(value)[:40], "datatype": datatype, "lowest": lowest, "highest": highest}
        )
    return value


def _unfit(word: str, datatype: str) -> Wrong:
    return Wrong(_("“%(word)s” is no %(datatype)s value.") % {"word": word[:40], "datatype": datatype})
