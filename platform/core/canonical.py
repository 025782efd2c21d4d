"""JSON with one spelling: what is hashed here and what is read back later are the same bytes. Pure.

PostgreSQL keeps numbers as decimals: 1e20 comes back as an integer, -0.0 as 0.0, and NUL or half a surrogate
pair not at all. `settled` gives a value the form in which it will come back.
"""

import hashlib
import json
import re
from decimal import Decimal
from typing import Any

# From here on every float is whole, and is written with an exponent that the database does not keep.
WHOLE_FROM = 1e16
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def canonical(value: object) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str).encode()


def sha256(value: object) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def settled(value: object) -> Any:
    """The value as a jsonb column will return it; what JSON has no word for becomes text."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return _cleaned(json.loads(text, parse_float=_number, parse_constant=str))


def clean(text: str) -> str:
    """Text without the characters that PostgreSQL refuses."""
    return UNSTORABLE.sub("\ufffd", text)


def _number(text: str) -> float | int:
    number = float(text)
    if abs(number) >= WHOLE_FROM:
        return int(Decimal(text))
    return number + 0.0


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): _cleaned(item) for key, item in value.items()}
    return value
