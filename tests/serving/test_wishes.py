"""Wishes: they follow stages, people change them, and every refusal leaves them as they were."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from core.errors import Conflict, Forbidden, Invalid, Upstream
from core.models import AuditEvent
from core.roles import Role
from models_registry import services as registry
from models_registry.lifecycle import Stage
from models_registry.models import ModelVersion
from serving import services, tasks
from serving.models import Deployment, Observed, Phase, Route
from serving.services import claims
from tests.factories import a_deployment, a_model, a_server, a_user, a_version, acting

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator():
    return a_user(Role.OPERATOR)


def a_route(version, /, **given):
    deployment = version.deployments.first() or a_deployment(version)
    defaults = {
        "server": deployment.server,
        "observed": version,
        "observed_generation": 1,
        "wished_at": timezone.now(),
    }
    defaults["version"] = version
    return Route.objects.create(model=version.model, **defaults | given)


@pytest.mark.parametrize("stage", [Stage.TESTING, Stage.AB_TESTING, Stage.DEPLOYED])
def test_a_servable_version_is_wished_loaded_once(stage):
    a_server()
    version = a_version(stage)

    services.follow_version(version_id=version.pk)
    services.follow_version(version_id=version.pk)

    deployment = Deployment.objects.get()
    assert (deployment.version, deployment.wanted, deployment.phase) == (version, True, Phase.WAITING)
    assert AuditEvent.objects.filter(verb="deployment.create").count() == 1


@pytest.mark.parametrize("stage", [Stage.DRAFT, Stage.REGISTERED, Stage.RETIRED, Stage.REJECTED])
def test_any_other_version_is_not(stage):
    a_server()

    services.follow_version(version_id=a_version(stage).pk)

    assert Deployment.objects.count() == 0


def test_an_ended_version_is_wished_unloaded():
    deployment = a_deployment()
    ModelVersion.objects.update(stage=Stage.RETIRED, stage_reason="Superseded.")

    services.follow_version(version_id=deployment.version_id)

    deployment.refresh_from_db()
    assert (deployment.wanted, deployment.generation, deployment.phase) == (False, 2, Phase.UNLOADING)
    assert AuditEvent.objects.get(verb="deployment.unload").reason == "Superseded."


def test_a_deployed_version_is_routed_and_a_roll_back_is_not_undone_by_the_sweep(operator):
    model = a_model()
    old, new = (a_version(Stage.DEPLOYED, model=model) for _ in range(2))
    for version in (old, new):
        a_deployment(version)
        services.follow_version(version_id=version.pk)
    route = Route.objects.get()
    assert (route.version, route.previous) == (new, old)

    services.route_traffic(actor=acting(operator), version_id=old.pk, reason="Slower.")
    assert tasks.unfollowed() == []
    for version in (old, new):
        services.follow_version(version_id=version.pk)

    route.refresh_from_db()
    assert route.version == old


def test_the_later_decision_wins_however_late_it_is_followed():
    model = a_model()
    first, second = (a_version(Stage.DEPLOYED, model=model) for _ in range(2))
    for version in (first, second):
        a_deployment(version)

    services.follow_version(version_id=second.pk)
    services.follow_version(version_id=first.pk)

    assert Route.objects.get().version == second


def test_the_sweep_finds_every_stage_that_is_not_yet_a_wish():
    a_server()
    testing, ended, deployed = a_version(Stage.TESTING), a_version(Stage.RETIRED), a_version(Stage.DEPLOYED)
    a_deployment(ended)
    a_deployment(deployed)
    a_deployment(a_version(Stage.TESTING))

    assert set(tasks.unfollowed()) == {testing.pk, ended.pk, deployed.pk}


@pytest.mark.parametrize("served", ["wished", "observed"])
def test_a_version_that_serves_traffic_cannot_retire(served):
    version = a_version(Stage.DEPLOYED)
    other = a_version(Stage.DEPLOYED, model=version.model)
    a_deployment(version)
    given = {"version": other} if served == "observed" else {"observed": other}
    a_route(version, **given)

    with pytest.raises(Conflict) as refused:
        registry.retire_version(actor=acting(version.created_by), version_id=version.pk, reason="Old.")

    assert refused.value.context["gates"] == ["not-served"]
    version.refresh_from_db()
    assert version.stage == Stage.DEPLOYED
    assert AuditEvent.objects.count() == 0


def test_a_version_that_serves_traffic_cannot_be_unloaded(operator):
    version = a_version(Stage.DEPLOYED)
    deployment = a_deployment(version)
    a_route(version)

    with pytest.raises(Conflict) as refused:
        services.set_wanted(actor=acting(operator), deployment_id=deployment.pk, wanted=False)

    deployment.refresh_from_db()
    assert (refused.value.code, deployment.wanted, deployment.generation) == ("serves-traffic", True, 1)


def test_a_retired_version_is_never_loaded_again(operator):
    deployment = a_deployment(a_version(Stage.RETIRED), wanted=False)

    with pytest.raises(Conflict) as refused:
        services.set_wanted(actor=acting(operator), deployment_id=deployment.pk, wanted=True)

    assert refused.value.code == "not-servable"
    assert Deployment.objects.get().wanted is False


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OPERATOR])
def test_only_operators_change_what_runs(role):
    version = a_version(Stage.DEPLOYED)
    deployment = a_deployment(version)
    a_route(version)
    actor = acting(a_user(role))

    with pytest.raises(Forbidden):
        services.set_wanted(actor=actor, deployment_id=deployment.pk, wanted=False)
    with pytest.raises(Forbidden):
        services.retry_deployment(actor=actor, deployment_id=deployment.pk)
    with pytest.raises(Forbidden):
        services.route_traffic(actor=actor, version_id=version.pk, reason="x")
    with pytest.raises(Forbidden):
        services.stop_traffic(actor=actor, model_name=version.model.name, reason="x")

    assert AuditEvent.objects.count() == 0


@pytest.mark.parametrize("stage", [Stage.TESTING, Stage.AB_TESTING, Stage.REGISTERED])
def test_only_deployed_versions_take_traffic(operator, stage):
    version = a_version(stage)
    a_deployment(version)

    with pytest.raises(Conflict) as refused:
        services.route_traffic(actor=acting(operator), version_id=version.pk, reason="Please.")

    assert refused.value.code == "not-deployed"
    assert Route.objects.count() == 0


def test_traffic_is_moved_with_a_reason_or_not_at_all(operator):
    version = a_version(Stage.DEPLOYED)
    a_deployment(version)

    with pytest.raises(Invalid):
        services.route_traffic(actor=acting(operator), version_id=version.pk, reason=" ")

    assert Route.objects.count() == 0


def test_a_busy_deployment_is_not_retried(operator):
    deployment = a_deployment(claimed_until=timezone.now() + timedelta(seconds=20))

    with pytest.raises(Conflict) as refused:
        services.retry_deployment(actor=acting(operator), deployment_id=deployment.pk)

    assert refused.value.code == "busy"


def test_a_failure_that_may_pass_is_tried_again_and_one_that_cannot_is_not():
    first = a_deployment(observed=Observed.ABSENT, observed_generation=0, due_at=timezone.now())
    second = a_deployment(observed=Observed.ABSENT, observed_generation=0, due_at=timezone.now())
    claimed = [claims.take(Deployment, row.pk) for row in (first, second)]

    claims.settle(claimed[0], error=Upstream("away", code="triton-away"))
    claims.settle(claimed[1], error=Invalid("no good", code="bad-config", hint="Mend it."))

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.phase, first.due_at > timezone.now()) == (Phase.RETRYING, True)
    assert (second.phase, second.due_at, second.last_hint) == (Phase.FAILED, None, "Mend it.")


def test_a_wish_that_changed_during_the_work_stays_due():
    deployment = a_deployment(observed=Observed.ABSENT, observed_generation=0, due_at=timezone.now())
    claimed = claims.take(Deployment, deployment.pk)
    Deployment.objects.filter(pk=deployment.pk).update(generation=2)

    assert claims.settle(claimed, error=None, observed=Observed.READY) is True

    deployment.refresh_from_db()
    assert (deployment.observed_generation, deployment.claim) == (0, None)
    assert deployment in Deployment.objects.due()


def test_a_worker_that_lost_its_claim_settles_nothing():
    deployment = a_deployment(observed=Observed.ABSENT, observed_generation=0, due_at=timezone.now())
    slow = claims.take(Deployment, deployment.pk)
    Deployment.objects.filter(pk=deployment.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))
    quick = claims.take(Deployment, deployment.pk)

    assert claims.settle(slow, error=None, observed=Observed.READY) is False
    with pytest.raises(claims.ClaimLost):
        claims.still_ours(slow)

    deployment.refresh_from_db()
    assert (deployment.observed, deployment.claim) == (Observed.ABSENT, quick.claim)


@pytest.mark.django_db(transaction=True)
def test_one_of_many_workers_gets_the_row():
    deployment = a_deployment(observed=Observed.ABSENT, due_at=timezone.now())
    together = threading.Barrier(4)

    def grab(_):
        together.wait()
        try:
            return claims.take(Deployment, deployment.pk) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(grab, range(4))) == [False, False, False, True]
