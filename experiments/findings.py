"""What the levels of a benchmark mean: which one to run at, and a sentence that says so. No queries."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.quantities import milliseconds, per_second, percent
from experiments.models import BenchmarkLevel

# Below this share of the best throughput more concurrency still pays; above, requests only wait longer.
NEARLY_BEST = 0.95
# A generator that keeps a processor this busy may be what limits the throughput.
BUSY = 0.9


@dataclass(frozen=True, slots=True)
class Summary:
    """`knee` is the lowest level with nearly the best throughput; None when nothing was answered."""

    knee: BenchmarkLevel | None
    errors: int
    unstable: list[int]
    client_bound: list[int]


def sum_up(levels: Sequence[BenchmarkLevel]) -> Summary:
    answered = [level for level in levels if level.requests]
    best = max((level.throughput_rps for level in answered), default=0.0)
    ordered = sorted(answered, key=lambda level: level.concurrency)
    return Summary(
        knee=next((level for level in ordered if level.throughput_rps >= NEARLY_BEST * best), None),
        errors=sum(level.error_count for level in levels),
        unstable=[level.concurrency for level in levels if not level.stable],
        client_bound=[level.concurrency for level in levels if level.client_cpu >= BUSY],
    )


def headline(level: BenchmarkLevel) -> str:
    """A level in one line: "p99 12.3 ms at 8 concurrent, 910 req/s"."""
    return _("p99 %(p99)s at %(count)d concurrent, %(rate)s") % {
        "p99": milliseconds(level.p99_ms),
        "count": level.concurrency,
        "rate": per_second(level.throughput_rps),
    }


def carries(levels: Sequence[BenchmarkLevel], found: Summary) -> str:
    """The answer of a benchmark: how much the version carries, how fast, and whether more load would help."""
    knee = found.knee
    if knee is None:
        return _("No request was answered.")
    sentence = ngettext(
        "Carries %(rate)s with %(count)d request at a time; 99%% of the answers come within %(p99)s.",
        "Carries %(rate)s with %(count)d requests at a time; 99%% of the answers come within %(p99)s.",
        knee.concurrency,
    ) % {
        "rate": per_second(knee.throughput_rps),
        "count": knee.concurrency,
        "p99": milliseconds(knee.p99_ms),
    }
    if any(level.concurrency > knee.concurrency for level in levels):
        return f"{sentence} {_('More at a time only wait longer.')}"
    return f"{sentence} {_('More at a time might still carry more.')}" if len(levels) > 1 else sentence


def doubts(levels: Sequence[BenchmarkLevel], found: Summary) -> list[str]:
    """What a reader should know before they trust the numbers, one sentence each."""
    sentences = []
    if found.errors:
        text = ngettext(
            "%(count)d request failed or was answered wrongly.",
            "%(count)d requests failed or were answered wrongly.",
            found.errors,
        )
        sentences.append(text % {"count": found.errors})
    if found.client_bound:
        sentences.append(
            _("At %(levels)s concurrent the load generator itself was busy; the model may carry more.")
            % {"levels": _listed(found.client_bound)}
        )
    sentences += [
        _("At %(count)d concurrent it was not steady: %(why)s.")
        % {"count": level.concurrency, "why": unsteady(level)}
        for level in levels
        if not level.stable
    ]
    return sentences


def unsteady(level: BenchmarkLevel) -> str:
    """Why a level counts as unsteady, as a clause; "" when it doesn't."""
    if level.unstable_reason == "few-requests":
        return _("too few requests were answered to tell")
    if level.unstable_reason == "throughput":
        return _("throughput varied by %(spread)s between its last windows") % {
            "spread": percent(level.spread)
        }
    if level.unstable_reason == "latency":
        return _("the mean latency varied by %(spread)s between its last windows") % {
            "spread": percent(level.spread)
        }
    return ""


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(str(number) for number in numbers)
