"""Environments are made once, kept while their requirements stand, and never made smaller."""

import json
import subprocess
import sys

import pytest

from local import bootstrap, interpreters
from local.errors import CannotStart


@pytest.fixture
def installed(monkeypatch) -> list[list[str]]:
    """What would have been installed; the packages themselves play no part here."""
    seen: list[list[str]] = []
    monkeypatch.setattr(
        bootstrap.installer,
        "install",
        lambda python, files, envs, uv: seen.append([file.name for file in files]),
    )
    return seen


def test_an_environment_is_made_once(tmp_path, installed):
    for _ in range(2):
        bootstrap.ensure(bootstrap.web(tmp_path, "base"), tmp_path)

    assert installed == [["base.txt"]]
    asked = [tmp_path / "web" / "bin" / "python", "-c", "import sys; print(sys.prefix != sys.base_prefix)"]
    assert subprocess.run(asked, capture_output=True, text=True, check=True).stdout == "True\n"


def test_a_higher_level_is_kept_when_a_lower_one_is_asked_for(tmp_path, installed):
    for level in ("base", "dev", "base", "demo"):
        bootstrap.ensure(bootstrap.web(tmp_path, level), tmp_path)

    assert installed == [["base.txt"], ["dev.txt"]]
    assert json.loads((tmp_path / "web" / "conch.json").read_text())["level"] == "dev"


def test_changed_requirements_are_installed_again(tmp_path, installed, monkeypatch):
    copy = tmp_path / "requirements"
    copy.mkdir()
    (copy / "base.txt").write_text("one==1\n")
    monkeypatch.setattr(bootstrap, "REQUIREMENTS", copy)
    bootstrap.ensure(bootstrap.web(tmp_path, "base"), tmp_path)

    (copy / "base.txt").write_text("one==2\n")
    bootstrap.ensure(bootstrap.web(tmp_path, "base"), tmp_path)

    assert installed == [["base.txt"], ["base.txt"]]


def test_an_installation_that_was_cut_short_is_done_again(tmp_path, monkeypatch):
    def fail(*_: object) -> None:
        raise CannotStart("The packages could not be installed; the reason stands above.")

    monkeypatch.setattr(bootstrap.installer, "install", fail)
    with pytest.raises(CannotStart):
        bootstrap.ensure(bootstrap.web(tmp_path, "base"), tmp_path)

    assert not (tmp_path / "web" / "conch.json").exists()


def test_without_a_fitting_python_the_message_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(interpreters, "for_triton", list)

    with pytest.raises(CannotStart) as refused:
        bootstrap.triton(tmp_path)

    assert str(refused.value) == (
        "The embedded Triton needs Python 3.12 or 3.11; install one, "
        "or set CONCH_TRITON_URL to a Triton that runs elsewhere."
    )


def test_a_python_describes_itself_and_a_program_that_is_none_is_passed_over(tmp_path):
    found = interpreters.describe(sys.executable)

    assert found is not None
    assert found.minor == f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert (found.site_packages / "django").is_dir()
    assert interpreters.describe(tmp_path / "python") is None
    assert interpreters.describe("/bin/false") is None


@pytest.mark.parametrize(
    ("asked", "driver", "level"),
    [
        ("none", True, "triton"),
        ("auto", False, "triton"),
        ("auto", True, "triton-cuda"),
        ("cuda", False, "triton-cuda"),
    ],
)
def test_a_gpu_s_libraries_come_on_demand(tmp_path, monkeypatch, asked, driver, level):
    device = tmp_path / "nvidiactl"
    if driver:
        device.touch()
    monkeypatch.setattr(bootstrap, "NVIDIA_DRIVER", device)

    assert bootstrap._level([asked]) == level


def test_a_gpu_s_libraries_are_kept_when_triton_starts_without_asking_for_them(tmp_path, installed):
    for level in ("triton-cuda", "triton"):
        bootstrap.ensure(bootstrap.triton(tmp_path, level), tmp_path)

    assert installed == [["triton-cuda.txt", "triton-server.txt"]]


def test_backends_that_were_added_stay_and_are_part_of_what_the_environment_is(
    tmp_path, installed, monkeypatch
):
    added: list[str] = []
    monkeypatch.setattr(bootstrap.installer, "add", lambda python, file, envs: added.append(file.name))

    bootstrap.ensure(bootstrap.triton(tmp_path), tmp_path)
    for _ in range(2):
        bootstrap.ensure(bootstrap.triton(tmp_path, extras=["pytorch"]), tmp_path)
    bootstrap.ensure(bootstrap.triton(tmp_path), tmp_path)

    assert installed == [["triton.txt", "triton-server.txt"]] * 2
    assert added == ["triton-pytorch.in"]


def test_an_unknown_backend_is_named_and_nothing_is_made(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CONCH_ENVS", str(tmp_path / "envs"))

    with pytest.raises(SystemExit):
        bootstrap.main(["triton", "--with", "cuda, caffe"])

    assert "there is no backend caffe; there are none, auto, cuda, pytorch" in capsys.readouterr().err
    assert not (tmp_path / "envs").exists()
