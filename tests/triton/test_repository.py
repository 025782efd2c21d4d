"""A model appears in the repository whole or not at all."""

import hashlib
import os
import time

import pytest

from core.errors import Invalid, Upstream
from serving.triton import repository

CONFIG = 'name: "digits.v1"\nbackend: "onnxruntime"\n'


@pytest.fixture
def root(tmp_path):
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


def a_file(tmp_path, content=b"weights", path="1/model.onnx"):
    source = tmp_path / hashlib.sha256(content).hexdigest()
    source.write_bytes(content)
    return path, source, source.name


def names(root):
    return sorted(path.name for path in root.iterdir())


def test_a_staged_model_is_whole_and_leaves_nothing_else(root, tmp_path):
    assert repository.stage(root, "digits.v1", config_text=CONFIG, files=[a_file(tmp_path)]) is True

    assert names(root) == ["digits.v1"]
    assert (root / "digits.v1" / "config.pbtxt").read_text() == CONFIG
    assert (root / "digits.v1" / "1" / "model.onnx").read_bytes() == b"weights"


def test_staging_the_same_again_changes_nothing(root, tmp_path):
    file = a_file(tmp_path)
    repository.stage(root, "digits.v1", config_text=CONFIG, files=[file])
    before = (root / "digits.v1").stat().st_ino

    assert repository.stage(root, "digits.v1", config_text=CONFIG, files=[file]) is False

    assert (root / "digits.v1").stat().st_ino == before


def test_another_config_replaces_the_folder(root, tmp_path):
    repository.stage(root, "digits.v1", config_text=CONFIG, files=[a_file(tmp_path)])

    assert repository.stage(root, "digits.v1", config_text=CONFIG + "# x\n", files=[a_file(tmp_path)]) is True

    assert names(root) == ["digits.v1"]
    assert (root / "digits.v1" / "config.pbtxt").read_text() == CONFIG + "# x\n"


@pytest.mark.parametrize(("harm", "code"), [("changed", "artifact-changed"), ("gone", "artifact-missing")])
def test_bytes_that_are_not_those_registered_never_reach_the_server(root, tmp_path, harm, code):
    path, source, digest = a_file(tmp_path)
    if harm == "changed":
        source.write_bytes(b"swapped")
    else:
        source.unlink()

    with pytest.raises(Invalid) as refused:
        repository.stage(root, "digits.v1", config_text=CONFIG, files=[(path, source, digest)])

    assert refused.value.code == code
    assert names(root) == []


@pytest.mark.parametrize("config", [CONFIG, 'backend: "python"\n'])
def test_a_missing_file_is_refused_before_the_server_can_wedge_on_it(root, config):
    with pytest.raises(Invalid) as refused:
        repository.stage(root, "digits.v1", config_text=config, files=[])

    assert refused.value.code == "missing-file"
    assert names(root) == []


def test_a_damaged_folder_is_written_again(root, tmp_path):
    file = a_file(tmp_path)
    repository.stage(root, "digits.v1", config_text=CONFIG, files=[file])
    (root / "digits.v1" / "1" / "model.onnx").write_bytes(b"cut")

    assert repository.stage(root, "digits.v1", config_text=CONFIG, files=[file]) is True

    assert (root / "digits.v1" / "1" / "model.onnx").read_bytes() == b"weights"


def test_a_whole_folder_needs_its_sources_no_more(root, tmp_path):
    file = a_file(tmp_path)
    repository.stage(root, "digits.v1", config_text=CONFIG, files=[file])
    file[1].unlink()

    assert repository.stage(root, "digits.v1", config_text=CONFIG, files=[file]) is False


@pytest.mark.parametrize("path", ["../evil", "1/../../evil", "/etc/evil", "1//x", "1/__pycache__/x.pyc"])
def test_a_path_that_leads_outside_is_refused(root, tmp_path, path):
    with pytest.raises(Invalid) as refused:
        repository.stage(
            root, "digits.v1", config_text=CONFIG, files=[a_file(tmp_path), a_file(tmp_path, path=path)]
        )

    assert refused.value.code == "bad-path"
    assert names(root) == []


def test_files_are_new_however_old_their_source_is(root, tmp_path):
    path, source, digest = a_file(tmp_path)
    os.utime(source, (0, 0))

    repository.stage(root, "digits.v1", config_text=CONFIG, files=[(path, source, digest)])

    assert time.time() - (root / "digits.v1" / "1" / "model.onnx").stat().st_mtime < 60


def test_a_disk_that_refuses_may_be_tried_again(root, tmp_path):
    repository.workshop(root).rmdir()
    (tmp_path / ".models.staging").write_text("in the way")

    with pytest.raises(Upstream) as failed:
        repository.stage(root, "digits.v1", config_text=CONFIG, files=[a_file(tmp_path)])

    assert (failed.value.code, failed.value.retryable) == ("repository", True)


def test_removing_is_harmless_when_there_is_nothing(root, tmp_path):
    repository.stage(root, "digits.v1", config_text=CONFIG, files=[a_file(tmp_path)])

    repository.remove(root, "digits.v1")
    repository.remove(root, "digits.v1")

    assert names(root) == []


def test_only_old_leftovers_of_dead_workers_are_swept(root):
    shop = repository.workshop(root)
    for name, age_s in (("staging-old", 7200), ("trash-old", 7200), ("staging-new", 0)):
        (shop / name).mkdir()
        os.utime(shop / name, (time.time() - age_s,) * 2)

    assert repository.sweep_leftovers(root) == 2
    assert names(shop) == ["staging-new"]
