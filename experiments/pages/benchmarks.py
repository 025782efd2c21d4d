"""The list of benchmarks, and one that is followed live."""

import csv
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from core.errors import Conflict
from core.http import is_partial, page_actor
from experiments import figures, findings, selectors, services
from experiments.models import Benchmark, BenchmarkLevel, BenchmarkState
from experiments.pages import words
from models_registry.pages import buttons

ROWS_A_PAGE = 25
CSV_FIELDS = (
    "concurrency", "duration_s", "requests", "checked", "throughput_rps", "mean_ms", "p50_ms", "p90_ms",
    "p95_ms", "p99_ms", "max_ms", "queue_us", "compute_input_us", "compute_infer_us", "compute_output_us",
    "executions", "mean_batch", "client_overhead_us", "client_cpu", "stable", "unstable_reason", "spread",
    "error_count",
)  # fmt: skip


@require_GET
@login_required
@vary_on_headers("HX-Request")
def benchmark_list(request: HttpRequest) -> HttpResponse:
    name, state = request.GET.get("q", "").strip(), request.GET.get("state", "")
    page = Paginator(selectors.named_like(name, state=state), ROWS_A_PAGE).get_page(request.GET.get("page"))
    counts = selectors.benchmark_counts()
    context = {
        "page": page,
        "rows": [_row(benchmark) for benchmark in page],
        "q": name,
        "state": state,
        "options": _options(counts, state=state),
        "answer": _list_answer(counts),
        "moving": any(not benchmark.has_ended for benchmark in page),
        "total": sum(counts.values()),
        "may_run": page_actor(request).may("benchmark.run"),
        "partial": is_partial(request),
    }
    template = "experiments/benchmark_list.html"
    return render(request, f"{template}#poll" if is_partial(request) else template, context)


@require_GET
@login_required
@vary_on_headers("HX-Request")
def benchmark_detail(request: HttpRequest, pk: int) -> HttpResponse:
    template = "experiments/benchmark_detail.html"
    context = detail(request, selectors.benchmark(pk))
    return render(request, f"{template}#poll" if is_partial(request) else template, context)


@require_POST
@login_required
def benchmark_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancelling what has just ended is nothing to complain about."""
    try:
        services.cancel_benchmark(actor=page_actor(request), benchmark_id=pk)
    except Conflict as error:
        if error.code != "benchmark-ended":
            raise
    return redirect("experiments:benchmark_detail", pk)


@require_GET
@login_required
def benchmark_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """The levels with every number, as a file."""
    benchmark = selectors.benchmark(pk)
    name = f"{benchmark}-{benchmark.version.triton_name}.csv"
    response = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
    writer = csv.writer(response)
    writer.writerow(CSV_FIELDS)
    writer.writerows([getattr(level, field) for field in CSV_FIELDS] for level in benchmark.levels.all())
    return response


def detail(request: HttpRequest, benchmark: Benchmark) -> dict[str, Any]:
    """Everything the page of one benchmark shows."""
    levels = list(benchmark.levels.all())
    found = findings.sum_up(levels)
    waits = benchmark.state == BenchmarkState.QUEUED and not benchmark.tries
    return {
        "benchmark": benchmark,
        "version": benchmark.version,
        "tone": words.tone(benchmark, found),
        "answer": words.answer(benchmark, levels, found, ahead=selectors.ahead_of(benchmark) if waits else 0),
        "progress": words.progress(benchmark, levels, now=timezone.now()),
        "doubts": findings.doubts(levels, found),
        "knee": found.knee,
        "charts": charts(levels),
        "rows": [words.level_row(level) for level in levels],
        "settings": words.settings_facts(benchmark),
        "conditions": words.condition_facts(benchmark),
        "may_run": not buttons.refusal(page_actor(request), "benchmark.run", model=benchmark.version.model),
        "partial": is_partial(request),
    }


def charts(levels: list[BenchmarkLevel]) -> list[dict[str, Any]]:
    """The three charts with their captions and tables; none while nothing was answered."""
    if not any(level.requests for level in levels):
        return []
    knee = findings.sum_up(levels).knee
    curve_head, curve_rows = words.curve_table(levels)
    percentile_head, percentile_rows = words.percentile_table(levels)
    drawn = [
        {
            "id": "curve",
            "title": _("Latency against throughput"),
            "size": "c6",
            "figure": figures.latency_throughput(levels),
            "caption": findings.headline(knee) if knee else "",
            "reading": _("Latency percentiles against throughput, a point for each level of concurrency."),
            "head": curve_head,
            "rows": curve_rows,
        },
        {
            "id": "percentiles",
            "title": _("Percentiles by level"),
            "size": "c6",
            "figure": figures.percentiles(levels),
            "caption": _("Measured by the client, right answers only."),
            "reading": _("Latency percentiles, a group of bars for each level of concurrency."),
            "head": percentile_head,
            "rows": percentile_rows,
        },
    ]
    return [*drawn, *_split_chart(levels)]


def _split_chart(levels: list[BenchmarkLevel]) -> list[dict[str, Any]]:
    if all(level.queue_us is None for level in levels):
        return []
    head, rows = words.split_table(levels)
    return [
        {
            "id": "split",
            "title": _("Where the server spends the time"),
            "size": "",
            "figure": figures.server_split(levels),
            "caption": _("Means of Triton's own counters over each level. Network and client come on top."),
            "reading": _("Mean time in the queue and in computing, stacked, a bar for each level."),
            "head": head,
            "rows": rows,
        }
    ]


def _row(benchmark: Benchmark) -> dict[str, Any]:
    levels = list(benchmark.levels.all())
    found = findings.sum_up(levels)
    return {
        "benchmark": benchmark,
        "tone": words.tone(benchmark, found),
        "knee": found.knee,
        "errors": found.errors,
        "done": len(levels),
        "all": len(benchmark.plan.levels),
    }


def _options(counts: dict[str, int], *, state: str) -> list[dict[str, object]]:
    active = sum(counts[name] for name in ("queued", "running", "cancelling"))
    shown = {
        "": (_("All"), sum(counts.values())),
        "active": (_("Active"), active),
        **{name: (BenchmarkState(name).label, counts[name]) for name in ("done", "failed", "cancelled")},
    }
    return [
        {"state": key, "label": label, "count": count, "current": key == state}
        for key, (label, count) in shown.items()
    ]


def _list_answer(counts: dict[str, int]) -> str:
    if not sum(counts.values()):
        return _("A benchmark shows how much load a version carries, and how fast.")
    done = ngettext(
        "%(count)d benchmark has finished.", "%(count)d benchmarks have finished.", counts["done"]
    )
    running = counts["running"] + counts["cancelling"]
    sentences = [done % {"count": counts["done"]}]
    if running or counts["queued"]:
        sentences.append(
            _("Running now: %(running)d, waiting: %(waiting)d.")
            % {"running": running, "waiting": counts["queued"]}
        )
    return " ".join(sentences)
