"""What upper apps add to the registry's pages."""

import re

import pytest
from django.db.models import OuterRef
from django.utils import timezone

from core.roles import Role
from experiments.models import Benchmark, BenchmarkLevel, BenchmarkState
from models_registry import panels
from models_registry.lifecycle import Stage
from models_registry.models import ModelVersion, RegisteredModel
from models_registry.panels import Slot
from serving.models import Route
from tests.factories import a_deployment, a_model, a_server, a_user, a_version
from tests.serving_pages.reading import words

pytestmark = pytest.mark.django_db


def a_benchmark(version, *, p99_ms=12.3, errors=None, **given):
    benchmark = Benchmark.objects.create(
        version=version,
        server=version.deployments.get().server,
        requested_by=version.created_by,
        state=BenchmarkState.DONE,
        settings={},
        ended_at=timezone.now(),
        **given,
    )
    BenchmarkLevel.objects.create(
        benchmark=benchmark,
        concurrency=8,
        duration_s=5.0,
        requests=4550,
        checked=10,
        errors=errors or {},
        throughput_rps=910.0,
        p99_ms=p99_ms,
        client_overhead_us=10.0,
        client_cpu=0.2,
        stable=True,
        measured_at=timezone.now(),
    )
    return benchmark


def test_a_source_registers_once_however_often_it_is_named():
    slot: Slot[int, int] = Slot()
    for _ in range(2):
        slot.register(range)

    assert slot.gather(3) == [0, 1, 2]


def test_ids_lead_to_their_pages():
    assert panels.url_of("R-218") == "/reviews/R-218/"
    assert panels.url_of("D-77") == "/deployments/D-77/"
    assert panels.url_of("b-12") == "/benchmarks/B-12/"
    assert [panels.url_of(text) for text in ("", "ranker", "Q-1", "D-", "D-x")] == [""] * 5


def test_concerns_come_worst_first():
    assert [concern.tone for concern in panels.concerns()] == [
        "bad", "bad", "bad", "warn", "warn", "wait", "wait", "wait", "wait", "run", "run", "ok",
    ]  # fmt: skip


def test_each_concern_holds_for_its_models_alone():
    version = a_version(Stage.TESTING)
    a_version(Stage.TESTING)
    a_deployment(version, last_error="No.", retryable=False)
    (failed,) = (concern for concern in panels.concerns() if concern.word == "Failed")

    found = RegisteredModel.objects.filter(failed.holds(OuterRef("pk")))

    assert list(found) == [version.model]


def test_serving_says_where_versions_run_newest_first():
    model, server = a_model(), a_server(name="triton-1")
    for _ in range(2):
        a_deployment(a_version(Stage.TESTING, model=model), server=server)

    rows = panels.where_it_runs.gather(ModelVersion.objects.filter(model=model))

    assert [(row.number, row.server, row.tone, str(row.word)) for row in rows] == [
        (2, "triton-1", "ok", "Ready"),
        (1, "triton-1", "ok", "Ready"),
    ]


def test_traffic_is_what_was_seen_not_what_is_wished():
    version = a_version(Stage.DEPLOYED)
    route = Route.objects.create(
        model=version.model, server=a_server(), version=version, wished_at=timezone.now()
    )
    assert panels.traffic.gather([version.model_id]) == []

    route.observed = version
    route.save()

    (share,) = panels.traffic.gather([version.model_id])
    assert (share.number, share.stage, share.percent) == (1, "deployed", 100.0)


def test_the_newest_benchmark_of_a_version_is_on_its_pages(engineer):
    version = a_version(Stage.TESTING, model=a_model(name="ranker"))
    a_deployment(version)
    a_benchmark(version, p99_ms=99.0)
    newest = a_benchmark(version)

    assert f"{newest} p99 12.3 ms at 8 concurrent, 910 req/s" in words(engineer.get("/models/ranker/"))
    shown = words(engineer.get("/models/ranker/v1/"))
    assert f"Measured {newest} p99 12.3 ms at 8 concurrent" in shown
    assert re.search(r"v1 p99 12\.3 ms \d s ago", shown)


def test_a_benchmark_with_errors_says_so(engineer):
    version = a_version(Stage.TESTING, model=a_model(name="ranker"))
    a_deployment(version)
    a_benchmark(version, errors={"timeout": 3})

    assert "With errors" in words(engineer.get("/models/ranker/v1/"))


def test_measurements_of_many_versions_take_the_same_queries(django_assert_num_queries):
    model = a_model(owner=a_user(Role.ENGINEER))
    versions = [a_version(Stage.TESTING, model=model) for _ in range(5)]
    for version in versions:
        a_deployment(version)
        a_benchmark(version)

    with django_assert_num_queries(2):
        assert len(panels.measured.gather([version.pk for version in versions])) == 5
