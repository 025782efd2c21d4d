"""Benchmarks over REST."""

import pytest
from django.test import Client

from core.roles import Role, Scope
from experiments.models import Benchmark, BenchmarkState
from models_registry.lifecycle import Stage
from serving.models import Observed
from tests.experiments.scene import a_benchmark, a_level
from tests.factories import a_deployment, a_model, a_version

pytestmark = pytest.mark.django_db
URL = "/api/v1/benchmarks/"


def post(client, path="", body=None):
    return client.post(f"{URL}{path}", body or {}, content_type="application/json")


def asked(version, **given):
    return {"model": version.model.name, "number": version.number} | given


def test_nobody_reads_without_signing_in():
    response = Client().get(URL)

    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"


def test_a_benchmark_is_started_with_defaults(with_token):
    version = a_deployment().version

    response = post(with_token(Role.ENGINEER), body=asked(version))

    assert response.status_code == 201
    body = response.json()
    benchmark = Benchmark.objects.get()
    assert (body["id"], body["name"], body["state"]) == (benchmark.pk, f"B-{benchmark.pk}", "queued")
    assert (body["model"], body["number"], body["levels"]) == (version.model.name, version.number, [])
    assert body["settings"]["levels"] == [1, 2, 4, 8, 16, 32]
    assert body["server"] == benchmark.server.name


def test_settings_are_taken_over(with_token):
    response = post(
        with_token(Role.ENGINEER), body=asked(a_deployment().version, levels=[8, 2], seconds=2, batch_size=4)
    )

    assert response.json()["settings"] == {
        "levels": [2, 8],
        "seconds": 2.0,
        "warmup_seconds": 1.0,
        "batch_size": 4,
        "timeout_seconds": 10.0,
        "confirm_live": False,
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [("levels", []), ("levels", [0]), ("levels", "x"), ("seconds", 0), ("batch_size", 65), ("number", 0)],
)
def test_a_wrong_field_is_named(with_token, field, value):
    response = post(with_token(Role.ENGINEER), body=asked(a_deployment().version) | {field: value})

    assert (response.status_code, response.json()["type"]) == (422, "/problems/invalid-fields")
    assert list(response.json()["errors"]) == [field]
    assert Benchmark.objects.exists() is False


def test_an_unknown_version_is_not_found(with_token):
    response = post(with_token(Role.ENGINEER), body={"model": "nobody", "number": 1})

    assert (response.status_code, response.json()["detail"]) == (404, "There is no nobody v1.")


def test_a_version_that_is_not_ready_is_a_conflict_with_a_hint(with_token):
    version = a_deployment(observed=Observed.ABSENT).version

    response = post(with_token(Role.ENGINEER), body=asked(version))

    assert (response.status_code, response.json()["type"]) == (409, "/problems/not-ready")
    assert response.json()["hint"] == "Promote it to testing, or look at its deployment."


def test_a_learner_and_a_reading_token_are_refused(with_token):
    body = asked(a_deployment().version)

    assert post(with_token(Role.LEARNER), body=body).status_code == 403
    assert post(with_token(Role.ENGINEER, scopes=(Scope.READ,)), body=body).status_code == 403
    assert Benchmark.objects.exists() is False


def test_one_is_read_with_its_levels(with_token):
    benchmark = a_benchmark(levels=(1, 4))

    body = with_token(Role.LEARNER).get(f"{URL}{benchmark.pk}/").json()

    assert [level["concurrency"] for level in body["levels"]] == [1, 4]
    assert body["levels"][0]["p99_ms"] == 12.34
    assert body["conditions"]["triton_version"] == "2.51.0"


def test_an_unknown_one_is_not_found(with_token):
    assert with_token(Role.LEARNER).get(f"{URL}999999/").status_code == 404


def test_the_list_is_filtered_by_model_version_and_state(with_token):
    model = a_model()
    first, second = (a_version(Stage.TESTING, model=model) for _ in range(2))
    done, failed = a_benchmark(version=first), a_benchmark(version=second, state=BenchmarkState.FAILED)
    other = a_benchmark()
    client = with_token(Role.LEARNER)

    def found(query):
        return [row["id"] for row in client.get(f"{URL}{query}").json()["results"]]

    assert found("") == [other.pk, failed.pk, done.pk]
    assert found(f"?model={model.name}") == [failed.pk, done.pk]
    assert found(f"?model={model.name}&number={first.number}") == [done.pk]
    assert found("?state=failed") == [failed.pk]
    assert found("?model=nobody") == []


@pytest.mark.parametrize(
    ("query", "field"), [("number=x", "number"), ("number=²", "number"), ("state=broken", "state")]
)
def test_a_filter_that_means_nothing_is_refused(with_token, query, field):
    response = with_token(Role.LEARNER).get(f"{URL}?{query}")

    assert (response.status_code, list(response.json()["errors"])) == (422, [field])


@pytest.mark.parametrize("count", [1, 20])
def test_the_list_costs_the_same_for_one_and_for_twenty(with_token, django_assert_num_queries, count):
    client = with_token(Role.LEARNER)
    for _ in range(count):
        a_benchmark()
    client.get(URL)

    with django_assert_num_queries(3):
        assert len(client.get(URL).json()["results"]) == count


def test_cancelling_keeps_what_was_measured(with_token):
    benchmark = a_benchmark(state=BenchmarkState.RUNNING)
    a_level(benchmark)

    response = post(with_token(Role.OPERATOR), f"{benchmark.pk}/cancel/")

    assert (response.status_code, response.json()["state"]) == (200, "cancelling")
    assert len(response.json()["levels"]) == 1


def test_cancelling_what_has_ended_is_a_conflict(with_token):
    response = post(with_token(Role.ENGINEER), f"{a_benchmark().pk}/cancel/")

    assert (response.status_code, response.json()["type"]) == (409, "/problems/benchmark-ended")


def test_the_schema_describes_the_benchmarks(client):
    schema = client.get("/api/schema/?format=json").json()

    assert set(schema["paths"][URL]) == {"get", "post"}
    assert set(schema["paths"][f"{URL}{{id}}/cancel/"]) == {"post"}
    parameters = {one["name"] for one in schema["paths"][URL]["get"]["parameters"]}
    assert {"model", "number", "state"} <= parameters


def test_a_session_may_start_one_too(signed_in):
    assert post(signed_in(Role.REVIEWER), body=asked(a_deployment().version)).status_code == 201
    assert Benchmark.objects.get().requested_by.role_names == [Role.REVIEWER]
