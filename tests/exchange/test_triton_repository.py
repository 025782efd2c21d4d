"""Out to a plain Triton model repository and back, with the real server between."""

import io
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from core.models import AuditEvent
from core.roles import Role
from models_registry import modelconfig
from models_registry.importing import import_folder
from models_registry.lifecycle import Stage
from models_registry.models import ModelVersion, RegisteredModel, VersionFile
from serving.exporting import export
from serving.models import Route
from serving.triton.connect import control
from tests.factories import a_user, acting
from tests.registry_pages.conftest import browser

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def engineer():
    return a_user(Role.ENGINEER, username="erin")


@pytest.fixture
def repository(tmp_path: Path, digits: Path) -> Path:
    """Two versions of one model as somebody else's Triton has them, and things that cannot be imported."""
    root = tmp_path / "theirs"
    for number, size in ((3, "small"), (7, "large")):
        folder = root / "Digit Reader" / str(number)
        folder.mkdir(parents=True)
        (folder / "model.onnx").write_bytes((digits / f"digits-{size}.onnx").read_bytes())
    (root / "no-version").mkdir()
    (root / "pipeline" / "1").mkdir(parents=True)
    (root / "pipeline" / "config.pbtxt").write_text('platform: "ensemble"')
    (root / "torch" / "1").mkdir(parents=True)
    (root / "torch" / "config.pbtxt").write_text('backend: "pytorch"')
    (root / "broken" / "1").mkdir(parents=True)
    (root / "broken" / "1" / "model.onnx").write_bytes(b"not a model")
    (root / "bad" / "1").mkdir(parents=True)
    (root / "bad" / "config.pbtxt").write_text("nonsense {")
    return root


def served(name="digit-reader"):
    """Imported versions, as if reviewers had let them through."""
    ModelVersion.objects.filter(model__name=name).update(stage=Stage.DEPLOYED)
    return list(ModelVersion.objects.filter(model__name=name).select_related("model").order_by("number"))


def test_a_repository_becomes_versions(engineer, repository):
    outcomes = {one.source: one for one in import_folder(repository, actor=acting(engineer), team="Vision")}

    assert {source: one.state for source, one in outcomes.items()} == {
        "Digit Reader/3": "imported",
        "Digit Reader/7": "imported",
        "bad": "skipped",
        "broken/1": "skipped",
        "no-version": "skipped",
        "pipeline": "skipped",
        "torch": "skipped",
    }
    assert "stays a draft" in outcomes["broken/1"].detail
    assert RegisteredModel.objects.get(name="digit-reader").team == "Vision"
    versions = ModelVersion.objects.filter(model__name="digit-reader").order_by("number")
    assert [(version.number, version.stage, version.source_uri) for version in versions] == [
        (1, Stage.REGISTERED, "triton:Digit Reader/3"),
        (2, Stage.REGISTERED, "triton:Digit Reader/7"),
    ]
    assert AuditEvent.objects.filter(verb="version.register", actor=engineer).count() == 2


def test_importing_again_adds_nothing(engineer, repository):
    list(import_folder(repository, actor=acting(engineer)))

    again = {one.source: one.state for one in import_folder(repository, actor=acting(engineer))}

    assert (again["Digit Reader/3"], again["Digit Reader/7"]) == ("known", "known")
    assert ModelVersion.objects.filter(model__name="digit-reader").count() == 2


def test_a_configuration_that_fits_is_kept_and_another_is_said(engineer, repository):
    config = repository / "Digit Reader" / "config.pbtxt"
    list(import_folder(repository, actor=acting(engineer)))
    [first, _] = served()
    derived = first.config_text
    config.write_text(
        f'name: "Digit Reader"\nversion_policy: {{ latest {{ num_versions: 1 }} }}\n{derived}\nresponse_cache {{ enable: true }}\n'
    )
    VersionFile.objects.all().delete()

    kept = {one.source: one for one in import_folder(repository, actor=acting(engineer))}
    config.write_text(derived.replace("dims: [64]", "dims: [63]"))
    VersionFile.objects.all().delete()
    refused = {one.source: one for one in import_folder(repository, actor=acting(engineer))}

    assert kept["Digit Reader/3"].detail == "digit-reader v3"
    text = ModelVersion.objects.get(model__name="digit-reader", number=3).config_text
    assert "response_cache" in text
    assert "version_policy" not in text
    if "dims: [64]" in derived:
        assert "with a configuration of Conch's own" in refused["Digit Reader/3"].detail


def test_what_is_exported_is_served_as_it_is(engineer, repository, triton, emptied):
    list(import_folder(repository, actor=acting(engineer)))
    small, large = served()
    root = Path(triton.repository)

    done = export([small, large], root, live=[large])

    assert [one.name for one in done] == ["digit-reader.v1", "digit-reader.v2", "digit-reader"]
    client = control(triton)
    for name in ("digit-reader.v1", "digit-reader.v2", "digit-reader"):
        client.load(name)
        assert client.model_ready(name)
    assert [one.changed for one in export([small, large], root, live=[large])] == [False, False, False]


def test_the_command_writes_what_may_be_served(engineer, repository, triton, tmp_path, capsys):
    list(import_folder(repository, actor=acting(engineer)))
    target = tmp_path / "ours"
    with pytest.raises(CommandError, match="No version that may be served"):
        call_command("export_repository", target)
    small, large = served()
    Route.objects.create(model=small.model, server=triton, version=large, wished_at=large.created_at)

    call_command("export_repository", target, "--model", "digit-reader")

    assert sorted(path.name for path in target.iterdir()) == [
        "digit-reader",
        "digit-reader.v1",
        "digit-reader.v2",
    ]
    assert "3 models in" in capsys.readouterr().out
    assert modelconfig.parse((target / "digit-reader" / "config.pbtxt").read_text()).platform == "ensemble"


def test_the_import_command_counts(engineer, repository, capsys):
    call_command("import_repository", repository, "--as", "erin")

    assert capsys.readouterr().out.splitlines()[-1] == "2 imported, 0 known, 5 skipped"
    with pytest.raises(CommandError, match="no account"):
        call_command("import_repository", repository, "--as", "nobody")


def test_a_version_is_downloaded_as_a_zip_that_is_the_same_each_time(engineer, repository):
    list(import_folder(repository, actor=acting(engineer)))
    client = browser(engineer)
    url = "/api/v1/models/digit-reader/versions/1/triton.zip"

    first, second = (b"".join(client.get(url).streaming_content) for _ in range(2))

    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["digit-reader.v1/config.pbtxt", "digit-reader.v1/1/model.onnx"]
        assert (
            archive.read("digit-reader.v1/1/model.onnx")
            == (repository / "Digit Reader/3/model.onnx").read_bytes()
        )
    assert (
        'href="/api/v1/models/digit-reader/versions/1/triton.zip"'
        in client.get("/models/digit-reader/v1/files/").content.decode()
    )


def test_a_draft_is_not_exported(engineer, repository):
    list(import_folder(repository, actor=acting(engineer)))

    assert browser(engineer).get("/api/v1/models/broken/versions/1/triton.zip").status_code == 409
    assert browser(engineer).get("/api/v1/models/digit-reader/versions/9/triton.zip").status_code == 404
