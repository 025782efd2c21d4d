"""Charts: data, axis titles with units, roles; no colours, no titles."""

import json
import os
import subprocess
import sys

import pytest
from plotly.graph_objects import Figure

from config.env import ROOT
from experiments import figures
from tests.experiments.scene import a_level

LEVELS = [
    a_level(concurrency=1, throughput_rps=100.0),
    a_level(
        concurrency=4,
        throughput_rps=300.0,
        p99_ms=20.0,
        stable=False,
        unstable_reason="latency",
        queue_us=2000.0,
    ),
]
DRAWN = (figures.latency_throughput, figures.percentiles, figures.server_split)


def read(draw, levels=LEVELS):
    return json.loads(draw(levels))


@pytest.mark.parametrize("draw", DRAWN)
def test_the_same_levels_give_the_same_figure(draw):
    assert draw(LEVELS) == draw(LEVELS)


@pytest.mark.parametrize("draw", DRAWN)
def test_a_figure_has_no_title_no_colours_and_starts_at_zero(draw):
    figure = read(draw)

    assert "title" not in figure["layout"]
    assert "color" not in json.dumps(figure)
    assert figure["layout"]["yaxis"]["rangemode"] == "tozero"


def test_the_curve_joins_throughput_and_latency_in_the_order_of_the_levels():
    figure = read(figures.latency_throughput)

    assert [(trace["name"], trace["meta"]["role"]) for trace in figure["data"]] == [
        ("p50", "p50"),
        ("p95", "p95"),
        ("p99", "p99"),
    ]
    assert figure["data"][2]["x"] == [100.0, 300.0]
    assert figure["data"][2]["y"] == [12.34, 20.0]
    assert figure["data"][2]["text"] == ["1", "4"]
    assert figure["layout"]["xaxis"]["title"]["text"] == "Throughput (req/s)"
    assert figure["layout"]["yaxis"]["title"]["text"] == "Latency (ms)"


def test_the_highest_point_has_room_for_its_label():
    figure = read(figures.latency_throughput)

    assert figure["layout"]["xaxis"]["range"] == [0, pytest.approx(336)]
    assert figure["layout"]["yaxis"]["range"] == [0, pytest.approx(22.4)]


def test_a_level_that_was_not_steady_is_hollow():
    assert read(figures.latency_throughput)["data"][0]["marker"]["symbol"] == ["circle", "circle-open"]


def test_each_level_has_its_percentiles():
    figure = read(figures.percentiles)

    assert [trace["meta"]["role"] for trace in figure["data"]] == ["p50", "p90", "p95", "p99"]
    assert figure["data"][3]["x"] == ["1", "4"]
    assert figure["data"][3]["y"] == [12.34, 20.0]
    assert figure["layout"]["barmode"] == "group"


def test_the_servers_parts_are_stacked_in_milliseconds():
    figure = read(figures.server_split)

    assert {trace["meta"]["role"]: trace["y"] for trace in figure["data"]} == {
        "queue": [0.5, 2.0],
        "input": [0.1, 0.1],
        "infer": [2.0, 2.0],
        "output": [0.05, 0.05],
    }
    assert figure["layout"]["barmode"] == "stack"
    assert figure["layout"]["yaxis"]["title"]["text"] == "Mean time (ms)"


def test_levels_without_answers_are_left_out():
    failed = a_level(concurrency=8, requests=0, p50_ms=None, p95_ms=None, p99_ms=None, queue_us=None)

    assert read(figures.latency_throughput, [*LEVELS, failed])["data"][0]["x"] == [100.0, 300.0]
    assert read(figures.server_split, [*LEVELS, failed])["data"][0]["x"] == ["1", "4"]


@pytest.mark.parametrize("draw", DRAWN)
@pytest.mark.parametrize("levels", [LEVELS, []])
def test_a_figure_is_what_plotly_would_write(draw, levels):
    figure = read(draw, levels)
    # Plotly refuses what is no trace and no layout of its own.
    plotly = Figure(figure["data"], figure["layout"])
    plotly.update_layout(template=None)

    assert json.loads(str(plotly.to_json())) == figure


def test_a_process_starts_without_plotly():
    code = "import django; django.setup(); import config.urls, sys; assert 'plotly' not in sys.modules"
    paths = os.pathsep.join([str(ROOT / "platform"), str(ROOT)])
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings.test", "PYTHONPATH": paths}

    subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, check=True, env=environment)
