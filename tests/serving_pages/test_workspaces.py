"""Whoever operates one workspace operates its models alone, through every door."""

import pytest
from django.test import Client

from core.models import Membership, Workspace
from experiments.models import Benchmark, BenchmarkState
from models_registry.lifecycle import Stage
from serving.models import Deployment
from tests.factories import a_deployment, a_model, a_user, a_version
from tests.serving_pages.reading import words

pytestmark = pytest.mark.django_db
REASON = {"reason": "Nobody calls it."}


@pytest.fixture
def places():
    """A deployment in a workspace of its own, and one in another."""
    found = []
    for name in ("vision", "speech"):
        workspace = Workspace.objects.create(name=name)
        version = a_version(Stage.TESTING, model=a_model(name=name, workspace=workspace))
        found.append(a_deployment(version))
    return found


@pytest.fixture
def sight(places):
    """An operator of the first workspace, signed in; elsewhere without any role."""
    user = a_user(username="olga")
    Membership.objects.create(user=user, workspace=places[0].version.model.workspace, role_names=["operator"])
    client = Client()
    client.force_login(user)
    return client


def test_pages_offer_and_do_it_in_the_own_workspace_alone(sight, places):
    own, other = places
    assert f"/deployments/{own}/unload/" in sight.get(f"/deployments/{own}/").content.decode()
    page = sight.get(f"/deployments/{other}/")
    assert "/unload/" not in page.content.decode()
    assert "Unload: This needs one of the roles: Operator." in words(page)

    assert sight.post(f"/deployments/{own}/unload/", REASON).status_code == 302
    assert sight.post(f"/deployments/{other}/unload/", REASON).status_code == 403

    wanted = dict(Deployment.objects.values_list("version__model__name", "wanted"))
    assert wanted == {"vision": False, "speech": True}


def test_the_api_refuses_what_the_pages_refuse(sight, places):
    own, other = places
    address = "/api/v1/deployments/{}/unload/"

    assert sight.post(address.format(own.pk), REASON, "application/json").status_code == 200
    refused = sight.post(address.format(other.pk), REASON, "application/json")

    assert refused.status_code == 403
    assert Deployment.objects.get(pk=other.pk).wanted


def test_benchmarks_are_cancelled_in_the_own_workspace_alone(sight, places):
    benchmarks = [
        Benchmark.objects.create(
            version=place.version,
            server=place.server,
            requested_by=a_user(),
            settings={
                "levels": [1],
                "seconds": 1,
                "warmup_seconds": 0,
                "batch_size": 1,
                "timeout_seconds": 1,
            },
        )
        for place in places
    ]
    answers = [sight.post(f"/benchmarks/{one}/cancel/").status_code for one in benchmarks]

    assert answers[1] == 403
    states = [Benchmark.objects.get(pk=one.pk).state for one in benchmarks]
    assert states == [BenchmarkState.CANCELLED, BenchmarkState.QUEUED]
