"""What cannot answer, or answers wrongly, is not called ready."""

from pathlib import Path

import pytest

from serving import services
from serving.models import Deployment, Observed, Phase
from serving.triton.connect import control
from tests.onnx_models import a_real_version, golden

pytestmark = pytest.mark.django_db


def deployed(version):
    services.follow_version(version_id=version.pk)
    deployment = Deployment.objects.get(version=version)
    services.reconcile_deployment(deployment_id=deployment.pk)
    deployment.refresh_from_db()
    return deployment


@pytest.fixture(autouse=True)
def emptied(triton):
    """Nothing stays loaded."""
    yield
    for model in control(triton).index():
        if model.state == "READY":
            control(triton).unload(model.name)


def test_a_version_without_recorded_answers_still_has_to_answer(triton):
    deployment = deployed(a_real_version(factor=7.0, golden=[]))

    smoke = deployment.steps.get(name="smoke")
    assert deployment.phase is Phase.READY
    assert smoke.detail == "It answered; there was no recorded answer to compare with"


def test_a_wrong_answer_fails_for_good_and_is_taken_away(triton):
    version = a_real_version(factor=8.0, golden=golden(factor=9.0))

    deployment = deployed(version)

    assert (deployment.phase, deployment.error_code) == (Phase.FAILED, "golden-mismatch")
    assert deployment.observed == Observed.ABSENT
    assert control(triton).model_ready(version.triton_name) is False


def test_a_changed_artifact_never_reaches_the_server(triton, settings):
    version = a_real_version(factor=11.0)
    blob = settings.ARTIFACTS.root / version.files.get().sha256[:2] / version.files.get().sha256
    blob.chmod(0o644)
    content = blob.read_bytes()
    blob.write_bytes(content[:-1] + b"x")
    try:
        deployment = deployed(version)
    finally:
        blob.write_bytes(content)

    assert (deployment.phase, deployment.error_code) == (Phase.FAILED, "artifact-changed")
    assert not (Path(triton.repository) / version.triton_name).exists()
