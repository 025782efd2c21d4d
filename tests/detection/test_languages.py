"""What was found out about a file is kept as code and particulars, and worded for who reads it."""

import io

import pytest
from django.utils import translation
from rest_framework.test import APIClient

from core.models import AuditEvent
from core.roles import Role
from models_registry import services
from models_registry.inspection import sentences
from models_registry.lifecycle import Stage
from models_registry.models import Inspection, ModelVersion
from tests.factories import a_model, a_user, a_version, acting

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/models/vision/v1/register/"


@pytest.fixture
def erin():
    return a_user(Role.ENGINEER, username="erin")


@pytest.fixture
def refused(erin):
    a_model(name="vision", owner=erin)
    version = services.create_version(actor=acting(erin), model_name="vision")
    services.upload_file(
        actor=acting(erin), version_id=version.pk, name="net.onnx", stream=io.BytesIO(bytes(100))
    )
    # The worker's own language must not matter.
    with translation.override("zh-hant"):
        services.run_inspection(version_id=version.pk)
    return ModelVersion.objects.get()


def test_a_refusal_is_stored_without_words(refused):
    stored = {"code": "not-onnx", "particulars": {"filename": "net.onnx"}}

    assert refused.inspection == Inspection.FAILED
    assert refused.inspection_problem == stored
    assert AuditEvent.objects.get(verb="version.inspect").after["problem"] == stored


def test_the_same_row_reads_in_the_language_of_its_reader(client, refused, erin):
    client.force_login(erin)

    english, chinese = client.get(PAGE), client.get(f"/zh-hant{PAGE}")

    assert "“net.onnx” is not an ONNX model." in english.content.decode()
    with translation.override("zh-hant"):
        detail = refused.problem["detail"]
    assert detail in chinese.content.decode()
    assert detail != "“net.onnx” is not an ONNX model."
    assert "is not an ONNX model" not in chinese.content.decode()


def test_the_api_words_it_too(refused, erin):
    client = APIClient()
    client.force_login(erin)

    def asked(language):
        answer = client.get("/api/v1/models/vision/versions/1/", headers={"accept-language": language})
        return answer.json()["inspection_problem"]

    assert asked("en") == {
        "code": "not-onnx",
        "detail": "“net.onnx” is not an ONNX model.",
        "hint": "Upload it under the name that fits its format, or export the model again.",
    }
    with translation.override("zh-hant"):
        assert asked("zh-hant")["detail"] == refused.problem["detail"]


def test_rows_of_before_hold_their_sentence(erin):
    version = a_version(
        Stage.DRAFT,
        model=a_model(owner=erin),
        warnings=["The same input gave two different answers.", {"code": "not-steady", "particulars": {}}],
        inspection_problem={"code": "damaged", "detail": "It is damaged.", "hint": "Again.", "status": "422"},
    )

    assert version.problem == {"code": "damaged", "detail": "It is damaged.", "hint": "Again."}
    assert version.warning_texts == [
        "The same input gave two different answers.",
        "The same input gave two different answers, so they are not recorded.",
    ]


def test_what_a_file_looks_like_is_worded_when_it_is_read():
    stored = {"code": "unsupported-format", "particulars": {"filename": "a.onnx", "looks": "png"}}

    with translation.override("zh-hant"):
        chinese = sentences.problem(stored)["detail"]

    assert "a PNG image" in sentences.problem(stored)["detail"]
    assert "a PNG image" not in chinese
