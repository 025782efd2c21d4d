"""Charts of a benchmark as Plotly JSON: data, axis titles with units, and roles in place of colours.

No queries, no clock, no settings, and no Plotly: its Python half takes 0.7 s to import and only writes this
JSON, which the tests hold against it.
"""

import json
import math
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from experiments.models import BenchmarkLevel

CURVES = ("p50", "p95", "p99")
PERCENTILES = ("p50", "p90", "p95", "p99")
# Labels stand above the points, so the highest one needs room.
ROOM = 1.12
TITLE_STANDOFF_PX = 10
PARTS = {
    "queue": "queue_us",
    "input": "compute_input_us",
    "infer": "compute_infer_us",
    "output": "compute_output_us",
}


def latency_throughput(levels: Sequence[BenchmarkLevel]) -> str:
    """Latency against throughput, one line a percentile, in the order of the levels.

    Points of p99 carry their concurrency; levels that were not steady are hollow.
    """
    answered = _answered(levels)
    rates = [round(level.throughput_rps, 2) for level in answered]
    slowest = [level.p99_ms or 0.0 for level in answered]
    symbols = ["circle" if level.stable else "circle-open" for level in answered]
    traces = []
    for name in CURVES:
        labelled = name == CURVES[-1]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers+text" if labelled else "lines+markers",
                "name": name,
                "x": rates,
                "y": [_rounded(getattr(level, f"{name}_ms")) for level in answered],
                "text": [str(level.concurrency) for level in answered] if labelled else None,
                "textposition": "top left",
                "marker": {"symbol": symbols},
                "customdata": [level.concurrency for level in answered],
                "hovertemplate": _("%(name)s: %%{y} ms at %%{x} req/s, %%{customdata} concurrent")
                % {"name": name}
                + "<extra></extra>",
                "meta": {"role": name},
            }
        )
    return _json(
        traces,
        x={"title": _("Throughput (req/s)"), "range": [0, ROOM * max(rates, default=1.0)]},
        y={"title": _("Latency (ms)"), "range": [0, ROOM * max(slowest, default=1.0)]},
    )


def percentiles(levels: Sequence[BenchmarkLevel]) -> str:
    """Latency percentiles as bars, a group for each level."""
    answered = _answered(levels)
    traces = [
        _bar(name, role=name, levels=answered, values=[getattr(level, f"{name}_ms") for level in answered])
        for name in PERCENTILES
    ]
    return _json(
        traces,
        barmode="group",
        x={"title": _("Concurrent requests"), "type": "category"},
        y={"title": _("Latency (ms)")},
    )


def server_split(levels: Sequence[BenchmarkLevel]) -> str:
    """Where the server spent a request's time, as means of its own counters, stacked for each level."""
    counted = [level for level in levels if level.queue_us is not None]
    traces = [
        _bar(
            part_names()[role],
            role=role,
            levels=counted,
            values=[getattr(level, field) / 1000 for level in counted],
        )
        for role, field in PARTS.items()
    ]
    return _json(
        traces,
        barmode="stack",
        x={"title": _("Concurrent requests"), "type": "category"},
        y={"title": _("Mean time (ms)")},
    )


def part_names() -> dict[str, str]:
    return {
        "queue": _("Queue"),
        "input": _("Compute input"),
        "infer": _("Compute infer"),
        "output": _("Compute output"),
    }


def _bar(
    name: str, *, role: str, levels: Sequence[BenchmarkLevel], values: Sequence[float | None]
) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": name,
        "x": [str(level.concurrency) for level in levels],
        "y": [_rounded(value) for value in values],
        "hovertemplate": f"{name}: %{{y}} ms<extra></extra>",
        "meta": {"role": role},
    }


def _json(traces: list[dict[str, Any]], *, x: dict[str, Any], y: dict[str, Any], **layout: Any) -> str:
    shown = [{key: value for key, value in trace.items() if value is not None} for trace in traces]
    axes = {"xaxis": _axis(**x), "yaxis": _axis(rangemode="tozero", **y)}
    # An empty template: the page's own stands for Plotly's.
    figure = {"data": shown, "layout": {"template": {}, **axes, **layout}}
    return json.dumps(figure, ensure_ascii=False, allow_nan=False)


def _axis(*, title: str, **more: Any) -> dict[str, Any]:
    return {"title": {"text": title, "standoff": TITLE_STANDOFF_PX}, "automargin": True, **more}


def _answered(levels: Sequence[BenchmarkLevel]) -> list[BenchmarkLevel]:
    return [level for level in levels if level.requests]


def _rounded(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 4)
