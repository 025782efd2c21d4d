"""Was it steady? A level is cut into windows, and the last ones have to agree. Nothing is dropped."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

COUNT = 5
COMPARED = 3
TOLERANCE = 0.10
# Below this, one slow answer moves a window by more than the tolerance.
FEWEST_REQUESTS = 50


@dataclass(frozen=True, slots=True)
class Window:
    """One part of a level: answers that ended in it, their rate, their mean latency (None without any)."""

    requests: int
    throughput_rps: float
    mean_ms: float | None

    def to_json(self) -> dict[str, float | None]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is "" when steady, else few-requests, throughput or latency; `spread` is (max − min) / min."""

    reason: str
    spread: float | None

    @property
    def stable(self) -> bool:
        return not self.reason


def cut(
    ended_ns: Iterable[int], latencies_ns: Iterable[int], *, from_ns: int, until_ns: int, count: int = COUNT
) -> list[Window]:
    """The answers in windows of equal length; `ended_ns` lie between `from_ns` and `until_ns`."""
    length_ns = max(until_ns - from_ns, 1) / count
    requests, totals_ns = [0] * count, [0] * count
    for ended, latency in zip(ended_ns, latencies_ns, strict=True):
        place = min(int((ended - from_ns) / length_ns), count - 1)
        requests[place] += 1
        totals_ns[place] += latency
    return [
        Window(number, number / length_ns * 1e9, total / number / 1e6 if number else None)
        for number, total in zip(requests, totals_ns, strict=True)
    ]


def steadiness(windows: Sequence[Window], *, tolerance: float = TOLERANCE) -> Verdict:
    """Whether throughput and latency of the last windows lie within the tolerance of each other."""
    last = windows[-COMPARED:]
    if sum(window.requests for window in windows) < FEWEST_REQUESTS or not all(w.requests for w in last):
        return Verdict("few-requests", None)
    spreads = {
        "throughput": _spread([window.throughput_rps for window in last]),
        "latency": _spread([window.mean_ms for window in last if window.mean_ms is not None]),
    }
    reason, widest = max(spreads.items(), key=lambda item: item[1])
    return Verdict(reason if widest > tolerance else "", widest)


def _spread(values: Sequence[float]) -> float:
    return (max(values) - min(values)) / min(values)
