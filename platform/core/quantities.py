"""Quantities as readers see them: a unit, three significant figures, a true minus, "–" when unknown."""

import math

MISSING = "–"
NO_BREAK = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
SIZES = ("B", "kB", "MB", "GB", "TB", "PB")


def number(value: float | None, *, decimals: int | None = None) -> str:
    """A count or a plain number: commas from 1,000; floats as they are unless `decimals` is given."""
    if value is None or not math.isfinite(value):
        return MISSING
    text = f"{value:,}" if decimals is None else f"{value:,.{decimals}f}"
    return text.replace("-", MINUS)


def significant(value: float | None, *, digits: int = 3) -> str:
    """`digits` significant figures without an exponent: 38.24 is "38.2", 1234.5 is "1,230"."""
    if value is None or not math.isfinite(value):
        return MISSING
    if value == 0:
        return "0"
    rounded = float(f"{value:.{digits - 1}e}")
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    return number(rounded, decimals=decimals)


def milliseconds(value_ms: float | None) -> str:
    return _with_unit(significant(value_ms), "ms")


def per_second(value: float | None, *, unit: str = "req/s") -> str:
    return _with_unit(significant(value), unit)


def size(value_bytes: float | None) -> str:
    """Bytes in powers of 1,000, as disks and Triton's documentation count them."""
    if value_bytes is None:
        return MISSING
    if value_bytes == 0:
        return _with_unit("0", "B")
    power = min(int(math.log10(abs(value_bytes)) // 3), len(SIZES) - 1) if abs(value_bytes) >= 1 else 0
    if power < len(SIZES) - 1 and abs(float(f"{value_bytes / 1000**power:.2e}")) >= 1000:
        power += 1
    return _with_unit(significant(value_bytes / 1000**power), SIZES[power])


def percent(share: float | None) -> str:
    """A share between 0 and 1 with up to three figures and no space: "90%", "0.07%", "97.9%"."""
    if share is None or not math.isfinite(share):
        return MISSING
    text = significant(share * 100)
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text}%"


def change(value_percent: float | None) -> str:
    """A relative change in percent with its sign: "+4.2%", "−12%", "±0%"."""
    if value_percent is None or not math.isfinite(value_percent):
        return MISSING
    text = significant(abs(value_percent), digits=2)
    if text == "0":
        return "±0%"
    return f"{'+' if value_percent > 0 else MINUS}{text}%"


def duration(seconds: float | None) -> str:
    """The largest unit that keeps the number at or above one: "340 ms", "8.2 s", "12 min", "26 h", "22 d"."""
    if seconds is None or not math.isfinite(seconds):
        return MISSING
    if seconds < 1:
        return milliseconds(seconds * 1000)
    if seconds < 60:
        return _with_unit(significant(seconds, digits=2 if seconds < 10 else 3).removesuffix(".0"), "s")
    if seconds < 3600:
        return _with_unit(number(round(seconds / 60)), "min")
    if seconds < 48 * 3600:
        return _with_unit(number(round(seconds / 3600)), "h")
    return _with_unit(number(round(seconds / 86400)), "d")


def short_digest(digest: str | None) -> str:
    """Enough of a SHA-256 to recognise it: "9f3c…e27a"."""
    if not digest:
        return MISSING
    return digest if len(digest) <= 12 else f"{digest[:4]}…{digest[-4:]}"


def _with_unit(text: str, unit: str) -> str:
    return text if text == MISSING else f"{text}{NO_BREAK}{unit}"
