"""A large upload that is cut off goes on after a reload, when the same file is chosen again."""

import hashlib
import os

import pytest
from playwright.sync_api import expect

from models_registry.lifecycle import Stage
from models_registry.models import Inspection, UploadPart, VersionFile
from tests.factories import a_model, a_version

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HERE = "/models/ranker/v1/register/"


def test_a_killed_upload_goes_on_where_it_stopped(sign_in, engineer, tmp_path):
    draft = a_version(Stage.DRAFT, model=a_model(name="ranker", owner=engineer), inspection=Inspection.NONE)
    draft.files.all().delete()
    file = tmp_path / "net.onnx"
    file.write_bytes(os.urandom(20 * 1024 * 1024))
    page = sign_in(engineer)
    page.goto(HERE)
    page.route("**/parts/3/**", lambda route: None)  # the last part never arrives
    page.set_input_files("input[type=file]", file)
    with page.expect_request("**/parts/3/**"):
        page.locator("form[data-upload] button.pri").first.click()

    page.reload()
    page.unroute("**/parts/3/**")
    assert list(UploadPart.objects.values_list("number", flat=True)) == [1, 2]
    expect(page.get_by_text("Choose the same file again and the upload goes on.")).to_be_visible()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.set_input_files("input[type=file]", file)
    page.locator("form[data-upload] button.pri").first.click()
    expect(page.get_by_role("heading", name="Checking net.onnx")).to_be_visible(timeout=20_000)

    assert VersionFile.objects.get().sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert [url.split("/parts/")[1].split("/")[0] for url in sent if "/parts/" in url] == ["3"]


def test_a_paused_upload_waits_and_goes_on(sign_in, engineer, tmp_path):
    draft = a_version(Stage.DRAFT, model=a_model(name="ranker", owner=engineer), inspection=Inspection.NONE)
    draft.files.all().delete()
    file = tmp_path / "net.onnx"
    file.write_bytes(os.urandom(17 * 1024 * 1024))
    page = sign_in(engineer)
    page.goto(HERE)
    page.route("**/parts/2/**", lambda route: None)
    page.set_input_files("input[type=file]", file)
    with page.expect_request("**/parts/2/**"):
        page.locator("form[data-upload] button.pri").first.click()

    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused. What was sent is kept.")).to_be_visible()
    page.unroute("**/parts/2/**")
    page.get_by_role("button", name="Go on").click()

    expect(page.get_by_role("heading", name="Checking net.onnx")).to_be_visible(timeout=20_000)
    assert VersionFile.objects.get().size_bytes == 17 * 1024 * 1024
