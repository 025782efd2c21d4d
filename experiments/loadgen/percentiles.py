"""Percentiles by nearest rank: every number shown was measured."""

from collections.abc import Iterable, Sequence

SHOWN = {"p50_ms": 500, "p90_ms": 900, "p95_ms": 950, "p99_ms": 990}
NS_PER_MS = 1e6


def nearest_rank(ordered: Sequence[int], permille: int) -> int:
    """The smallest value that at least so many thousandths of the values do not exceed.

    Args:
        ordered: at least one value, rising.
        permille: 1 to 1000; whole numbers, because 0.07 times 100 is not 7.
    """
    rank = -(-len(ordered) * permille // 1000)
    return ordered[max(rank, 1) - 1]


def summary(latencies_ns: Iterable[int]) -> dict[str, float | None]:
    """Mean, percentiles and maximum in milliseconds; all None when there is nothing to sum up."""
    ordered = sorted(latencies_ns)
    if not ordered:
        return dict.fromkeys(("mean_ms", *SHOWN, "max_ms"))
    shown = {name: nearest_rank(ordered, permille) / NS_PER_MS for name, permille in SHOWN.items()}
    return {
        "mean_ms": sum(ordered) / len(ordered) / NS_PER_MS,
        **shown,
        "max_ms": ordered[-1] / NS_PER_MS,
    }
