"""Where files don't tell their inputs and outputs, the engineer declares them, through the API or a config."""

import io
from typing import Any

import pytest
from rest_framework.test import APIClient

from core.models import AuditEvent
from core.roles import Role
from models_registry import services
from models_registry.lifecycle import Stage
from models_registry.models import Inspection, ModelVersion
from tests.factories import a_model, a_user, acting
from tests.inspection.torch_files import a_torchscript
from tests.onnx_models import doubling_model

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/v1/models/vision/versions/1/signature/"
GIVEN: dict[str, Any] = {
    "inputs": [
        {"name": "INPUT__0", "datatype": "FP32", "dims": [3, -1, -1]},
        {"name": "INPUT__1", "datatype": "BOOL", "dims": [1]},
    ],
    "outputs": [{"name": "OUTPUT__0", "datatype": "FP32", "dims": [10]}],
    "batchable": True,
}


@pytest.fixture
def erin():
    return a_user(Role.ENGINEER, username="erin")


@pytest.fixture
def client(erin):
    client = APIClient()
    client.force_login(erin)
    return client


@pytest.fixture
def draft(erin):
    return a_read_draft(erin, name="model.pt", content=a_torchscript())


def a_read_draft(erin, *, name, content):
    a_model(name="vision", owner=erin)
    version = services.create_version(actor=acting(erin), model_name="vision")
    services.upload_file(actor=acting(erin), version_id=version.pk, name=name, stream=io.BytesIO(content))
    services.run_inspection(version_id=version.pk)
    return ModelVersion.objects.get()


def test_a_torchscript_stays_a_draft_that_needs_its_signature(draft):
    assert (draft.inspection, draft.backend, draft.signature) == (Inspection.NEEDED, "pytorch", {})
    assert draft.question_texts == [
        "TorchScript doesn't keep the types and shapes of its tensors. Declare them."
    ]
    assert draft.config_text == ""


def test_declared_it_gets_a_configuration_and_can_be_registered(client, draft, erin):
    answer = client.put(URL, GIVEN, format="json")

    assert answer.status_code == 200
    draft.refresh_from_db()
    assert draft.inspection == Inspection.PASSED
    assert draft.signature["inputs"][0] == {
        "name": "INPUT__0", "datatype": "FP32", "shape": [-1, 3, -1, -1], "dims": [3, -1, -1],
    }  # fmt: skip
    assert draft.config_text == (
        'backend: "pytorch"\n'
        "max_batch_size: 64\n"
        "input [\n"
        '  { name: "INPUT__0" data_type: TYPE_FP32 dims: [3, -1, -1] },\n'
        '  { name: "INPUT__1" data_type: TYPE_BOOL dims: [1] }\n'
        "]\n"
        "output [\n"
        '  { name: "OUTPUT__0" data_type: TYPE_FP32 dims: [10] }\n'
        "]\n"
        "instance_group [\n"
        "  { kind: KIND_AUTO count: 1 }\n"
        "]\n"
        "dynamic_batching {\n"
        "  max_queue_delay_microseconds: 500\n"
        "}\n"
        'parameters { key: "INFERENCE_MODE" value { string_value: "true" } }\n'
    )
    assert answer.json()["warnings"] == [
        "Inputs and outputs were declared by erin; the model itself does not tell them.",
        "It was read but not run here, for the runtime of the backend “pytorch” is not here.",
    ]
    event = AuditEvent.objects.get(verb="version.signature")
    assert (event.actor_name, event.after) == ("erin", draft.signature)
    assert client.post("/api/v1/models/vision/versions/1/register/").status_code == 200
    draft.refresh_from_db()
    assert draft.stage == Stage.REGISTERED


def test_it_can_be_declared_again_until_it_is_registered(client, draft):
    client.put(URL, GIVEN, format="json")
    again = client.put(URL, GIVEN | {"batchable": False}, format="json")
    client.post("/api/v1/models/vision/versions/1/register/")

    late = client.put(URL, GIVEN, format="json")

    assert (again.status_code, again.json()["signature"]["batchable"]) == (200, False)
    assert len(again.json()["warnings"]) == 2
    assert (late.status_code, late.json()["type"]) == (409, "/problems/version-immutable")


def changed(side, place, **fields):
    tensors = [tensor | (fields if index == place else {}) for index, tensor in enumerate(GIVEN[side])]
    return GIVEN | {side: tensors}


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        (changed("inputs", 1, name="mask"), "inputs",
         "Name the inputs INPUT__0, INPUT__1 and so on, or as the program does: image, mask."),
        (changed("inputs", 1, name="INPUT__2"), "inputs",
         "Name the inputs INPUT__0, INPUT__1 and so on, or as the program does: image, mask."),
        (changed("inputs", 1, name="INPUT__0"), "inputs.1.name",
         "“INPUT__0” is no usable name: empty, repeated, too long or unprintable."),
        (changed("outputs", 0, name="scores"), "outputs", "Name the outputs OUTPUT__0, OUTPUT__1 and so on."),
        (changed("inputs", 0, dims=[3, 0]), "inputs.0.dims",
         "A size of “INPUT__0” is neither positive nor -1, which means that it is free."),
        (changed("inputs", 0, dims=[]), "inputs.0.dims",
         "“INPUT__0” needs between 1 and 8 sizes, without the batch."),
        (GIVEN | {"outputs": []}, "outputs", "Declare at least one output."),
    ],
)  # fmt: skip
def test_what_triton_could_not_use_is_refused_and_nothing_kept(client, draft, given, field, message):
    answer = client.put(URL, given, format="json")

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/bad-signature")
    assert {"field": field, "message": message} in answer.json()["problems"]
    draft.refresh_from_db()
    assert (draft.inspection, draft.signature, draft.config_text) == (Inspection.NEEDED, {}, "")
    assert AuditEvent.objects.filter(verb="version.signature").exists() is False


def test_the_arguments_own_names_are_fine_too(client, draft):
    given = changed("inputs", 0, name="image") | {}
    given["inputs"][1] = given["inputs"][1] | {"name": "mask"}

    assert client.put(URL, given, format="json").status_code == 200


def test_a_full_config_declares_too(client, draft):
    text = """name: "whatever"
platform: "pytorch_libtorch"
max_batch_size: 16
input [ { name: "INPUT__0" data_type: TYPE_FP32 dims: [ 3 ] } ]
output [ { name: "OUTPUT__0" data_type: TYPE_FP32 dims: [ 1 ] reshape: { shape: [ ] } } ]
dynamic_batching { }
"""

    answer = client.put(URL, {"config_text": text}, format="json")

    assert answer.status_code == 200
    draft.refresh_from_db()
    assert draft.signature["outputs"] == [
        {"name": "OUTPUT__0", "datatype": "FP32", "shape": [-1], "dims": [1], "reshape": []}
    ]
    assert "max_batch_size: 16" in draft.config_text
    assert ("whatever" in draft.config_text, 'backend: "pytorch"' in draft.config_text) == (False, True)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("max_batch_size: 1", "bad-signature"),
        ("max_bach_size: 1", "bad-config"),
        ('max_batch_size: 0 dynamic_batching { }\ninput { name: "INPUT__0" data_type: TYPE_FP32 dims: 3 }\n'
         'output { name: "OUTPUT__0" data_type: TYPE_FP32 dims: 3 }', "bad-config"),
        ('input { name: "INPUT__0" dims: 3 } output { name: "OUTPUT__0" dims: 1 }', "config-datatype"),
    ],
)  # fmt: skip
def test_a_config_that_does_not_fit_is_refused(client, draft, text, code):
    answer = client.put(URL, {"config_text": text}, format="json")

    assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{code}")
    draft.refresh_from_db()
    assert (draft.inspection, draft.config_text) == (Inspection.NEEDED, "")


def test_a_signature_that_the_files_tell_is_not_to_be_declared(client, erin, tmp_path):
    version = a_read_draft(erin, name="model.onnx", content=doubling_model(tmp_path / "m.onnx").read_bytes())

    answer = client.put(URL, GIVEN, format="json")

    assert version.inspection == Inspection.PASSED
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/signature-not-asked")


def test_who_may_not_register_declares_nothing(draft):
    client = APIClient()
    client.force_login(a_user(Role.LEARNER))

    assert client.put(URL, GIVEN, format="json").status_code == 403
    draft.refresh_from_db()
    assert draft.inspection == Inspection.NEEDED
