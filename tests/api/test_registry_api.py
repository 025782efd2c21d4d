"""The registry over REST: the same rules, errors as problem details."""

import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core.errors import Invalid
from core.models import AuditEvent
from core.roles import Role
from models_registry import artifacts, services
from models_registry.lifecycle import Stage
from models_registry.models import Inspection, ModelVersion, PromotionRequest, RegisteredModel
from tests.factories import a_deployment, a_model, a_promotion, a_user, a_version, acting

pytestmark = pytest.mark.django_db


def client_of(user) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def engineer():
    return a_user(Role.ENGINEER)


def assert_problem(response, status, code):
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    body = response.json()
    assert (body["type"], body["status"]) == (f"/problems/{code}", status)
    assert body["detail"]


def test_an_engineer_registers_a_model_and_opens_numbered_drafts(engineer):
    client = client_of(engineer)

    made = client.post("/api/v1/models/", {"name": "digits", "team": "Vision"}, format="json")
    numbers = [client.post("/api/v1/models/digits/versions/").json()["number"] for _ in range(3)]

    assert made.status_code == 201
    assert numbers == [1, 2, 3]
    assert list(AuditEvent.objects.order_by("pk").values_list("verb", "door")) == [
        ("model.register", "api"),
        *[("version.create", "api")] * 3,
    ]


@pytest.mark.parametrize(
    "name", ["../etc", "register", "UPPER", "a.v1", "", "x" * 65, "dig its", "-a", "数字"]
)
def test_a_hostile_model_name_is_refused(engineer, name):
    response = client_of(engineer).post("/api/v1/models/", {"name": name}, format="json")

    assert_problem(response, 422, {"": "invalid-fields", "register": "reserved-name"}.get(name, "bad-name"))
    assert RegisteredModel.objects.count() == 0
    assert AuditEvent.objects.count() == 0


def test_a_taken_name_is_a_conflict(engineer):
    a_model(name="digits")

    assert_problem(
        client_of(engineer).post("/api/v1/models/", {"name": "digits"}, format="json"), 409, "name-taken"
    )


def test_an_upload_is_stored_by_its_digest_and_waits_for_inspection(engineer):
    version = a_version(Stage.DRAFT, inspection=Inspection.NONE)
    url = f"/api/v1/models/{version.model.name}/versions/{version.number}/files/net.onnx/"

    response = client_of(engineer).put(url, b"x" * 3_000_000, content_type="application/octet-stream")

    assert response.status_code == 200
    file = response.json()["files"][1]
    assert (file["path"], file["size_bytes"], response.json()["inspection"]) == (
        "net.onnx",
        3_000_000,
        "pending",
    )
    assert artifacts.path_of(file["sha256"]).read_bytes() == b"x" * 3_000_000
    assert b"".join(client_of(engineer).get(url).streaming_content) == b"x" * 3_000_000


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("..%2F..%2Fetc%2Fpasswd", b"x", "bad-file-name"),
        ("..", b"x", "bad-file-name"),
        (".hidden", b"x", "bad-file-name"),
        ("a b.onnx", b"x", "bad-file-name"),
        ("net.onnx", b"", "empty-file"),
    ],
)
def test_a_hostile_upload_is_refused_and_the_draft_keeps_its_file(engineer, name, content, code):
    version = a_version(Stage.DRAFT)
    before = version.files.get().sha256
    url = f"/api/v1/models/{version.model.name}/versions/{version.number}/files/{name}/"

    response = client_of(engineer).generic("PUT", url, content, CONTENT_LENGTH=str(len(content)))

    assert_problem(response, 422, code)
    assert version.files.get().sha256 == before


def test_a_cut_off_upload_leaves_nothing(engineer, settings):
    version = a_version(Stage.DRAFT)
    before = version.files.get().sha256

    with pytest.raises(Invalid) as refused:
        services.upload_file(
            actor=acting(engineer),
            version_id=version.pk,
            name="net.onnx",
            stream=io.BytesIO(b"half"),
            declared_bytes=8,
        )

    assert refused.value.code == "upload-incomplete"
    assert version.files.get().sha256 == before
    assert not list(settings.ARTIFACTS.root.glob(".incoming-*"))


def test_a_file_larger_than_allowed_is_refused_before_it_is_read(engineer, settings):
    version = a_version(Stage.DRAFT)
    url = f"/api/v1/models/{version.model.name}/versions/{version.number}/files/net.onnx/"

    response = client_of(engineer).generic("PUT", url, b"", CONTENT_LENGTH=str(11 * 10**9))

    assert_problem(response, 422, "file-too-large")


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage != Stage.DRAFT])
def test_a_registered_version_takes_no_file_and_no_config(engineer, stage):
    version = a_version(stage)
    url = f"/api/v1/models/{version.model.name}/versions/{version.number}/"

    upload = client_of(engineer).put(f"{url}files/net.onnx/", b"x", content_type="application/octet-stream")
    config = client_of(engineer).put(f"{url}config/", {"config_text": "x"}, format="json")

    assert_problem(upload, 409, "version-immutable")
    assert_problem(config, 409, "version-immutable")
    assert ModelVersion.objects.get(pk=version.pk).config_text == version.config_text


def test_a_bad_config_is_refused_with_its_lines_and_nothing_is_saved(engineer):
    version = a_version(Stage.DRAFT)
    url = f"/api/v1/models/{version.model.name}/versions/{version.number}/config/"

    response = client_of(engineer).put(
        url, {"config_text": 'backend: "onnxruntime"\nnope: 1\n'}, format="json"
    )

    assert_problem(response, 422, "bad-config")
    assert response.json()["problems"][0]["line"] == 2
    assert ModelVersion.objects.get(pk=version.pk).config_text == version.config_text
    assert AuditEvent.objects.count() == 0


def test_a_ten_megabyte_config_is_refused(engineer):
    version = a_version(Stage.DRAFT)
    url = f"/api/v1/models/{version.model.name}/versions/{version.number}/config/"

    response = client_of(engineer).put(url, {"config_text": "#" * 10_000_000}, format="json")

    assert_problem(response, 422, "too-large")
    assert ModelVersion.objects.get(pk=version.pk).config_text == version.config_text


def test_registering_binds_the_digests(engineer):
    version = a_version(Stage.DRAFT, config_digest="", artifact_digest="")
    url = f"/api/v1/models/{version.model.name}/versions/{version.number}/register/"

    body = client_of(engineer).post(url).json()

    assert body["stage"] == "registered"
    assert len(body["artifact_digest"]) == len(body["config_digest"]) == 64


def test_a_draft_that_was_not_read_cannot_be_registered(engineer):
    version = a_version(Stage.DRAFT, inspection=Inspection.FAILED)
    url = f"/api/v1/models/{version.model.name}/versions/{version.number}/register/"

    assert_problem(client_of(engineer).post(url), 409, "gate-not-passed")
    assert ModelVersion.objects.get(pk=version.pk).stage == Stage.DRAFT


def test_four_eyes_hold_over_rest():
    both = a_user(Role.ENGINEER, Role.REVIEWER)
    promotion = a_promotion(a_version(created_by=both))
    url = f"/api/v1/promotions/{promotion.pk}/review/"

    refused = client_of(both).post(url, {"verdict": "approve", "comment": "Fine."}, format="json")

    assert_problem(refused, 403, "four-eyes")
    assert PromotionRequest.objects.get(pk=promotion.pk).state == "open"


def test_retiring_without_a_reason_is_refused(engineer):
    version = a_version()
    url = f"/api/v1/models/{version.model.name}/versions/{version.number}/retire/"

    assert_problem(client_of(engineer).post(url, {}, format="json"), 422, "invalid-fields")
    assert ModelVersion.objects.get(pk=version.pk).stage == Stage.REGISTERED


@pytest.mark.parametrize(
    "path",
    [
        "models",
        "models/{name}/versions",
        "promotions",
        "deployments",
        "servers",
        "routes",
        "audit",
        "tokens",
        "benchmarks",
    ],
)
def test_each_list_asks_the_same_number_of_questions_however_long_it_is(path):

    model = a_model(name="digits")
    client = client_of(a_user(Role.ADMIN, Role.ENGINEER))
    url = f"/api/v1/{path.format(name='digits')}/"

    def grow(count):
        for _ in range(count):
            version = a_version(Stage.TESTING, model=model)
            a_promotion(version, from_stage="testing", target_stage="deployed", verb="deploy")
            a_deployment(version)

    grow(1)
    with CaptureQueriesContext(connection) as few:
        assert client.get(url).status_code == 200
    grow(19)
    with CaptureQueriesContext(connection) as many:
        assert client.get(url).status_code == 200

    assert len(many) == len(few) <= 8


def test_the_schema_describes_the_api():
    schema = APIClient().get("/api/schema/?format=json")

    assert schema.status_code == 200
    assert {"/api/v1/models/", "/api/v1/promotions/{id}/review/"} <= set(schema.json()["paths"])


def test_nobody_reads_without_signing_in():
    assert_problem(APIClient().get("/api/v1/models/"), 401, "not-authenticated")
