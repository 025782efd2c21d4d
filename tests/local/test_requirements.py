"""Every package is pinned with its hashes, and no package index is named."""

import re
from pathlib import Path

import pytest

from local.layout import ROOT

LOCKED = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.mark.parametrize("path", LOCKED, ids=lambda path: path.name)
def test_each_requirement_is_pinned_and_hashed(path: Path):
    entries = path.read_text().replace("\\\n", " ").splitlines()

    assert entries
    for entry in entries:
        assert re.match(r"[a-z0-9-]+==\S+( ; .+?)?\s+--hash=sha256:[0-9a-f]{64}", entry), entry


@pytest.mark.parametrize("path", LOCKED, ids=lambda path: path.name)
def test_no_index_is_named(path: Path):
    assert not re.search(r"https?:|file:|--(extra-)?index|--find-links|trusted-host", path.read_text())


def test_the_levels_of_the_web_environment_hold_each_other():
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^\S+==\S+", (ROOT / "requirements" / name).read_text(), re.M))

    # Markers apart: what base needs on one platform alone, dev may need on all.
    assert pins("base.txt") < pins("demo.txt") < pins("dev.txt")
