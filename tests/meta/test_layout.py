"""Rules of the house that no linter knows."""

import platform
import re
import subprocess
from pathlib import Path

import pytest
from celery import current_app
from django.core.management import get_commands

from config.env import ROOT

SOURCES = ("platform", "models_registry", "serving", "experiments")


def python_files() -> list[Path]:
    tracked = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / line for line in tracked.stdout.splitlines() if (ROOT / line).exists()]


def test_the_standard_library_still_has_its_platform():
    assert platform.system() == "Linux"
    assert not (ROOT / "platform" / "__init__.py").exists()


def test_every_nudge_names_a_registered_task():
    current_app.loader.import_default_modules()
    nudged = set()
    for path in python_files():
        nudged |= set(re.findall(r'(?:after_commit|nudge)\(\s*"([a-z_.]+)"', path.read_text()))

    assert nudged
    assert nudged <= set(current_app.tasks)


def test_no_file_is_longer_than_400_lines():
    long = {
        str(path.relative_to(ROOT)): count
        for path in python_files()
        if (count := len(path.read_text().splitlines())) > 400 and "migrations" not in path.parts
    }

    assert long == {}


def test_no_room_is_called_utils():
    names = {path.name for path in python_files()}

    assert not names & {"utils.py", "helpers.py", "common.py", "misc.py"}


@pytest.mark.parametrize(
    "command",
    [
        name
        for name, app in get_commands().items()
        if app in {"core", "serving", "experiments", "models_registry"}
    ],
)
def test_every_command_is_named_in_the_operations_guide(command):
    assert f"manage.py {command}" in (ROOT / "docs" / "operations.md").read_text()


def test_every_setting_from_the_environment_is_in_the_operations_guide():
    guide = (ROOT / "docs" / "operations.md").read_text()
    used = set()
    for path in python_files():
        if path.parts[len(ROOT.parts)] in SOURCES:
            used |= set(re.findall(r'"(CONCH_[A-Z_]+)"', path.read_text()))

    assert sorted(name for name in used if name not in guide) == []
