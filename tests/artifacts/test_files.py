"""Several files in one version: where they may stand, how they are replaced and taken away."""

import pytest
from django.test import Client

from core.errors import Invalid
from core.models import AuditEvent
from core.roles import Role
from models_registry import filepaths
from models_registry.lifecycle import Stage
from models_registry.models import Inspection
from tests.artifacts.conftest import address, client_of
from tests.factories import a_user, a_version

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path",
    [
        "model.onnx",
        "model.onnx.data",
        "weights/part-00001.bin",
        "tokenizer/en/vocab.json",
        "_private.py",
        "a" * 128,
    ],
)
def test_a_plain_path_up_to_two_folders_deep_is_taken(path):
    assert filepaths.check(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "/etc/passwd", "..", "a/../b", "../b", "a//b", "a/", "./a", ".hidden", "a/.git", "a\\b",
        "C:\\b", "c:b", "a b", "a\n", "a\0b", "model.onnx\n", "a/b/c/d", "x" * 129, "trailing.", "a./b",
        "__pycache__/a.pyc", "mоdel.onnx", "a\u2215b", "a\uff0e\uff0eb", "con\u200bfig.json", "~a", "-a", "a/" + "b" * 128 + "/" + "c" * 100,
    ],
)  # fmt: skip
def test_any_other_path_is_refused(path):
    with pytest.raises(Invalid) as refused:
        filepaths.check(path)

    assert refused.value.code == "bad-file-name"


@pytest.mark.parametrize(
    ("path", "other"),
    [("Model.onnx", "model.onnx"), ("weights", "weights/a.bin"), ("weights/a.bin", "Weights")],
)
def test_a_path_that_reads_as_another_is_refused(api, draft, path, other):
    api.generic("PUT", address(draft, f"files/{other}"), b"one")

    response = api.generic("PUT", address(draft, f"files/{path}"), b"two")

    assert (response.status_code, response.json()["type"]) == (422, "/problems/file-name-clash")
    assert [file.path for file in draft.files.all()] == [other]


def test_files_stand_beside_each_other_and_one_is_replaced_by_its_path(api, draft):
    for path, content in (("model.onnx", b"graph"), ("weights/model.data", b"one"), ("config.json", b"{}")):
        assert api.generic("PUT", address(draft, f"files/{path}"), content).status_code == 200

    response = api.generic("PUT", address(draft, "files/weights/model.data"), b"other")

    assert [(file["path"], file["size_bytes"]) for file in response.json()["files"]] == [
        ("config.json", 2),
        ("model.onnx", 5),
        ("weights/model.data", 5),
    ]
    assert b"".join(api.get(address(draft, "files/weights/model.data")).streaming_content) == b"other"
    last = AuditEvent.objects.filter(verb="version.upload").latest("pk")
    assert [file["size_bytes"] for file in last.before] == [2, 5, 3]


def test_alone_replaces_everything(api, draft):
    api.generic("PUT", address(draft, "files/a.onnx"), b"one")
    api.generic("PUT", address(draft, "files/b.data"), b"two")

    api.generic("PUT", address(draft, "files/c.onnx?alone=true"), b"three")

    assert [file.path for file in draft.files.all()] == ["c.onnx"]


def test_a_removed_file_is_gone_and_the_rest_is_read_again(api, draft):
    api.generic("PUT", address(draft, "files/a.onnx"), b"one")
    api.generic("PUT", address(draft, "files/b.data"), b"two")
    draft.refresh_from_db()
    draft.inspection, draft.config_text = Inspection.PASSED, "max_batch_size: 8"
    draft.save()

    response = api.delete(address(draft, "files/b.data"))

    draft.refresh_from_db()
    assert response.status_code == 200
    assert [file["path"] for file in response.json()["files"]] == ["a.onnx"]
    assert (draft.inspection, draft.config_text) == (Inspection.PENDING, "")
    assert AuditEvent.objects.latest("pk").verb == "version.remove_file"


def test_without_files_a_draft_is_empty_again(api, draft):
    api.generic("PUT", address(draft, "files/a.onnx"), b"one")

    api.delete(address(draft, "files/a.onnx"))

    draft.refresh_from_db()
    assert (draft.inspection, draft.inspection_due_at, draft.files.count()) == (Inspection.NONE, None, 0)


@pytest.mark.parametrize("stage", [Stage.REGISTERED, Stage.DEPLOYED, Stage.RETIRED])
def test_a_version_keeps_its_files(api, stage):
    version = a_version(stage)

    response = api.delete(address(version, "files/model.onnx"))

    assert response.status_code == 409
    assert version.files.count() == 1
    assert not AuditEvent.objects.exists()


def test_who_may_not_register_removes_nothing(draft, api):
    api.generic("PUT", address(draft, "files/a.onnx"), b"one")

    response = client_of(a_user(Role.LEARNER)).delete(address(draft, "files/a.onnx"))

    assert (response.status_code, draft.files.count()) == (403, 1)


def test_a_missing_file_cannot_be_removed(api, draft):
    assert api.delete(address(draft, "files/a.onnx")).status_code == 404


def test_the_model_is_what_a_version_is_about():
    class File:
        def __init__(self, path: str) -> None:
            self.path = path

    def main(*paths: str) -> str:
        found = filepaths.main([File(path) for path in paths])
        return found.path if found else ""

    assert main() == ""
    assert main("a.data", "net.onnx", "config.json") == "net.onnx"
    assert main("deep/model.onnx", "model.onnx", "other.onnx") == "model.onnx"
    assert main("tokenizer.json", "model.pt") == "model.pt"


def test_the_wizard_adds_beside_and_removes(engineer, draft):
    browser = Client()
    browser.force_login(engineer)
    from django.core.files.uploadedfile import SimpleUploadedFile

    here = "/models/ranker/v1/register/"
    first = browser.post(f"{here}upload/", {"file": SimpleUploadedFile("net.onnx", b"one")})
    more = browser.post(
        f"{here}upload/", {"file": SimpleUploadedFile("a.bin", b"two"), "folder": "weights/", "beside": "on"}
    )
    page = browser.get(f"{here}?step=upload").content.decode()

    assert (first["Location"], more["Location"]) == (here, f"{here}?step=upload")
    assert "weights/a.bin" in page
    assert 'aria-label="Remove weights/a.bin"' in page
    assert [file.path for file in draft.files.all()] == ["net.onnx", "weights/a.bin"]

    browser.post(f"{here}upload/remove/", {"path": "weights/a.bin"})

    assert [file.path for file in draft.files.all()] == ["net.onnx"]
