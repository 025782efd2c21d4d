"""Whatever dies, at whatever line: after the sweep the wish is met, once, and nothing is left half done."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from config.env import ROOT
from core.models import AuditEvent
from models_registry.lifecycle import Stage
from serving import services, tasks
from serving.models import Deployment, DeploymentStep, Observed, Phase, StepState
from serving.triton.connect import control
from tests.onnx_models import a_real_version
from tests.waiting import until
from tests.workers import environment

pytestmark = [pytest.mark.recovery, pytest.mark.django_db(transaction=True)]
STEPS = ("verify", "stage", "load", "ready", "smoke")


def wished(version):
    services.follow_version(version_id=version.pk)
    return Deployment.objects.get(version=version)


def run_and_die(servers, deployment, step, moment):
    command = [sys.executable, "-m", "tests.recovery.dying_worker", str(deployment.pk), step, moment]
    ended = subprocess.run(command, env=environment(servers), cwd=ROOT, timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL


def is_ready(deployment):
    deployment.refresh_from_db()
    return deployment.phase is Phase.READY


def ready_in(server):
    return {model.name for model in control(server).index() if model.state == "READY"}


def assert_met_once(deployment, server):
    """Ready in Triton, one load, no half-written folder, no step that runs for ever."""
    name = deployment.version.triton_name
    listed = [model for model in control(server).index() if model.name == name]
    assert [(model.version, model.state) for model in listed] == [("1", "READY")]
    assert {folder.name for folder in Path(server.repository).iterdir()} >= {name}
    assert not [folder for folder in Path(server.repository).iterdir() if folder.name.startswith(".")]
    assert not DeploymentStep.objects.filter(state=StepState.RUNNING).exists()
    assert deployment.claim is None
    ready = AuditEvent.objects.filter(verb="deployment.ready", object_id=str(deployment.pk))
    assert ready.count() == 1


@pytest.fixture
def clean(triton):
    """The server as it was before, once the test is over."""
    yield triton
    for deployment in Deployment.objects.select_related("version__model"):
        control(triton).unload(deployment.version.triton_name)
    for name in ready_in(triton):
        control(triton).unload(name)


@pytest.mark.parametrize("moment", ["before", "during"])
@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_at_any_step_is_made_good_by_the_next(servers, clean, step, moment):
    deployment = wished(a_real_version())
    run_and_die(servers, deployment, step, moment)
    deployment.refresh_from_db()
    assert (deployment.observed, deployment.is_claimed) == (Observed.ABSENT, True)

    services.reconcile_deployment(deployment_id=deployment.pk)
    deployment.refresh_from_db()
    assert deployment.phase is Phase.WORKING, "a living claim is respected"

    Deployment.objects.filter(pk=deployment.pk).update(claimed_until=deployment.created_at)
    services.reconcile_deployment(deployment_id=deployment.pk)

    assert is_ready(deployment)
    assert_met_once(deployment, clean)


def test_the_sweep_finishes_what_a_killed_worker_began(servers, clean, worker):
    worker.kill()
    deployment = wished(a_real_version())
    run_and_die(servers, deployment, "load", "during")

    worker.start()

    until(lambda: is_ready(deployment), timeout_s=40, what="the deployment's readiness")
    assert_met_once(deployment, clean)


def test_the_worker_itself_killed_while_triton_hangs_in_a_load(servers, clean, worker):
    pid = servers.pid("triton")
    os.kill(pid, signal.SIGSTOP)
    try:
        deployment = wished(a_real_version())
        until(
            lambda: DeploymentStep.objects.filter(
                deployment=deployment, name="load", state=StepState.RUNNING
            ).exists(),
            what="the load",
        )
        worker.kill()
    finally:
        os.kill(pid, signal.SIGCONT)

    worker.start()

    until(lambda: is_ready(deployment), timeout_s=40, what="the deployment's readiness")
    assert DeploymentStep.objects.filter(deployment=deployment, state=StepState.ABANDONED).exists()
    assert_met_once(deployment, clean)


def test_triton_killed_comes_back_with_everything_it_should_have(servers, clean, worker):
    deployments = [wished(a_real_version(factor=factor)) for factor in (2.0, 3.0)]
    for deployment in deployments:
        until(lambda row=deployment: is_ready(row), what="the first load")

    servers.kill("triton")
    try:
        late = wished(a_real_version(factor=5.0))
        until(lambda: Deployment.objects.get(pk=late.pk).error_code == "triton-away", what="the clear cause")
        late.refresh_from_db()
        assert (late.phase, late.last_hint) == (
            Phase.RETRYING,
            "It is tried again as soon as the server answers.",
        )
    finally:
        servers.restart("triton")

    wanted = {deployment.version.triton_name for deployment in (*deployments, late)}
    until(lambda: wanted <= ready_in(clean), timeout_s=40, what="the loads after the restart")
    for deployment in (*deployments, late):
        until(lambda row=deployment: is_ready(row), what="the row's readiness")


def test_a_nudge_lost_with_redis_is_made_good_by_the_sweep(servers, clean, worker):
    servers.kill("redis")
    try:
        deployment = wished(a_real_version())
    finally:
        servers.restart("redis")

    until(lambda: is_ready(deployment), timeout_s=60, what="the deployment's readiness")
    assert_met_once(deployment, clean)


def test_two_deployments_of_one_version_at_once_run_as_one(servers, clean, worker):
    version = a_real_version()
    for _ in range(5):
        services.follow_version(version_id=version.pk)
    deployment = Deployment.objects.get(version=version)
    for _ in range(5):
        tasks.reconcile_deployment.delay(deployment.pk)

    until(lambda: is_ready(deployment), what="the deployment's readiness")
    assert DeploymentStep.objects.filter(deployment=deployment, name="load").count() == 1
    assert_met_once(deployment, clean)


def test_a_retired_version_is_unloaded_and_its_folder_removed(servers, clean, worker):
    version = a_real_version()
    deployment = wished(version)
    until(lambda: is_ready(deployment), what="the load")

    version.stage = Stage.RETIRED
    version.save(update_fields=["stage"])

    until(lambda: Deployment.objects.get(pk=deployment.pk).phase is Phase.UNLOADED, what="the unload")
    assert not (Path(clean.repository) / version.triton_name).exists()
    assert settings.ARTIFACTS.root.joinpath(
        version.files.get().sha256[:2], version.files.get().sha256
    ).exists()
