"""Search in a real browser: it answers as one types, keeps the list over a half typed query, and fits a phone."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from models_registry import services
from models_registry.lifecycle import Stage
from tests.factories import a_model, a_version, acting

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shelf(engineer):
    for name in ("fraud", "ranker"):
        model = a_model(name=name, owner=engineer, tags={"env": "prod"}, task="classification")
        a_version(Stage.TESTING, model=model)
    services.save_search(
        actor=acting(engineer), name="In testing", target="versions", query="stage = 'testing'"
    )


def test_it_answers_as_one_types(sign_in, engineer, shelf):
    page = sign_in(engineer)
    page.goto("/models/")
    box, listed = page.get_by_label("Search", exact=True), page.locator("#models a.med")

    box.press_sequentially("name = ")
    expect(page.locator("#said .err")).to_contain_text("At character 8")
    expect(listed).to_have_count(2)

    box.press_sequentially("fraud")
    expect(listed).to_have_text(["fraud"])
    expect(page.locator("#said .err")).to_have_count(0)
    expect(page.locator("#said a.tag")).to_have_count(1)
    assert "q=name+%3D+fraud" in page.url.replace("%20", "+")

    page.locator("#said a.tag").click()
    expect(listed).to_have_count(2)
    page.go_back()
    expect(listed).to_have_text(["fraud"])

    page.get_by_text("Save this search").click()
    page.get_by_label("Name", exact=True).fill("Just fraud")
    page.get_by_role("button", name="Save search").click()
    expect(page.get_by_role("navigation", name="Saved searches").get_by_text("Just fraud")).to_be_visible()
    expect(listed).to_have_text(["fraud"])


@pytest.mark.parametrize("width", [1280, 390])
def test_the_lists_fit_the_window(sign_in, engineer, shelf, width):
    page = sign_in(engineer)
    page.set_viewport_size({"width": width, "height": 900})
    for path in (
        "/models/?narrow=1&q=tags.env+%3D+'prod'+AND+stage+%3D+testing",
        "/versions/?q=stage+%3D",
        "/zh-hant/versions/",
    ):
        page.goto(path)
        page.evaluate("document.querySelectorAll('details.data').forEach((one) => { one.open = true; })")
        if os.environ.get("SHOTS"):
            page.screenshot(
                path=Path(os.environ["SHOTS"])
                / f"{path.split('?')[0].strip('/').replace('/', '-')}-{width}.png",
                full_page=True,
            )
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
