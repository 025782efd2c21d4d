"""The gate that benchmarks answer for."""

from datetime import timedelta

import pytest
from django.utils import timezone

from experiments.models import BenchmarkState
from models_registry import guards
from models_registry.lifecycle import Stage
from tests.experiments.scene import a_benchmark, a_level
from tests.factories import a_version

pytestmark = pytest.mark.django_db


def evidence(version):
    (found,) = guards.gather(version, ["benchmark"])
    return found


def test_without_a_benchmark_the_gate_is_closed():
    found = evidence(a_version(Stage.TESTING))

    assert (found.passed, found.value, found.detail) == (
        False,
        "–",
        "No benchmark of this version has finished.",
    )


def test_a_finished_benchmark_without_errors_opens_it():
    benchmark = a_benchmark(levels=(1, 8))

    found = evidence(benchmark.version)

    assert found.passed is True
    assert found.value == "p99 12.3\u00a0ms at 8 concurrent, 800\u00a0req/s"
    assert found.source == f"B-{benchmark.pk}"
    assert found.at == benchmark.ended_at.isoformat(timespec="seconds")


@pytest.mark.parametrize("state", [BenchmarkState.RUNNING, BenchmarkState.FAILED, BenchmarkState.CANCELLED])
def test_one_that_was_not_finished_proves_nothing(state):
    assert evidence(a_benchmark(state=state, measured=True).version).passed is False


def test_one_error_closes_it():
    benchmark = a_benchmark()
    a_level(benchmark, concurrency=16, errors={"wrong-answer": 1})

    found = evidence(benchmark.version)

    assert (found.passed, found.detail) == (False, "1 request failed or was answered wrongly.")
    assert found.source == str(benchmark)


def test_the_latest_one_counts():
    good = a_benchmark(ended_at=timezone.now() - timedelta(hours=1))
    a_level(a_benchmark(version=good.version), concurrency=16, errors={"UNAVAILABLE": 1})

    assert evidence(good.version).passed is False

    newest = a_benchmark(version=good.version, ended_at=timezone.now() + timedelta(hours=1))
    assert (evidence(good.version).passed, evidence(good.version).source) == (True, str(newest))


def test_other_files_than_those_measured_close_it():
    benchmark = a_benchmark()
    benchmark.conditions["artifact_digest"] = "0" * 64
    benchmark.save()

    found = evidence(benchmark.version)

    assert (found.passed, found.detail) == (
        False,
        "It measured other files or another configuration. Run it again.",
    )


def test_the_benchmark_of_another_version_proves_nothing():
    a_benchmark()

    assert evidence(a_version(Stage.TESTING)).passed is False
