"""Registering a version step by step; the page follows the state of the draft."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.models import AuditEvent
from models_registry.lifecycle import Stage
from models_registry.models import Inspection, ModelVersion, VersionFile
from tests.factories import a_model, a_version
from tests.onnx_models import doubling_model
from tests.serving_pages.reading import POLL, answer, attribute, words

pytestmark = pytest.mark.django_db
HERE = "/models/ranker/v1/register/"


def a_draft(owner, **given):
    return a_version(Stage.DRAFT, model=a_model(name="ranker", owner=owner), **given)


def an_empty_draft(owner):
    version = a_draft(owner, inspection=Inspection.NONE, signature={"inputs": [], "outputs": []}, backend="")
    VersionFile.objects.all().delete()
    return version


def test_before_a_draft_it_says_what_comes(engineer):
    a_model(name="ranker")

    page = engineer.get("/models/ranker/register/")

    assert (
        answer(page)
        == "It becomes v1. Until you finish it, it is a draft that you can leave and come back to."
    )
    assert ModelVersion.objects.exists() is False


def test_beginning_opens_a_draft_and_leads_to_its_file(engineer, erin):
    a_model(name="ranker")

    done = engineer.post("/models/ranker/register/")

    assert (done.status_code, done["Location"]) == (302, HERE)
    assert ModelVersion.objects.get().created_by == erin
    assert "Go on with your draft v1" in words(engineer.get("/models/ranker/register/"))


def test_who_may_not_register_opens_no_draft(learner):
    a_model(name="ranker")

    page = learner.post("/models/ranker/register/")

    assert page.status_code == 403
    assert "This needs one of the roles: Admin, Engineer." in words(page)
    assert ModelVersion.objects.exists() is False


def test_without_a_file_it_asks_for_one(engineer, erin):
    an_empty_draft(erin)

    page = engineer.get(HERE + "?step=finish")

    assert answer(page) == "ranker v1 is a draft without a file. Upload one to go on."
    assert 'data-upload-url="/api/v1/models/ranker/versions/1/files/"' in page.content.decode()
    assert f'action="{HERE}upload/"' in page.content.decode()
    assert "js/upload.js" in page.content.decode()


def test_a_browser_without_javascript_uploads_too(engineer, erin, tmp_path, settings):
    an_empty_draft(erin)
    content = doubling_model(Path(tmp_path) / "net.onnx").read_bytes()

    done = engineer.post(HERE + "upload/", {"file": SimpleUploadedFile("net.onnx", content)})

    assert (done.status_code, done["Location"]) == (302, HERE)
    version = ModelVersion.objects.get()
    assert version.inspection == Inspection.PENDING
    assert [(file.path, file.size_bytes) for file in version.files.all()] == [("net.onnx", len(content))]


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (None, "Choose a file first."),
        (SimpleUploadedFile("net.onnx", b""), "The file is empty."),
        (SimpleUploadedFile(".hidden", b"x"), "“.hidden” is not a file name that Conch accepts."),
    ],
)
def test_a_file_that_cannot_be_is_told_in_its_place(engineer, erin, file, message):
    an_empty_draft(erin)

    page = engineer.post(HERE + "upload/", {"file": file} if file else {})

    assert page.status_code == 422
    assert message in words(page)
    assert VersionFile.objects.exists() is False


def test_a_registered_version_takes_no_file(engineer, erin):
    a_version(Stage.REGISTERED, model=a_model(name="ranker", owner=erin))

    page = engineer.post(HERE + "upload/", {"file": SimpleUploadedFile("net.onnx", b"x")})

    assert page.status_code == 409
    assert answer(page) == "ranker v1 is Registered, and a version never changes."
    assert engineer.get(HERE)["Location"] == "/models/ranker/v1/"


def test_the_check_is_followed_live_and_ends_where_the_draft_is(engineer, erin):
    version = a_draft(erin, inspection=Inspection.RUNNING)

    page = engineer.get(HERE)

    assert answer(page) == "Conch is reading model.onnx."
    assert attribute(page, id="wizard", name="hx-trigger") == "every 1s"
    ModelVersion.objects.filter(pk=version.pk).update(inspection=Inspection.PASSED)
    part = engineer.get(HERE, headers=POLL)
    assert attribute(part, id="wizard", name="hx-trigger") is None
    assert "max_batch_size: 64" in part.content.decode()
    assert attribute(part, id="wizard-answer", name="hx-swap-oob") == "morph"


def test_a_refused_file_says_why_and_what_to_do(engineer, erin):
    problem = {"code": "truncated", "detail": "The file ends in the middle.", "hint": "Upload it again."}
    a_draft(erin, inspection=Inspection.FAILED, inspection_problem=problem)

    page = engineer.get(HERE)

    shown = words(page)
    assert "This file can't be registered The file ends in the middle. Upload it again." in shown
    assert "Error truncated." in shown
    assert attribute(page, id="wizard", name="hx-trigger") is None
    assert "Another file replaces it" in words(engineer.get(HERE + "?step=upload"))


def test_what_was_found_stands_beside_the_configuration(engineer, erin):
    a_draft(erin, warnings=["The answers are too large to be recorded."])

    page = engineer.get(HERE)

    shown = words(page)
    assert "X Input FP32 [ batch , 64]" in shown
    assert "The answers are too large to be recorded." in shown
    assert "Fits Triton's schema and the file" in shown
    assert attribute(page, id="id_config_text", name="hx-trigger") == "input changed delay:300ms"


def test_typing_is_judged_line_by_line_and_kept_nowhere(engineer, erin):
    version = a_draft(erin)
    typed = version.config_text.replace("max_batch_size: 64", "max_batch_size: 64\nmax_bach_size: 3")

    part = engineer.post(HERE + "config/check/", {"config_text": typed}, headers=POLL)

    shown = words(part)
    assert part.status_code == 200
    assert "1 problem Line 3, column 1:" in shown
    assert 'no field named "max_bach_size"' in shown
    assert 'class="ln bad" data-n="3">max_bach_size: 3</span>' in part.content.decode()
    assert "<html" not in part.content.decode()
    version.refresh_from_db()
    assert "max_bach_size" not in version.config_text
    assert AuditEvent.objects.exists() is False


def test_the_check_works_as_a_page_too(engineer, erin):
    a_draft(erin)

    page = engineer.post(HERE + "config/check/", {"config_text": "max_batch: 1"})

    assert "1 problem Line 1, column 1:" in words(page)
    assert "max_batch: 1</textarea>" in page.content.decode()


def test_a_text_of_three_megabytes_is_refused_in_one_line(engineer, erin):
    a_draft(erin)

    part = engineer.post(HERE + "config/check/", {"config_text": "#" * 3_000_000}, headers=POLL)

    assert "The text has 3.0 MB; a config.pbtxt has at most 1 MB." in words(part)
    assert len(part.content) < 5_000


def test_ten_megabytes_are_refused_with_the_limit(engineer, erin):
    version = a_draft(erin)

    page = engineer.post(HERE + "config/", {"config_text": "x" * 10_000_000})

    assert page.status_code == 400
    assert "A form carries up to 4 MB of text, a config.pbtxt up to 1 MB." in words(page)
    version.refresh_from_db()
    assert version.config_text.startswith("backend")


def test_the_field_itself_stops_soon_after_what_is_valid(engineer, erin):
    a_draft(erin)

    assert attribute(engineer.get(HERE), id="id_config_text", name="maxlength") == "1100000"


def test_a_changed_configuration_is_saved_and_leads_on(engineer, erin):
    version = a_draft(erin)
    typed = version.config_text.replace("count: 1", "count: 2").replace("\n", "\r\n")

    done = engineer.post(HERE + "config/", {"config_text": typed})

    version.refresh_from_db()
    assert (done.status_code, done["Location"]) == (302, HERE + "?step=finish")
    assert ("count: 2" in version.config_text, "\r" in version.config_text) == (True, False)
    assert version.config_edited_by == erin
    assert "Version 1 as it will be" in words(engineer.get(HERE + "?step=finish"))


def test_what_was_not_changed_has_no_editor(engineer, erin):
    version = a_draft(erin)

    engineer.post(HERE + "config/", {"config_text": version.config_text.replace("\n", "\r\n")})

    version.refresh_from_db()
    assert version.config_edited_by is None


def test_a_wrong_configuration_comes_back_as_it_was_typed(engineer, erin):
    version = a_draft(erin)
    typed = version.config_text + "max_bach_size: 3 # mine\n"

    page = engineer.post(HERE + "config/", {"config_text": typed, "then": "register"})

    assert page.status_code == 422
    assert "The configuration has 1 problem. Mend the lines named below; nothing was saved." in words(page)
    assert "max_bach_size: 3 # mine" in page.content.decode()
    version.refresh_from_db()
    assert (version.stage, "mine" in version.config_text) == (Stage.DRAFT, False)


def test_register_at_once_keeps_the_text_and_ends_the_draft(engineer, erin):
    version = a_draft(erin)
    typed = version.config_text.replace("count: 1", "count: 2")

    done = engineer.post(HERE + "config/", {"config_text": typed, "then": "register"})

    version.refresh_from_db()
    assert (done.status_code, done["Location"]) == (302, "/models/ranker/v1/")
    assert (version.stage, "count: 2" in version.config_text) == (Stage.REGISTERED, True)


def test_the_last_step_registers(engineer, erin):
    version = a_draft(erin)

    done = engineer.post(HERE + "finish/")

    version.refresh_from_db()
    assert (done.status_code, version.stage) == (302, Stage.REGISTERED)
    assert engineer.post(HERE + "finish/").status_code == 409


def test_what_is_missing_at_the_end_is_named(engineer, erin):
    a_draft(erin, config_text='backend: "python"')

    page = engineer.post(HERE + "finish/")

    assert page.status_code == 409
    assert "It was not registered ranker v1 is held back: Configuration:" in words(page)


@pytest.mark.parametrize("step", ["upload/", "config/", "finish/"])
def test_who_may_not_register_writes_nothing(learner, erin, step):
    version = a_draft(erin)
    file = SimpleUploadedFile("net.onnx", b"x")

    page = learner.post(HERE + step, {"config_text": "max_batch_size: 1", "file": file})

    assert page.status_code == 403
    assert "This needs one of the roles: Admin, Engineer." in words(page)
    version.refresh_from_db()
    assert (version.stage, version.files.get().path) == (Stage.DRAFT, "model.onnx")


def test_a_file_replaced_meanwhile_goes_back_to_the_check(engineer, erin):
    version = a_draft(erin)
    ModelVersion.objects.filter(pk=version.pk).update(inspection=Inspection.PENDING)

    page = engineer.post(HERE + "config/", {"config_text": version.config_text + "# late\n"})

    assert page.status_code == 409
    assert "The file of ranker v1 has not been read yet." in words(page)
