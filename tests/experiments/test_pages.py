"""The pages of benchmarks: what a reader sees, live and without scripts."""

import csv
import io
import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from core.roles import Role
from experiments.models import Benchmark, BenchmarkState
from models_registry.lifecycle import Stage
from serving.models import Observed, Route
from tests.experiments.scene import a_benchmark, a_level
from tests.factories import a_deployment, a_model, a_version
from tests.serving_pages.reading import POLL, answer, attribute, words

pytestmark = pytest.mark.django_db
LIST, NEW = "/benchmarks/", "/benchmarks/new/"


def url(benchmark, rest=""):
    return f"/benchmarks/B-{benchmark.pk}/{rest}"


def form(version, **given):
    defaults = {
        "version": version.pk,
        "levels": "1, 4",
        "seconds": "2",
        "warmup_seconds": "1",
        "batch_size": "1",
        "timeout_seconds": "10",
    }
    return defaults | given


def route_to(version):
    server = version.deployments.get().server
    return Route.objects.create(model=version.model, server=server, version=version, wished_at=timezone.now())


@pytest.mark.parametrize("path", [LIST, NEW, "/benchmarks/B-1/", "/benchmarks/B-1/levels.csv"])
def test_a_stranger_is_sent_to_sign_in(client, path):
    assert client.get(path).url == f"/sign-in/?next={path}"


def test_an_empty_list_says_what_a_benchmark_is_for(signed_in):
    page = signed_in(Role.ENGINEER).get(LIST)

    assert answer(page) == "A benchmark shows how much load a version carries, and how fast."
    assert "No benchmarks yet" in words(page)
    assert f'href="{NEW}"' in page.content.decode()


def test_a_learner_is_offered_nothing_to_run(signed_in):
    a_benchmark()

    assert NEW not in signed_in(Role.LEARNER).get(LIST).content.decode()


def test_the_list_shows_what_each_version_carries(signed_in):
    benchmark = a_benchmark(levels=(1, 4))

    page = signed_in(Role.LEARNER).get(LIST)

    assert answer(page) == "1 benchmark has finished."
    row = f"B-{benchmark.pk} {benchmark.version} {benchmark.server.name} Done 400 req/s 12.3 ms 4 0 2 of 2"
    assert row in words(page)
    assert attribute(page, id="benchmarks", name="hx-get") is None


def test_the_list_is_followed_while_something_runs(signed_in):
    benchmark = a_benchmark(state=BenchmarkState.RUNNING)
    a_benchmark(state=BenchmarkState.QUEUED, version=benchmark.version)

    page = signed_in(Role.LEARNER).get(f"{LIST}?q=model")

    assert answer(page) == "0 benchmarks have finished. Running now: 1, waiting: 1."
    assert attribute(page, id="benchmarks", name="hx-get") == f"{LIST}?q=model"


def test_the_list_is_filtered_by_name_and_state(signed_in):
    wanted = a_benchmark(version=a_version(Stage.TESTING, model=a_model(name="digits")))
    failed = a_benchmark(state=BenchmarkState.FAILED)
    running = a_benchmark(state=BenchmarkState.RUNNING)
    reader = signed_in(Role.LEARNER)

    def found(query):
        return {
            int(pk) for pk in re.findall(r'id="benchmark-(\d+)"', reader.get(LIST + query).content.decode())
        }

    assert found("?q=digi") == {wanted.pk}
    assert found("?state=failed") == {failed.pk}
    assert found("?state=active") == {running.pk}
    assert "No benchmark matches" in words(reader.get(f"{LIST}?q=nobody"))


def test_twenty_five_make_a_page(signed_in):
    version = a_deployment().version
    for _ in range(26):
        a_benchmark(version=version, measured=False)

    assert "1 to 25 of 26" in words(signed_in(Role.LEARNER).get(LIST))


@pytest.mark.parametrize("count", [1, 20])
def test_the_list_costs_the_same_for_one_and_for_twenty(signed_in, django_assert_max_num_queries, count):
    reader = signed_in(Role.LEARNER)
    for _ in range(count):
        a_benchmark()

    with django_assert_max_num_queries(8):
        reader.get(LIST)


@pytest.mark.parametrize("levels", [(1,), tuple(range(1, 13))])
def test_one_costs_the_same_for_one_level_and_for_twelve(signed_in, django_assert_max_num_queries, levels):
    reader, benchmark = signed_in(Role.LEARNER), a_benchmark(levels=levels)

    with django_assert_max_num_queries(7):
        reader.get(url(benchmark))
    with django_assert_max_num_queries(5):
        reader.get(url(benchmark), headers=POLL)


def test_a_finished_one_answers_first_and_is_not_followed(signed_in):
    benchmark = a_benchmark(levels=(1, 4))

    page = signed_in(Role.ENGINEER).get(url(benchmark))

    assert answer(page) == (
        "Carries 400\u00a0req/s with 4 requests at a time; 99% of the answers come within 12.3\u00a0ms. "
        "More at a time might still carry more."
    )
    text = words(page)
    assert f"B-{benchmark.pk}: {benchmark.version} on {benchmark.server.name} Done" in text
    assert "Triton 2.51.0" in text
    assert "Concurrent requests 1, 4" in text
    assert "Run again" in text
    assert attribute(page, id="benchmark-results", name="hx-get") is None


def test_each_chart_has_its_numbers_as_a_table_and_a_file(signed_in):
    benchmark = a_benchmark(levels=(1, 4))

    page = signed_in(Role.LEARNER).get(url(benchmark))

    html = page.content.decode()
    for chart in ("curve", "percentiles", "split"):
        data = re.search(rf'<script id="{chart}-data" type="application/json">(.*?)</script>', html)
        assert json.loads(data[1])["data"][0]["x"]
    assert html.count("Show data") == 3
    assert (
        "Concurrent Throughput (req/s) p50 (ms) p95 (ms) p99 (ms) 1 100 8.00 11.0 12.3 4 400 8.00 11.0 12.3"
        in words(page)
    )
    assert f'href="{url(benchmark, "levels.csv")}"' in html


def test_a_running_one_is_followed_with_its_progress(signed_in):
    now = timezone.now()
    benchmark = a_benchmark(
        state=BenchmarkState.RUNNING, current_level=4, level_started_at=now - timedelta(seconds=3)
    )
    a_level(benchmark)

    page = signed_in(Role.ENGINEER).get(url(benchmark))

    assert answer(page) == "Levels measured: 1 of 2."
    assert "Level 2 of 2: 4 concurrent" in words(page)
    assert re.search(r"About [23](\.\d)? s left\.", words(page))
    assert attribute(page, id="benchmark-results", name="hx-get") == url(benchmark)
    assert attribute(page, id="benchmark-results", name="hx-trigger") == "every 1s"
    assert f'action="{url(benchmark, "cancel/")}"' in page.content.decode()
    assert re.search(r"<title>7\d% · B-", page.content.decode())


def test_a_poll_brings_the_parts_that_change(signed_in):
    benchmark = a_benchmark(state=BenchmarkState.RUNNING)

    part = signed_in(Role.ENGINEER).get(url(benchmark), headers=POLL)

    assert "<h1>" not in part.content.decode()
    assert attribute(part, id="benchmark-answer", name="hx-swap-oob") == "morph"
    assert part["Vary"].count("HX-Request") == 1
    assert "Starting the load generator" in words(part)


def test_the_last_poll_carries_no_trigger(signed_in):
    part = signed_in(Role.ENGINEER).get(url(a_benchmark()), headers=POLL)

    assert attribute(part, id="benchmark-results", name="hx-trigger") is None


def test_a_waiting_one_says_how_many_come_first(signed_in):
    running = a_benchmark(state=BenchmarkState.RUNNING)
    waiting = a_benchmark(state=BenchmarkState.QUEUED, version=running.version)
    reader = signed_in(Role.LEARNER)

    assert answer(reader.get(url(waiting))) == "1 benchmark of the same server comes first."
    running.delete()
    assert answer(reader.get(url(waiting))) == "It starts as soon as a worker is free."


def test_a_failed_one_says_why_and_what_to_do(signed_in):
    benchmark = a_benchmark(
        state=BenchmarkState.FAILED,
        error_code="triton-away",
        last_error="Triton can't be reached.",
        last_hint="Start it.",
    )

    text = words(signed_in(Role.LEARNER).get(url(benchmark)))

    assert "It could not be measured to its end Triton can't be reached. Start it." in text
    assert "Error triton-away." in text


def test_errors_and_unsteady_levels_are_named_above_the_charts(signed_in):
    benchmark = a_benchmark(levels=(1,))
    a_level(
        benchmark,
        concurrency=4,
        errors={"wrong-answer": 2},
        error_details={"wrong-answer": "Y: the values differ from those recorded"},
        stable=False,
        unstable_reason="latency",
        spread=0.31,
    )

    page = signed_in(Role.LEARNER).get(url(benchmark))

    text = words(page)
    assert "2 requests failed or were answered wrongly." in text
    assert (
        "At 4 concurrent it was not steady: the mean latency varied by 31% between its last windows." in text
    )
    assert "wrong-answer × 2 Y: the values differ from those recorded" in text
    assert 'class="pill warn"' in page.content.decode()


def test_an_unknown_one_is_not_found(signed_in):
    page = signed_in(Role.LEARNER).get("/benchmarks/B-999999/")

    assert page.status_code == 404
    assert "There is no B-999999." in words(page)


def test_the_levels_come_as_a_file(signed_in):
    benchmark = a_benchmark(levels=(1, 4))

    response = signed_in(Role.LEARNER).get(url(benchmark, "levels.csv"))

    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert [(row["concurrency"], row["p99_ms"], row["error_count"]) for row in rows] == [
        ("1", "12.34", "0"),
        ("4", "12.34", "0"),
    ]
    assert f'filename="B-{benchmark.pk}-' in response["Content-Disposition"]


def test_the_form_has_defaults_and_says_how_long_it_takes(signed_in):
    version = a_deployment().version

    page = signed_in(Role.ENGINEER).get(f"{NEW}?version={version.pk}")

    assert attribute(page, id="id_levels", name="value") == "1, 2, 4, 8, 16, 32"
    assert attribute(page, id="id_seconds", name="value") == "5"
    assert f'<option value="{version.pk}" selected>{version}</option>' in page.content.decode()
    assert "It takes about 38.1 s." in words(page)
    assert "confirm_live" not in page.content.decode()


def test_running_again_takes_the_same_settings(signed_in):
    benchmark = a_benchmark(levels=(3, 7))

    page = signed_in(Role.ENGINEER).get(f"{NEW}?version={benchmark.version_id}&again={benchmark.pk}")

    assert attribute(page, id="id_levels", name="value") == "3, 7"


def test_what_is_typed_changes_the_estimate(signed_in):
    version, reader = a_deployment().version, signed_in(Role.ENGINEER)

    part = reader.get(NEW, form(version, levels="1 2 4", seconds="10"), headers=POLL)
    wrong = reader.get(NEW, form(version, levels="1, x"), headers=POLL)

    assert words(part) == "It takes about 34.8 s."
    assert words(wrong) == "Something above can't be used yet."


def test_sending_the_form_starts_one_and_leads_to_it(signed_in):
    version = a_deployment().version

    response = signed_in(Role.ENGINEER).post(NEW, form(version))

    benchmark = Benchmark.objects.get()
    assert response.url == url(benchmark)
    assert (benchmark.version, benchmark.plan.levels) == (version, (1, 4))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"levels": "1, x"}, "Write whole numbers, like 1, 4, 16."),
        ({"levels": "0"}, "Write whole numbers between 1 and 256, like 1, 4, 16."),
        ({"levels": "9" * 150}, "Write whole numbers, like 1, 4, 16."),
        ({"levels": "²"}, "Write whole numbers, like 1, 4, 16."),
        ({"seconds": "600"}, "Choose between 1 and 60 seconds."),
        ({"seconds": "nan"}, "Enter a number."),
        ({"batch_size": "65"}, "Choose between 1 and 64, the version's max_batch_size."),
        ({"timeout_seconds": ""}, "This field is required."),
    ],
)
def test_a_wrong_field_comes_back_with_its_reason(signed_in, given, sentence):
    page = signed_in(Role.ENGINEER).post(NEW, form(a_deployment().version) | given)

    assert page.status_code == 422
    assert sentence in unescape(words(page))
    assert attribute(page, id=f"id_{next(iter(given))}", name="aria-invalid") == "true"
    assert Benchmark.objects.exists() is False


def test_a_version_that_is_not_ready_is_refused_in_place(signed_in):
    version = a_deployment(observed=Observed.ABSENT).version
    reader = signed_in(Role.ENGINEER)

    page = reader.post(NEW, form(version))

    assert page.status_code == 409
    assert f"No server has {version} ready." in words(page)
    assert f"No server has {version} ready." in words(reader.get(f"{NEW}?version={version.pk}"))


@pytest.mark.parametrize("version", ["", "x", "²", "9" * 30])
def test_a_version_that_is_none_is_asked_for(signed_in, version):
    assert signed_in(Role.ENGINEER).get(f"{NEW}?version={version}").status_code == 200


def test_only_an_operator_can_measure_what_serves_traffic(signed_in):
    version = a_deployment().version
    route_to(version)

    page = signed_in(Role.ENGINEER).get(f"{NEW}?version={version.pk}")
    assert f"{version} serves traffic as {version.model.name}." in words(page)
    assert "so only an operator may measure it" in words(page)
    assert signed_in(Role.ENGINEER).post(NEW, form(version)).status_code == 409
    assert signed_in(Role.ENGINEER).post(NEW, form(version, confirm_live="on")).status_code == 403
    assert Benchmark.objects.exists() is False

    assert signed_in(Role.OPERATOR).post(NEW, form(version, confirm_live="on")).status_code == 302
    assert Benchmark.objects.get().plan.confirm_live is True


def test_a_learner_sees_the_form_and_who_may_send_it(signed_in):
    version, reader = a_deployment().version, signed_in(Role.LEARNER)

    assert "Engineers, reviewers and operators run benchmarks." in words(
        reader.get(f"{NEW}?version={version.pk}")
    )
    assert reader.post(NEW, form(version)).status_code == 403
    assert Benchmark.objects.exists() is False


def test_cancelling_leads_back_to_the_page(signed_in):
    benchmark = a_benchmark(state=BenchmarkState.RUNNING)
    reader = signed_in(Role.ENGINEER)

    assert reader.post(url(benchmark, "cancel/")).url == url(benchmark)
    assert "Cancelling Levels that were measured are kept." in words(reader.get(url(benchmark)))
    Benchmark.objects.update(state="done", due_at=None)
    assert reader.post(url(benchmark, "cancel/")).url == url(benchmark)


def test_cancelling_needs_a_form_and_a_role(signed_in):
    benchmark = a_benchmark(state=BenchmarkState.RUNNING)

    assert signed_in(Role.ENGINEER).get(url(benchmark, "cancel/")).status_code == 405
    assert signed_in(Role.LEARNER).post(url(benchmark, "cancel/")).status_code == 403
    benchmark.refresh_from_db()
    assert benchmark.state == BenchmarkState.RUNNING
