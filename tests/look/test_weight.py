"""What every page carries: its weight, its third-party files, and what the content policy rests on."""

import gzip
import hashlib
import re

import pytest
from django.conf import settings

ROOT = settings.ROOT
STATIC = ROOT / "static"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((STATIC / "js").glob("*.js"))
MEASURED = re.compile(r"^(width|flex):\{\{ ?[\w.]+\|width ?\}\}%?$")
VENDORED = re.compile(r"^\| `(?P<path>[^`]+)` \|.*\| `(?P<sha256>[0-9a-f]{64})` \|$", re.MULTILINE)


def gzipped_kb(*names: str) -> float:
    return sum(len(gzip.compress((STATIC / name).read_bytes(), 6)) for name in names) / 1000


def test_styles_stay_within_their_budget():
    assert gzipped_kb("css/app.css") < 12


def test_scripts_of_every_page_stay_within_their_budget():
    own = [f"js/{path.name}" for path in SCRIPTS if not path.name.startswith(("figure", "upload"))]
    vendored = [
        str(path.relative_to(STATIC))
        for folder in ("htmx", "idiomorph")
        for path in (STATIC / "vendor" / folder).glob("*.js")
    ]

    assert gzipped_kb(*own, *vendored) < 30


def test_charts_and_fonts_stay_within_their_budgets():
    assert gzipped_kb("vendor/plotly/plotly-cartesian-4.1.1.min.js") < 500
    assert sum(path.stat().st_size for path in (STATIC / "vendor").rglob("*.woff2")) < 90_000


def test_third_party_files_are_the_listed_ones():
    listed = {
        match["path"]: match["sha256"]
        for match in VENDORED.finditer((STATIC / "vendor" / "VENDORED.md").read_text())
    }
    present = {
        str(path.relative_to(STATIC / "vendor")): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (STATIC / "vendor").rglob("*")
        if path.suffix in (".js", ".woff2")
    }

    assert present == listed
    assert all((STATIC / "vendor" / path.split("/")[0] / "LICENSE.txt").is_file() for path in present)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_templates_hold_no_inline_code_and_style_only_what_is_measured(path):
    source = path.read_text()

    assert re.findall(r"\son\w+=|hx-on|javascript:|\bjs:", source) == []
    assert re.findall(r"<style", source) == []
    assert [style for style in re.findall(r'style="([^"]*)"', source) if not MEASURED.match(style)] == []
    assert re.findall(r"https?://(?!www\.w3\.org)", source) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_evaluate_nothing(path):
    assert re.findall(r"\beval\(|new Function|https?://", path.read_text()) == []


def test_every_icon_that_is_named_is_in_the_sprite():
    known = set(re.findall(r'id="i-([\w-]+)"', (ROOT / "templates/parts/sprite.html").read_text()))
    named = {name for path in TEMPLATES for name in re.findall(r'{% icon "([\w-]+)"', path.read_text())}
    named |= {name for path in TEMPLATES for name in re.findall(r'icon="([\w-]+)"', path.read_text())}

    assert named - known == set()
