"""Charts of a benchmark as Plotly JSON: data, axis titles with units, and roles in place of colours.

No queries, no clock, no settings. Plotly is imported when a chart is drawn: a process starts without it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from experiments.models import BenchmarkLevel

if TYPE_CHECKING:
    pass

CURVES = ("p50", "p95", "p99")
PERCENTILES = ("p50", "p90", "p95", "p99")
# Labels stand above the points, so the highest one needs room.
ROOM = 1.12
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
        xaxis_title=_("Throughput (req/s)"),
        xaxis_range=[0, ROOM * max(rates, default=1.0)],
        yaxis_title=_("Latency (ms)"),
        yaxis_range=[0, ROOM * max((level.p99_ms or 0.0 for level in answered), default=1.0)],
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
        xaxis_type="category",
        xaxis_title=_("Concurrent requests"),
        yaxis_title=_("Latency (ms)"),
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
        xaxis_type="category",
        xaxis_title=_("Concurrent requests"),
        yaxis_title=_("Mean time (ms)"),
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


def _json(traces: list[dict[str, Any]], **layout: Any) -> str:
    from plotly.graph_objects import Figure

    figure: Figure = Figure(traces)
    figure.update_layout(template=None, yaxis_rangemode="tozero", **layout)
    return str(figure.to_json())


def _answered(levels: Sequence[BenchmarkLevel]) -> list[BenchmarkLevel]:
    return [level for level in levels if level.requests]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
