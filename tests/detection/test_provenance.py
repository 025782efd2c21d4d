"""Signatures over a version's files: those of the model-signing tool and ours are one and the same."""

import hashlib
import io
import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.core.management import CommandError, call_command
from model_signing import signing, verifying
from rest_framework.test import APIClient

from core.models import AuditEvent, Workspace
from core.roles import Role
from models_registry import services, signed
from models_registry.models import TrustedKey, VersionFile, VersionSignature
from tests.factories import a_model, a_user, a_version, acting

pytestmark = pytest.mark.django_db(transaction=True)
FILES = {"model.onnx": b"weights", "extra/labels.txt": b"cat\ndog\n"}


class Pair:
    """A private key on disk and its public half."""

    def __init__(self, folder, name="key", curve=None):
        key = ec.generate_private_key(curve or ec.SECP256R1())
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        self.public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.public_file = folder / f"{name}.pub"
        self.public_file.write_bytes(self.public)


@pytest.fixture
def pair(tmp_path):
    return Pair(tmp_path)


@pytest.fixture
def ada():
    return a_user(Role.ADMIN, username="ada")


@pytest.fixture
def trusted(ada, pair):
    return services.add_key(actor=acting(ada), name="Build farm", pem=pair.public.decode())


@pytest.fixture
def version():
    return a_version_with(FILES)


def a_version_with(files, **given):
    version = a_version(model=a_model(name="vision", **given))
    version.files.all().delete()
    for path, content in files.items():
        VersionFile.objects.create(
            version=version,
            path=path,
            sha256=hashlib.sha256(content).hexdigest(),
            size_bytes=len(content),
            uploaded_by=version.created_by,
        )
    return version


def on_disk(folder, files):
    root = folder / "model"
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


def signed_elsewhere(tmp_path, pair, files=FILES):
    root, place = on_disk(tmp_path, files), tmp_path / "made.sig"
    signing.Config().use_elliptic_key_signer(private_key=pair.file).sign(root, place)
    return place.read_text()


def state(version):
    return signed.check(type(version).objects.get(pk=version.pk))


def test_unsigned_says_so(version):
    found = state(version)

    assert (found.gate, found.title, found.passed, found.value) == (
        "signed", "Provenance", False, "Not signed",
    )  # fmt: skip


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()], ids=lambda c: c.name)
def test_a_signature_of_the_tool_is_accepted(tmp_path, version, ada, curve):
    pair = Pair(tmp_path, "other", curve)
    services.add_key(actor=acting(ada), name="Build farm", pem=pair.public.decode())

    services.attach_signature(
        actor=acting(ada), version_id=version.pk, bundle=signed_elsewhere(tmp_path, pair)
    )

    found = state(version)
    assert (found.passed, found.value) == (True, "Signed by Build farm")
    assert found.detail == "The signature of “Build farm” covers exactly these files."


def test_our_signature_is_accepted_by_the_tool(tmp_path, version, trusted, pair):
    call_command(
        "sign_version", "vision", version.number, key=pair.file, username="ada", stdout=io.StringIO()
    )

    assert state(version).value == "Signed by Build farm"
    place = tmp_path / "ours.sig"
    place.write_text(version.signatures.get().bundle)
    checker = verifying.Config().use_elliptic_key_verifier(public_key=pair.public_file)
    checker.verify(on_disk(tmp_path, FILES), place)
    with pytest.raises(ValueError, match="mismatch"):
        checker.verify(on_disk(tmp_path, {"model.onnx": b"other"}), place)
    event = AuditEvent.objects.get(verb="version.sign")
    assert (event.actor_name, event.after) == ("ada", {"state": "signed", "key": "Build farm"})


def test_a_model_sig_among_the_files_is_read(tmp_path, trusted, pair, monkeypatch):
    monkeypatch.setattr(settings, "ARTIFACTS", replace(settings.ARTIFACTS, root=tmp_path / "store"))
    from models_registry import artifacts

    bundle = signed_elsewhere(tmp_path, pair).encode()
    artifacts.store(io.BytesIO(bundle))

    version = a_version_with(FILES | {"model.sig": bundle})

    assert state(version).value == "Signed by Build farm"


def test_other_files_than_those_signed_are_named(tmp_path, version, trusted, pair, ada):
    bundle = signed_elsewhere(tmp_path, pair)
    services.attach_signature(actor=acting(ada), version_id=version.pk, bundle=bundle)
    version.files.filter(path="model.onnx").update(sha256="0" * 64)

    found = state(version)

    assert (found.passed, found.value) == (False, "Not genuine")
    assert found.detail == "“Build farm” signed other files than these: model.onnx."


@pytest.mark.parametrize(
    "files", [FILES | {"more.bin": b"x"}, {"model.onnx": b"weights"}], ids=["more", "fewer"]
)
def test_it_has_to_cover_every_file_and_no_other(tmp_path, version, trusted, pair, ada, files):
    with pytest.raises(Exception, match="signed other files than these"):
        services.attach_signature(
            actor=acting(ada), version_id=version.pk, bundle=signed_elsewhere(tmp_path, pair, files)
        )
    assert VersionSignature.objects.exists() is False


def test_an_unknown_key_counts_once_it_is_trusted(tmp_path, version, ada, pair):
    services.attach_signature(
        actor=acting(ada), version_id=version.pk, bundle=signed_elsewhere(tmp_path, pair)
    )
    assert state(version).value == "Signed by an unknown key"

    services.add_key(actor=acting(ada), name="Build farm", pem=pair.public.decode())

    assert state(version).passed is True


def test_a_revoked_key_counts_no_more(tmp_path, version, trusted, pair, ada):
    services.sign_version(actor=acting(ada), version_id=version.pk, key_file=pair.file)
    services.revoke_key(actor=acting(ada), key_id=trusted.pk)

    found = state(version)

    assert found.passed is False
    assert found.detail == "It is signed with “Build farm”, a key that was revoked."
    with pytest.raises(Exception, match="never trusted again"):
        services.add_key(actor=acting(ada), name="Again", pem=pair.public.decode())


def test_a_key_of_another_workspace_is_unknown(tmp_path, version, ada, pair):
    Workspace.objects.create(name="elsewhere")
    services.add_key(actor=acting(ada), name="Theirs", pem=pair.public.decode(), workspace="elsewhere")

    services.sign_version(actor=acting(ada), version_id=version.pk, key_file=pair.file)

    assert state(version).value == "Signed by an unknown key"


@pytest.mark.parametrize("change", ["signature", "payload", "hint", "garbage", "nothing"])
def test_what_was_tampered_with_is_refused(tmp_path, version, trusted, pair, ada, change):
    bundle = json.loads(signed_elsewhere(tmp_path, pair))
    other = json.loads(signed_elsewhere(tmp_path, Pair(tmp_path, "evil")))
    if change == "signature":
        bundle["dsseEnvelope"]["signatures"] = other["dsseEnvelope"]["signatures"]
    elif change == "payload":
        bundle["dsseEnvelope"]["payload"] = "e30="
    elif change == "hint":
        bundle = other | {"verificationMaterial": bundle["verificationMaterial"]}
    text = {"garbage": "{", "nothing": "[]"}.get(change) or json.dumps(bundle)
    client = APIClient()
    client.force_login(a_user(Role.ENGINEER))

    answer = client.put("/api/v1/models/vision/versions/1/provenance/", {"bundle": text}, format="json")

    expected = "unreadable" if change in {"garbage", "nothing"} else "forged"
    assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/signature-{expected}")
    assert VersionSignature.objects.exists() is False


def test_the_api_tells_and_the_server_signs(version, trusted, pair, ada, monkeypatch):
    client = APIClient()
    client.force_login(ada)
    url = "/api/v1/models/vision/versions/1/"
    assert client.post(f"{url}sign/").json()["type"] == "/problems/no-signing-key"
    monkeypatch.setattr(settings, "SIGNING", replace(settings.SIGNING, key_file=pair.file))

    signed_now = client.post(f"{url}sign/")

    assert signed_now.status_code == 200
    told = client.get(f"{url}provenance/").json()
    assert (told["state"], told["key"]) == ("signed", "Build farm")
    assert told["files"] == {path: hashlib.sha256(content).hexdigest() for path, content in FILES.items()}
    assert json.loads(told["bundle"])["dsseEnvelope"]


def test_only_admins_sign_and_manage_keys(version, trusted, pair, ada, monkeypatch):
    monkeypatch.setattr(settings, "SIGNING", replace(settings.SIGNING, key_file=pair.file))
    client = APIClient()
    client.force_login(a_user(Role.ENGINEER))
    body = {"name": "Mine", "pem": pair.public.decode()}

    assert client.post("/api/v1/models/vision/versions/1/sign/").status_code == 403
    assert client.post("/api/v1/keys/", body, format="json").status_code == 403
    assert client.post(f"/api/v1/keys/{trusted.pk}/revoke/").status_code == 403
    trusted.refresh_from_db()
    assert (trusted.revoked_at, TrustedKey.objects.count(), VersionSignature.objects.count()) == (None, 1, 0)


def test_keys_through_the_api(ada, tmp_path):
    client = APIClient()
    client.force_login(ada)
    pem = Pair(tmp_path).public.decode()

    made = client.post("/api/v1/keys/", {"name": "Farm", "pem": pem}, format="json")
    again = client.post("/api/v1/keys/", {"name": "Farm 2", "pem": pem}, format="json")
    wrong = client.post(
        "/api/v1/keys/", {"name": "Private", "pem": Pair(tmp_path).file.read_text()}, format="json"
    )
    nowhere = client.post("/api/v1/keys/", {"name": "X", "pem": pem, "workspace": "nowhere"}, format="json")

    assert (made.status_code, made.json()["name"], made.json()["workspace"]) == (201, "Farm", "default")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/key-known")
    assert (wrong.status_code, wrong.json()["type"]) == (422, "/problems/bad-public-key")
    assert (nowhere.status_code, nowhere.json()["type"]) == (422, "/problems/bad-workspace")
    revoked = client.post(f"/api/v1/keys/{made.json()['id']}/revoke/").json()
    assert revoked["revoked_at"] is not None
    assert [one["name"] for one in client.get("/api/v1/keys/").json()["results"]] == ["Farm"]
    verbs = AuditEvent.objects.order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["key.add", "key.revoke"]


def test_the_command_says_what_is_wrong(version, ada, tmp_path):
    (tmp_path / "no.pem").write_text("no key")

    for arguments, message in (
        ({"key": tmp_path / "no.pem", "username": "ada"}, "The private key cannot be used"),
        ({"key": tmp_path / "gone.pem", "username": "ada"}, "The private key cannot be used"),
        ({"username": "nobody"}, "There is no account “nobody”."),
    ):
        with pytest.raises(CommandError, match=message):
            call_command("sign_version", "vision", version.number, **arguments)
    with pytest.raises(CommandError, match="There is no vision v9"):
        call_command("sign_version", "vision", 9, username="ada")
    assert VersionSignature.objects.exists() is False
