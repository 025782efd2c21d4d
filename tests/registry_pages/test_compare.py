"""What changed between two versions, and is it better?"""

import pytest
from django.utils import timezone

from experiments.models import Benchmark, BenchmarkLevel
from models_registry.comparing import pair
from models_registry.lifecycle import Stage
from models_registry.models import VersionMetric
from models_registry.panels import Number
from tests.factories import SIGNATURE, a_model, a_server, a_user, a_version
from tests.registry_pages.counting import queries
from tests.serving_pages.reading import answer, words

pytestmark = pytest.mark.django_db
PAGE = "/models/ranker/compare/"


def two(**given):
    model = a_model(name="ranker")
    return a_version(model=model), a_version(model=model, **given)


def a_number(version_id, value, **given):
    return Number(version_id=version_id, key="k", label="k", value=value, text=str(value), **given)


def measured(version, *, rps, p99, server):
    plan = {"levels": [8], "seconds": 1, "warmup_seconds": 0, "batch_size": 1, "timeout_seconds": 10}
    benchmark = Benchmark.objects.create(
        version=version, server=server, requested_by=version.created_by, state="done", settings=plan,
        conditions={"triton_version": "2.51.0"}, ended_at=timezone.now(),
    )  # fmt: skip
    BenchmarkLevel.objects.create(
        benchmark=benchmark, concurrency=8, duration_s=1, requests=9, checked=9, throughput_rps=rps,
        p99_ms=p99, client_overhead_us=1, client_cpu=0.1, stable=True, measured_at=timezone.now(),
    )  # fmt: skip
    return benchmark


def test_nothing_chosen_asks_for_two(engineer):
    two()

    page = engineer.get(PAGE)

    assert answer(page) == "Choose two versions to see what changed between them."


def test_the_table_of_versions_leads_here_with_the_older_one_first(engineer):
    two()

    assert "Compare the two ticked" in words(engineer.get("/models/ranker/"))
    assert "ranker v1 → v2" in words(engineer.get(f"{PAGE}?v=2&v=1"))


def test_breaking_changes_are_the_answer(engineer):
    outputs = [{"name": "score", "datatype": "FP32", "shape": [-1], "dims": [1], "reshape": []}]
    two(signature=SIGNATURE | {"outputs": outputs})

    page = engineer.get(f"{PAGE}?a=1&b=2")

    assert answer(page).startswith("1 change of the signature breaks clients of v1.")
    assert "Output “label” is gone." in words(page)
    assert "clients of v2" not in answer(page)
    assert answer(engineer.get(f"{PAGE}?a=2&b=1")).startswith(
        "1 change of the signature breaks clients of v2."
    )


def test_measured_numbers_stand_side_by_side(engineer):
    before, after = two()
    server = a_server()
    measured(before, rps=100.0, p99=10.0, server=server)
    benchmark = measured(after, rps=150.0, p99=12.0, server=server)
    user = a_user()
    for version, value in ((before, 0.91), (after, 0.95)):
        VersionMetric.objects.create(
            version=version, name="accuracy", value=value, producer="eval-job", recorded_by=user
        )

    page = engineer.get(f"{PAGE}?a=1&b=2")

    assert answer(page) == (
        "Clients of v1 can call v2 as they are. Of what was measured in both, 1 got better and 1 got worse."
    )
    text = words(page)
    assert "accuracy 0.91 eval-job 0.95 eval-job +4.4%" in text
    assert (
        f"Throughput at 8 concurrent 100 req/s B-{benchmark.pk - 1} 150 req/s B-{benchmark.pk} +50%, better"
        in text
    )
    assert "p99 at 8 concurrent 10.0 ms" in text
    assert "+20%, worse" in text


def test_numbers_measured_elsewhere_are_not_compared(engineer):
    before, after = two()
    measured(before, rps=100.0, p99=10.0, server=a_server(name="one"))
    measured(after, rps=150.0, p99=12.0, server=a_server(name="two"))

    page = engineer.get(f"{PAGE}?a=1&b=2")

    assert "Not comparable: one, Triton 2.51.0, batch 1 against two, Triton 2.51.0, batch 1" in words(page)
    assert answer(page) == "Clients of v1 can call v2 as they are."


def test_a_version_that_is_not_there_is_said(engineer):
    two()

    page = engineer.get(f"{PAGE}?a=1&b=99")

    assert page.status_code == 200
    assert "One of these versions does not exist." in words(page)


@pytest.mark.parametrize("query", ["a=x&b=2", "a=1", "v=1", "a=-1&b=2", "a=99999999999999999999&b=1"])
def test_nonsense_asks_for_two(engineer, query):
    two()

    page = engineer.get(f"{PAGE}?{query}")

    assert answer(page) == "Choose two versions to see what changed between them."


def test_the_number_of_queries_does_not_grow(engineer):
    before, after = two()
    few = queries(engineer, f"{PAGE}?a=1&b=2")
    for version in (before, after):
        for index in range(20):
            VersionMetric.objects.create(version=version, name=f"m{index}", value=1, producer="x")
    for _ in range(20):
        a_version(Stage.REGISTERED, model=before.model)

    assert queries(engineer, f"{PAGE}?a=1&b=2") == few


@pytest.mark.parametrize(
    ("better", "before", "after", "verdict", "percent"),
    [("less", 10, 5, "better", -50), ("more", 10, 5, "worse", -50), ("", 10, 5, "", -50), ("less", 0, 5, "worse", None), ("less", 5, 5, "", 0)],
)  # fmt: skip
def test_a_pair_says_which_is_better(better, before, after, verdict, percent):
    [found] = pair([a_number(1, before, better=better), a_number(2, after, better=better)], before=1, after=2)

    assert (found.verdict, found.percent) == (verdict, percent)
