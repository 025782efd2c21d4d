"""What a server has beside what is wanted there."""

from datetime import timedelta

import pytest
from django.utils import timezone

from models_registry.lifecycle import Stage
from serving.drift import compare
from serving.models import Observed, Route
from serving.services.servers import take_index
from serving.wishes import wishes
from tests.factories import a_deployment, a_server, a_version

pytestmark = pytest.mark.django_db


def listed(name, state="READY", reason=""):
    return {"name": name, "version": "1", "state": state, "reason": reason}


def contents_of(server, index, *, seen_at=None):
    server.index, server.seen_at = index, seen_at or timezone.now() + timedelta(minutes=1)
    take_index(server)
    [wished] = wishes([server.pk], first=12).values()
    return compare(index=index, strays=server.strays, seen_at=server.seen_at, wishes=wished)


def names(seen):
    return [one.name for one in seen]


def test_what_is_wanted_and_listed_ready_is_in_sync():
    deployment = a_deployment()

    contents = contents_of(deployment.server, [listed(deployment.version.triton_name)])

    assert names(contents.ready) == [deployment.version.triton_name]
    assert contents.in_sync


@pytest.mark.parametrize("index", [[], [("UNAVAILABLE", "unloaded")], [("LOADING", "")]])
def test_what_is_wanted_and_not_ready_is_missing(index):
    deployment = a_deployment()
    name = deployment.version.triton_name

    contents = contents_of(deployment.server, [listed(name, *row) for row in index])

    assert names(contents.missing) == [name]
    assert not contents.in_sync


def test_an_index_older_than_the_last_work_is_not_believed():
    deployment = a_deployment()

    contents = contents_of(deployment.server, [], seen_at=timezone.now() - timedelta(minutes=1))

    assert names(contents.ready) == [deployment.version.triton_name]


def test_a_model_that_nobody_wants_is_named_with_triton_s_reason():
    server = a_server()
    index = [
        listed("by-hand"),
        listed("broken", "UNAVAILABLE", "no such backend"),
        listed("at-rest", "UNAVAILABLE", "unloaded"),
        listed("on-disk", "", ""),
    ]

    contents = contents_of(server, index)

    assert [(seen.name, seen.reason) for seen in contents.unwanted] == [
        ("by-hand", ""),
        ("broken", "no such backend"),
    ]


def test_a_version_that_was_unloaded_and_is_back_is_not_wanted():
    deployment = a_deployment(wanted=False, observed=Observed.ABSENT)

    contents = contents_of(deployment.server, [listed(deployment.version.triton_name)])

    assert names(contents.unwanted) == [deployment.version.triton_name]


def test_a_version_on_its_way_out_is_leaving():
    deployment = a_deployment(wanted=False, generation=2)

    contents = contents_of(deployment.server, [listed(deployment.version.triton_name)])

    assert names(contents.leaving) == [deployment.version.triton_name]
    assert contents.being_met


def test_a_failed_deployment_is_not_being_met():
    deployment = a_deployment(
        observed=Observed.ABSENT, observed_generation=0, last_error="bad config", retryable=False
    )

    contents = contents_of(deployment.server, [])

    assert names(contents.missing) == [deployment.version.triton_name]
    assert not contents.being_met


@pytest.mark.parametrize(("observed", "place"), [(True, "ready"), (False, "missing")])
def test_a_public_name_is_known(observed, place):
    version = a_version(Stage.DEPLOYED)
    server = a_server()
    Route.objects.create(
        model=version.model,
        server=server,
        version=version,
        observed=version if observed else None,
        observed_generation=1 if observed else 0,
        wished_at=timezone.now(),
    )

    contents = contents_of(server, [listed(version.model.name)])

    assert names(getattr(contents, place)) == [version.model.name]
    assert contents.unwanted == []
