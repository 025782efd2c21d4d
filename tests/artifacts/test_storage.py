"""The same artifacts in another storage: S3 over HTTP (moto's server), and any Django storage class."""

import hashlib
import io
import json
from dataclasses import replace
from datetime import timedelta

import boto3
import pytest
from django.utils import timezone
from moto.server import ThreadedMotoServer

from config.artifact_env import ArtifactSettings
from core.errors import Invalid, Upstream
from core.roles import Role
from models_registry import artifacts, services, storage
from models_registry.models import CondemnedBlob, ModelVersion
from serving.triton import repository
from tests.artifacts.conftest import address
from tests.factories import a_user, acting

pytestmark = pytest.mark.django_db
CONTENT = b"weights " * 400_000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
CONFIG = 'backend: "onnxruntime"\n'


@pytest.fixture(scope="module")
def s3():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3, settings, tmp_path):
    """An installation whose artifacts are in S3."""
    key = tmp_path / "key"
    key.write_text("secret\n")
    env = {
        "CONCH_ARTIFACTS": str(tmp_path / "artifacts"),
        "CONCH_ARTIFACT_STORAGE": "s3://models/conch/a",
        "CONCH_S3_ENDPOINT": s3,
        "CONCH_S3_REGION": "us-east-1",
        "CONCH_S3_ACCESS_KEY": "who",
        "CONCH_S3_SECRET_KEY_FILE": str(key),
    }
    settings.ARTIFACTS = ArtifactSettings.from_env(env, home=tmp_path)
    found = boto3.resource(
        "s3",
        endpoint_url=s3,
        region_name="us-east-1",
        aws_access_key_id="who",
        aws_secret_access_key="secret",
    ).Bucket("models")
    found.create()
    yield found
    found.objects.all().delete()


@pytest.fixture
def folder_class(settings, tmp_path):
    """An installation that names a Django storage class."""
    env = {
        "CONCH_ARTIFACTS": str(tmp_path / "artifacts"),
        "CONCH_ARTIFACT_STORAGE": "django.core.files.storage.FileSystemStorage",
        "CONCH_ARTIFACT_STORAGE_OPTIONS": json.dumps({"location": str(tmp_path / "elsewhere")}),
        "CONCH_ARTIFACT_STORAGE_PREFIX": "kept",
    }
    settings.ARTIFACTS = ArtifactSettings.from_env(env, home=tmp_path)
    return tmp_path / "elsewhere" / "kept"


def put() -> artifacts.Stored:
    return artifacts.store(io.BytesIO(CONTENT), declared_bytes=len(CONTENT))


def test_bytes_go_to_the_bucket_under_their_digest_and_nothing_stays_behind(bucket, settings):
    assert put() == artifacts.Stored(DIGEST, len(CONTENT))

    assert [found.key for found in bucket.objects.all()] == [f"conch/a/{DIGEST[:2]}/{DIGEST}"]
    assert list(settings.ARTIFACTS.root.iterdir()) == []
    assert b"".join(artifacts.read(DIGEST)) == CONTENT
    assert b"".join(artifacts.read(DIGEST, start=10, length=1_500_000)) == CONTENT[10:1_500_010]


def test_a_path_is_a_copy_that_is_made_once_and_mended_when_it_rots(bucket):
    put()

    path = artifacts.path_of(DIGEST)
    first = path.stat().st_ino
    assert path.read_bytes() == CONTENT
    assert artifacts.path_of(DIGEST).stat().st_ino == first
    path.chmod(0o644)
    path.write_bytes(b"rotten" + CONTENT[6:])

    assert artifacts.path_of(DIGEST).read_bytes() == CONTENT


def test_other_bytes_in_the_bucket_are_never_handed_out_as_a_path(bucket, settings):
    put()
    bucket.put_object(Key=f"conch/a/{DIGEST[:2]}/{DIGEST}", Body=b"other")

    with pytest.raises(Invalid) as refused:
        artifacts.path_of(DIGEST)

    assert refused.value.code == "artifact-changed"
    assert [path for path in settings.ARTIFACTS.root.glob(".cache/??/*") if path.is_file()] == []


def test_what_the_bucket_lacks_is_missing(bucket):
    for ask in (artifacts.path_of, artifacts.read):
        with pytest.raises(Invalid) as refused:
            ask(DIGEST)
        assert refused.value.code == "artifact-missing"


def test_a_bucket_that_cannot_be_reached_may_be_tried_again(bucket, settings):
    options = json.loads(settings.ARTIFACTS.backend_options) | {"endpoint_url": "http://127.0.0.1:9"}
    settings.ARTIFACTS = replace(settings.ARTIFACTS, backend_options=json.dumps(options))

    with pytest.raises(Upstream) as failed:
        artifacts.path_of(DIGEST)

    assert (failed.value.code, failed.value.retryable) == ("store", True)


def test_triton_gets_the_bytes_of_the_bucket(bucket, tmp_path):
    put()
    root = tmp_path / "models"
    root.mkdir()

    repository.stage(
        root, "net.v1", config_text=CONFIG, files=[("1/model.onnx", artifacts.path_of(DIGEST), DIGEST)]
    )

    assert (root / "net.v1/1/model.onnx").read_bytes() == CONTENT


def test_copies_leave_when_the_cache_is_full(bucket, settings, monkeypatch):
    settings.ARTIFACTS = replace(settings.ARTIFACTS, cache_bytes=len(CONTENT) + 10)
    monkeypatch.setattr(storage.remote, "IN_USE_S", -1.0)
    other = artifacts.store(io.BytesIO(b"o" * 1000))
    put()

    first = artifacts.path_of(other.sha256)
    second = artifacts.path_of(DIGEST)

    assert (first.exists(), second.exists()) == (False, True)


@pytest.mark.django_db
def test_an_upload_and_a_span_of_it_pass_through_the_api(bucket, api, draft):
    assert api.generic("PUT", address(draft, "files/net.onnx"), CONTENT).status_code == 200

    response = api.get(address(draft, "files/net.onnx"), headers={"Range": "bytes=5-9"})

    assert (response.status_code, b"".join(response.streaming_content)) == (206, CONTENT[5:10])


@pytest.mark.django_db(transaction=True)
def test_a_purge_removes_the_object_and_its_copy_unless_it_is_held(bucket, draft):
    services.attach_stored(
        actor=acting(draft.model.owner), version_id=draft.pk, name="net.onnx", stored=put()
    )
    copy = artifacts.path_of(DIGEST)
    long_ago = timezone.now() - timedelta(days=40)
    ModelVersion.objects.filter(pk=draft.pk).update(deleted_at=long_ago)
    assert services.purge() == (1, 0)
    CondemnedBlob.objects.update(condemned_at=long_ago)
    admin = acting(a_user(Role.ADMIN))
    hold = services.place_hold(actor=admin, name="ranker", reason="Case 12.")

    assert services.purge() == (0, 0)
    assert [found.key for found in bucket.objects.all()] == [f"conch/a/{DIGEST[:2]}/{DIGEST}"]
    services.lift_hold(actor=admin, hold_id=hold.pk, reason="Over.")
    assert services.purge() == (0, 1)
    assert (list(bucket.objects.all()), copy.exists()) == ([], False)


@pytest.mark.django_db(transaction=True)
def test_a_bucket_that_cannot_be_reached_leaves_the_removal_to_the_next_sweep(bucket, settings):
    put()
    CondemnedBlob.objects.update(condemned_at=timezone.now() - timedelta(days=8))
    there = settings.ARTIFACTS
    options = json.loads(there.backend_options) | {"endpoint_url": "http://127.0.0.1:9"}
    settings.ARTIFACTS = replace(there, backend_options=json.dumps(options))

    assert (services.purge(), CondemnedBlob.objects.count()) == ((0, 0), 1)
    settings.ARTIFACTS = there
    assert services.purge() == (0, 1)
    assert list(bucket.objects.all()) == []


def test_any_django_storage_class_keeps_and_gives_the_same_bytes(folder_class):
    put()
    put()

    assert (folder_class / DIGEST[:2] / DIGEST).read_bytes() == CONTENT
    assert [path.name for path in folder_class.glob("*/*")] == [DIGEST]
    assert b"".join(artifacts.read(DIGEST, start=3, length=4)) == CONTENT[3:7]
    assert artifacts.path_of(DIGEST).read_bytes() == CONTENT


@pytest.mark.parametrize("named", ["s3://", "ftp://host/x", "nonsense"])
def test_a_storage_that_makes_no_sense_stops_the_start(named, tmp_path):
    with pytest.raises(ValueError, match="CONCH_ARTIFACT_STORAGE"):
        ArtifactSettings.from_env({"CONCH_ARTIFACT_STORAGE": named}, home=tmp_path)
