"""What a benchmark is to measure: its settings, checked, and how long they take."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid

MOST_LEVELS = 12
MOST_CONCURRENT = 256
DEFAULT_LEVELS = (1, 2, 4, 8, 16, 32)
SECONDS = (1.0, 60.0)
WARMUP_SECONDS = (0.0, 30.0)
TIMEOUT_SECONDS = (0.1, 60.0)
# Starting the generator and letting the last answers of each level arrive.
STARTUP_S = 1.5
BETWEEN_LEVELS_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Levels of concurrency in rising order, and how each one is measured; times in seconds."""

    levels: tuple[int, ...] = DEFAULT_LEVELS
    seconds: float = 5.0
    warmup_seconds: float = 1.0
    batch_size: int = 1
    timeout_seconds: float = 10.0
    confirm_live: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"levels": list(self.levels)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Plan":
        return cls(**{**values, "levels": tuple(values["levels"])})

    @property
    def level_s(self) -> float:
        return self.warmup_seconds + self.seconds + BETWEEN_LEVELS_S

    @property
    def estimate_s(self) -> float:
        return STARTUP_S + len(self.levels) * self.level_s


DEFAULTS = Plan()


def make(given: Mapping[str, Any], *, max_batch: int, confirm_live: bool = False) -> Plan:
    """A plan from what somebody asked for; what they left out takes its default.

    Args:
        given: levels, seconds, warmup_seconds, batch_size, timeout_seconds; others are refused.
        max_batch: the version's max_batch_size; 0 when it takes no batches.

    Raises:
        Invalid: `errors` holds a sentence for each wrong field.
    """
    wrong: dict[str, list[str]] = {
        name: [_("There is no such setting.")] for name in given.keys() - DEFAULTS.to_json().keys()
    }
    levels = _levels(given.get("levels", DEFAULT_LEVELS), wrong)
    times = {
        name: _number(name, given.get(name, getattr(DEFAULTS, name)), limits, wrong)
        for name, limits in (
            ("seconds", SECONDS),
            ("warmup_seconds", WARMUP_SECONDS),
            ("timeout_seconds", TIMEOUT_SECONDS),
        )
    }
    batch_size = _batch(given.get("batch_size", 1), max_batch, wrong)
    if wrong:
        raise Invalid(_("Some settings can't be used."), code="invalid-fields", errors=wrong)
    return Plan(levels=levels, batch_size=batch_size, confirm_live=confirm_live, **times)


def _levels(given: object, wrong: dict[str, list[str]]) -> tuple[int, ...]:
    if not isinstance(given, Iterable) or isinstance(given, str | bytes | Mapping):
        given = [given]
    values = list(given)
    if not values or not all(_is_whole(value) and 1 <= value <= MOST_CONCURRENT for value in values):
        wrong["levels"] = [
            _("Write whole numbers between 1 and %(most)d, like 1, 4, 16.") % {"most": MOST_CONCURRENT}
        ]
        return ()
    found = tuple(sorted(set(values)))
    if len(found) > MOST_LEVELS:
        wrong["levels"] = [
            _("%(count)d levels are too many; at most %(most)d are measured in one benchmark.")
            % {"count": len(found), "most": MOST_LEVELS}
        ]
    return found


def _number(name: str, value: object, limits: tuple[float, float], wrong: dict[str, list[str]]) -> float:
    low, high = limits
    if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
        return float(value)
    wrong[name] = [_("Choose between %(low)g and %(high)g seconds.") % {"low": low, "high": high}]
    return 0.0


def _batch(value: object, max_batch: int, wrong: dict[str, list[str]]) -> int:
    most = max(max_batch, 1)
    if isinstance(value, int) and _is_whole(value) and 1 <= value <= most:
        return value
    if max_batch == 0:
        wrong["batch_size"] = [_("This version takes no batches, so the batch size is 1.")]
    else:
        wrong["batch_size"] = [
            _("Choose between 1 and %(most)d, the version's max_batch_size.") % {"most": most}
        ]
    return 1


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
