"""One thing that a scan found."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`file` is the uploaded file, with the way into it where it is an archive: `model.mar/handler.py`.

    `refuses`: the version goes nowhere with this file. `raises_tier`: it may run code of its own.
    """

    code: str
    file: str
    refuses: bool
    raises_tier: bool = False
    particulars: dict[str, Any] = field(default_factory=dict)


def refusal(code: str, file: str, **particulars: object) -> Finding:
    return Finding(code=code, file=file, refuses=True, particulars=particulars)


def flag(code: str, file: str, **particulars: object) -> Finding:
    return Finding(code=code, file=file, refuses=False, raises_tier=True, particulars=particulars)


def listed(names: list[str], *, most: int = 5) -> str:
    """Names from a hostile file as words that may be shown."""
    plain = ["".join(letter for letter in name if letter.isprintable())[:80] for name in names]
    return ", ".join(plain[:most]) + (", …" if len(plain) > most else "")
