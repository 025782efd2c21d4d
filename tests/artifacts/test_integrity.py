"""A byte that changes in the store is found, at deployment or by the clock, and nothing is served from it."""

import hashlib
import io
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from core.errors import Conflict, Forbidden, Invalid
from core.models import AuditEvent
from core.roles import Role
from models_registry import artifacts, services
from models_registry.lifecycle import Stage
from models_registry.models import BlobCheck, ModelVersion
from models_registry.services.stages import artifact_digest
from serving import bring_up
from tests.artifacts.conftest import address, client_of
from tests.factories import a_deployment, a_server, a_user, a_version, acting

pytestmark = pytest.mark.django_db(transaction=True)


def kept(*contents: bytes, stage: Stage = Stage.TESTING) -> ModelVersion:
    """A version whose bytes are really in the store."""
    version = a_version(stage)
    file = version.files.get()
    stored = artifacts.store(io.BytesIO(contents[0]))
    file.sha256, file.size_bytes = stored.sha256, stored.size_bytes
    file.save()
    version.artifact_digest = artifact_digest(version.files.all())
    version.save()
    return version


def flip(version: ModelVersion) -> None:
    path = artifacts.path_of(version.files.get().sha256)
    content = bytearray(path.read_bytes())
    content[3] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)


def test_a_flipped_bit_quarantines_every_version_that_holds_the_byte():
    first, second, other = kept(b"same weights"), kept(b"same weights"), kept(b"others")
    flip(first)

    assert services.check_some(budget_bytes=10**9) == 2

    for version in (first, second, other):
        version.refresh_from_db()
    assert (first.quarantined_at is not None, second.quarantined_at is not None) == (True, True)
    assert other.quarantined_at is None
    assert first.quarantine_reason == "The stored bytes of model.onnx are not those that were registered."
    assert (
        list(AuditEvent.objects.values_list("verb", "actor_name", "door"))
        == [("version.quarantine", "conch", "worker")] * 2
    )


def test_missing_bytes_quarantine_too():
    version = kept(b"weights")
    artifacts.path_of(version.files.get().sha256).unlink()

    services.check_some(budget_bytes=1)

    version.refresh_from_db()
    assert version.quarantine_reason == "model.onnx is missing from the store."
    assert BlobCheck.objects.get().state == "missing"


def test_each_run_is_bounded_and_the_oldest_check_comes_first():
    versions = [kept(bytes([number]) * 100) for number in range(5)]
    digests = [version.files.get().sha256 for version in versions]

    assert services.check_some(budget_bytes=250) == 2
    assert services.check_some(budget_bytes=250) == 2
    first = list(BlobCheck.objects.order_by("checked_at").values_list("sha256", flat=True))
    assert services.check_some(budget_bytes=250) == 2

    assert BlobCheck.objects.count() == 5
    assert set(digests) == set(BlobCheck.objects.values_list("sha256", flat=True))
    assert BlobCheck.objects.order_by("checked_at").last().sha256 == first[0]
    assert services.check_some(budget_bytes=1) == 1


def test_a_changed_byte_is_found_when_the_version_is_deployed(tmp_path):
    version = kept(b"not really a model")
    flip(version)
    held = {"claim": uuid.uuid4(), "claimed_until": timezone.now() + timedelta(minutes=1)}
    deployment = a_deployment(version, server=a_server(repository=str(tmp_path)), **held)

    with pytest.raises(Invalid) as refused:
        bring_up.bring_up(deployment)

    version.refresh_from_db()
    assert refused.value.code == "artifact-changed"
    assert version.quarantined_at is not None
    assert not (tmp_path / version.triton_name).exists()

    with pytest.raises(Invalid) as refused:
        bring_up.bring_up(deployment)
    assert refused.value.code == "quarantined"


def test_no_promotion_is_asked_for_in_quarantine():
    a_user(Role.REVIEWER)
    version = kept(b"weights", stage=Stage.REGISTERED)
    flip(version)
    services.check_some(budget_bytes=1)

    with pytest.raises(Conflict) as refused:
        services.request_promotion(
            actor=acting(version.created_by), version_id=version.pk, verb="test", reason="go"
        )

    assert refused.value.context["gates"] == ["intact"]


def test_the_page_and_the_api_show_it_and_an_operator_releases_it():
    version = kept(b"weights")
    flip(version)
    services.check_some(budget_bytes=1)
    operator = a_user(Role.OPERATOR)
    browser = Client()
    browser.force_login(operator)
    here = f"/models/{version.model.name}/v{version.number}/"
    page = browser.get(here).content.decode()
    assert "In quarantine." in page
    assert "The stored bytes of model.onnx are not those that were registered." in page
    assert 'class="banner bad" role="alert"' in page
    assert (
        client_of(operator).get(address(version)).json()["quarantine_reason"].startswith("The stored bytes")
    )

    assert client_of(operator).post(address(version, "release/")).status_code == 409
    artifacts.store(io.BytesIO(b"weights"))  # the same bytes again heal the blob
    assert browser.post(f"{here}release/")["Location"] == here

    version.refresh_from_db()
    assert (version.quarantined_at, version.quarantine_reason) == (None, "")
    assert AuditEvent.objects.latest("pk").verb == "version.release"
    assert "In quarantine." not in browser.get(here).content.decode()


def test_who_made_it_does_not_release_it():
    version = kept(b"weights")
    flip(version)
    services.check_some(budget_bytes=1)

    with pytest.raises(Forbidden):
        services.release_quarantine(actor=acting(version.created_by), version_id=version.pk)

    version.refresh_from_db()
    assert version.quarantined_at is not None


def test_the_digest_is_that_of_the_bytes():
    version = kept(b"weights")

    assert version.files.get().sha256 == hashlib.sha256(b"weights").hexdigest()
