"""A benchmark in words: the answer, its progress, its tables. No queries of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.quantities import duration, milliseconds, number, per_second, short_digest, significant, size
from experiments import findings
from experiments.figures import PARTS, part_names
from experiments.models import Benchmark, BenchmarkLevel, BenchmarkState

TONES = {
    BenchmarkState.QUEUED: "run",
    BenchmarkState.RUNNING: "run",
    BenchmarkState.CANCELLING: "run",
    BenchmarkState.DONE: "ok",
    BenchmarkState.FAILED: "bad",
    BenchmarkState.CANCELLED: "idle",
}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a running benchmark is; `percent` is None while nothing has been measured."""

    percent: float | None
    label: str
    detail: str


def tone(benchmark: Benchmark, found: findings.Summary) -> str:
    """Done with errors is not as it should be."""
    if benchmark.state == BenchmarkState.DONE and (found.errors or found.knee is None):
        return "warn"
    return TONES[BenchmarkState(benchmark.state)]


def answer(
    benchmark: Benchmark, levels: Sequence[BenchmarkLevel], found: findings.Summary, *, ahead: int
) -> str:
    """One sentence: what it carries, or where it stands."""
    if benchmark.state == BenchmarkState.DONE:
        return findings.carries(levels, found)
    if benchmark.state == BenchmarkState.QUEUED and not benchmark.tries:
        if not ahead:
            return _("It starts as soon as a worker is free.")
        text = ngettext(
            "%(count)d benchmark of the same server comes first.",
            "%(count)d benchmarks of the same server come first.",
            ahead,
        )
        return text % {"count": ahead}
    if not levels:
        return _("Nothing has been measured.") if benchmark.has_ended else _("Nothing has been measured yet.")
    return _("Levels measured: %(done)d of %(all)d.") % {
        "done": len(levels),
        "all": len(benchmark.plan.levels),
    }


def progress(benchmark: Benchmark, levels: Sequence[BenchmarkLevel], *, now: datetime) -> Progress | None:
    """None once it has ended."""
    if benchmark.has_ended:
        return None
    plan, done = benchmark.plan, len(levels)
    if benchmark.state == BenchmarkState.CANCELLING:
        return Progress(None, _("Cancelling"), _("Levels that were measured are kept."))
    if benchmark.state == BenchmarkState.QUEUED:
        if benchmark.tries:
            return Progress(None, _("Waiting for the next try"), _("Levels that were measured are kept."))
        return Progress(
            None, _("Waiting"), _("It takes about %(time)s.") % {"time": duration(plan.estimate_s)}
        )
    if benchmark.current_level is None or benchmark.level_started_at is None:
        return Progress(None, _("Starting the load generator"), "")
    spent_s = min((now - benchmark.level_started_at).total_seconds(), plan.level_s)
    left_s = (len(plan.levels) - done) * plan.level_s - spent_s
    percent = min(max(100 * (1 - left_s / (len(plan.levels) * plan.level_s)), 0), 99)
    label = _("Level %(number)d of %(all)d: %(count)d concurrent") % {
        "number": min(done + 1, len(plan.levels)),
        "all": len(plan.levels),
        "count": benchmark.current_level,
    }
    return Progress(percent, label, _("About %(time)s left.") % {"time": duration(max(left_s, 1))})


def settings_facts(benchmark: Benchmark) -> list[tuple[str, str]]:
    plan = benchmark.plan
    return [
        (_("Concurrent requests"), ", ".join(str(level) for level in plan.levels)),
        (_("Time per level"), duration(plan.seconds)),
        (_("Warm-up"), duration(plan.warmup_seconds) if plan.warmup_seconds else _("None")),
        (_("Batch size"), number(plan.batch_size)),
        (_("Timeout"), duration(plan.timeout_seconds)),
        (_("Load"), _("Closed loop over gRPC, one process")),
    ]


def condition_facts(benchmark: Benchmark) -> list[tuple[str, str]]:
    """What the numbers depend on; empty until it has started."""
    seen = benchmark.conditions
    if not seen:
        return []
    payload = _("Recorded requests") if seen["payload"] == "recorded" else _("Sample values by rule")
    return [
        (_("Server"), seen["server"]),
        (_("Triton"), seen["triton_version"]),
        (_("Model in Triton"), seen["model"]),
        (_("Configuration"), short_digest(seen["config_digest"])),
        (_("Files"), short_digest(seen["artifact_digest"])),
        (_("Payload"), f"{payload}, {short_digest(seen['payload_digest'])}"),
        (_("Largest request"), size(seen["request_bytes"])),
        (_("Client processors"), number(seen["client_cpu_count"])),
    ]


def level_row(level: BenchmarkLevel) -> dict[str, Any]:
    """A row of the table of levels."""
    return {
        "level": level,
        "rate": per_second(level.throughput_rps),
        "latencies": [
            milliseconds(value)
            for value in (level.mean_ms, level.p50_ms, level.p90_ms, level.p95_ms, level.p99_ms, level.max_ms)
        ],
        "split": [_in_ms(getattr(level, field)) for field in PARTS.values()],
        "batch": significant(level.mean_batch),
        "overhead": duration(level.client_overhead_us / 1e6) if level.client_overhead_us else "–",
        "errors": [
            {"code": code, "count": count, "detail": level.error_details.get(code, "")}
            for code, count in sorted(level.errors.items())
        ],
        "why": findings.unsteady(level),
    }


def curve_table(levels: Sequence[BenchmarkLevel]) -> tuple[list[str], list[list[str]]]:
    """(head, rows) of the latency–throughput chart."""
    head = [_("Concurrent"), _("Throughput (req/s)"), "p50 (ms)", "p95 (ms)", "p99 (ms)"]
    rows = [
        [
            str(level.concurrency),
            *map(significant, (level.throughput_rps, level.p50_ms, level.p95_ms, level.p99_ms)),
        ]
        for level in levels
    ]
    return head, rows


def percentile_table(levels: Sequence[BenchmarkLevel]) -> tuple[list[str], list[list[str]]]:
    head = [_("Concurrent"), "p50 (ms)", "p90 (ms)", "p95 (ms)", "p99 (ms)"]
    rows = [
        [str(level.concurrency), *map(significant, (level.p50_ms, level.p90_ms, level.p95_ms, level.p99_ms))]
        for level in levels
    ]
    return head, rows


def split_table(levels: Sequence[BenchmarkLevel]) -> tuple[list[str], list[list[str]]]:
    head = [_("Concurrent"), *(f"{name} (ms)" for name in part_names().values()), _("Mean batch")]
    rows = [
        [str(level.concurrency), *(_in_ms(getattr(level, field), unit=False) for field in PARTS.values())]
        + [significant(level.mean_batch)]
        for level in levels
    ]
    return head, rows


def _in_ms(value_us: float | None, *, unit: bool = True) -> str:
    value_ms = None if value_us is None else value_us / 1000
    return milliseconds(value_ms) if unit else significant(value_ms)
