"""The wizard's step where a signature is declared, the page of trusted keys, and provenance beside the files."""

import io

import pytest

from core.roles import Role
from models_registry import services
from models_registry.models import Inspection, ModelVersion, TrustedKey
from tests.factories import a_model, a_user, a_version, acting
from tests.inspection.torch_files import a_torchscript
from tests.registry_pages.conftest import browser
from tests.registry_pages.counting import queries
from tests.serving_pages.reading import words

pytestmark = pytest.mark.django_db(transaction=True)
HERE = "/models/vision/v1/register/"
KEYS = "/settings/keys/"
ROWS = {
    "inputs-TOTAL_FORMS": "4",
    "inputs-INITIAL_FORMS": "0",
    "inputs-0-name": "INPUT__0",
    "inputs-0-datatype": "FP32",
    "inputs-0-dims": "[3, -1, -1]",
    "inputs-1-name": "INPUT__1",
    "inputs-1-datatype": "BOOL",
    "inputs-1-dims": "1",
    "outputs-TOTAL_FORMS": "3",
    "outputs-INITIAL_FORMS": "0",
    "outputs-0-name": "OUTPUT__0",
    "outputs-0-datatype": "FP32",
    "outputs-0-dims": "10",
    "batchable": "on",
}


@pytest.fixture
def erin():
    return a_user(Role.ENGINEER, username="erin")


@pytest.fixture
def draft(erin):
    a_model(name="vision", owner=erin)
    version = services.create_version(actor=acting(erin), model_name="vision")
    stream = io.BytesIO(a_torchscript())
    services.upload_file(actor=acting(erin), version_id=version.pk, name="model.pt", stream=stream)
    services.run_inspection(version_id=version.pk)
    return ModelVersion.objects.get()


def test_the_wizard_asks_with_what_is_known(draft, erin):
    page = browser(erin).get(HERE)

    text = page.content.decode()
    assert "model.pt is read, but doesn't tell its inputs and outputs. Declare them to go on." in words(page)
    assert 'name="inputs-1-name" value="INPUT__1"' in text
    assert 'name="outputs-1-name" value="OUTPUT__1"' in text
    assert "TorchScript doesn't keep the types and shapes of its tensors." in words(page)


def test_declaring_leads_to_the_configuration(draft, erin):
    client = browser(erin)

    done = client.post(HERE + "signature/", ROWS)

    assert (done.status_code, done["Location"]) == (302, HERE)
    draft.refresh_from_db()
    assert draft.inspection == Inspection.PASSED
    assert [tensor["dims"] for tensor in draft.signature["inputs"]] == [[3, -1, -1], [1]]
    assert "Found in the file" in words(client.get(HERE))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inputs-1-name": "mask"}, "Name the inputs INPUT__0, INPUT__1 and so on"),
        ({"inputs-0-dims": "3 by 4"}, "Write whole numbers, like 3, 224, 224."),
        ({"config_text": "max_bach_size: 1"}, "has no field named"),
    ],
)
def test_what_is_wrong_comes_back_as_it_was_typed(draft, erin, change, message):
    page = browser(erin).post(HERE + "signature/", ROWS | change)

    assert page.status_code == 422
    assert message in words(page)
    assert next(iter(change.values())) in page.content.decode()
    draft.refresh_from_db()
    assert (draft.inspection, draft.signature) == (Inspection.NEEDED, {})


def test_who_may_not_register_declares_nothing(draft):
    page = browser(a_user(Role.LEARNER)).post(HERE + "signature/", ROWS)

    assert page.status_code == 403
    draft.refresh_from_db()
    assert draft.inspection == Inspection.NEEDED


def a_pem():
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    return public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def test_an_admin_trusts_and_revokes_a_key():
    client = browser(a_user(Role.ADMIN, username="ada"))

    done = client.post(KEYS, {"name": "Farm", "pem": a_pem(), "workspace": "default"})

    assert (done.status_code, done["Location"]) == (302, KEYS)
    key = TrustedKey.objects.get()
    assert "Farm default" in words(client.get(KEYS))
    assert client.post(f"{KEYS}{key.pk}/revoke/").status_code == 302
    key.refresh_from_db()
    assert key.revoked_by.username == "ada"
    assert "Revoked" in words(client.get(KEYS))


def test_a_private_key_is_refused_and_not_kept():
    page = browser(a_user(Role.ADMIN)).post(KEYS, {"name": "Farm", "pem": "-----BEGIN PRIVATE KEY-----"})

    assert page.status_code == 422
    assert "This is no elliptic public key in PEM." in words(page)
    assert TrustedKey.objects.exists() is False


def test_others_read_the_keys_only(erin):
    ada = a_user(Role.ADMIN)
    key = services.add_key(actor=acting(ada), name="Farm", pem=a_pem())
    client = browser(erin)

    assert "This needs one of the roles: Admin." in words(client.get(KEYS))
    assert client.post(KEYS, {"name": "Mine", "pem": a_pem()}).status_code == 403
    assert client.post(f"{KEYS}{key.pk}/revoke/").status_code == 403
    assert TrustedKey.objects.get().revoked_at is None


def test_the_keys_cost_the_same_for_one_and_for_twenty(erin):
    ada = a_user(Role.ADMIN)
    client = browser(erin)
    services.add_key(actor=acting(ada), name="Farm", pem=a_pem())
    one = queries(client, KEYS)
    for number in range(19):
        services.add_key(actor=acting(ada), name=f"Farm {number}", pem=a_pem())

    assert queries(client, KEYS) == one


def test_the_files_show_who_vouches_for_them(erin):
    a_version(model=a_model(name="vision"))

    page = browser(erin).get("/models/vision/v1/files/")

    assert "Provenance" in words(page)
    assert "Nobody has signed the files of this version." in words(page)
