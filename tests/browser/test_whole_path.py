"""The whole path in a real browser: register, ask, review, watch, try, benchmark, retire."""

import re

import pytest
from playwright.sync_api import Page, expect

from core.models import AuditEvent
from models_registry.models import ModelVersion, PromotionRequest
from serving.models import Deployment, Route
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def running(worker, emptied):
    """A worker and an empty Triton."""


def stage() -> str:
    return ModelVersion.objects.get(number=1).stage


def register(page: Page, file) -> None:
    page.goto("/models/register/")
    page.fill("input[name=name]", "digits")
    page.get_by_role("button", name=re.compile("Register|Go on|Next|Upload")).last.click()
    page.wait_for_url(re.compile(r"/models/digits/"))
    if "/v1/" not in page.url:
        page.locator("main form").get_by_role("button").last.click()
        page.wait_for_url(re.compile(r"/v1/register/"))
    page.set_input_files("input[type=file]", file)
    page.locator("form[data-upload] button.pri").click()
    expect(page.locator("#id_config_text")).to_have_value(re.compile("max_batch_size: 64"), timeout=30_000)


def promote(page: Page, *, to: str) -> None:
    page.goto("/models/digits/v1/promote/")
    page.get_by_label(to, exact=True).check()
    page.fill("textarea[name=reason]", "Accuracy 0.97 on held-out digits.")
    page.get_by_role("button", name="Request promotion").click()
    page.wait_for_url(re.compile(r"/reviews/R-\d+/"))


def approve(page: Page) -> None:
    asked = PromotionRequest.objects.get(state="open")
    page.goto(f"/reviews/R-{asked.pk}/")
    page.get_by_label("Approve").first.check()
    page.fill("textarea[name=comment]", "Signature and answers are right.")
    page.locator("form:has(textarea[name=comment]) button.pri").click()
    until(lambda: PromotionRequest.objects.get(pk=asked.pk).state == "approved", what="the approval")


def test_a_model_from_its_file_to_its_end(sign_in, engineer, reviewer, operator, digits):
    page = sign_in(engineer)
    register(page, digits / "digits-small.onnx")
    expect(page.locator("main")).to_contain_text("probabilities")

    page.fill("#id_config_text", 'backend: "onnxruntime"\nmax_batch: 8\n')
    expect(page.locator("#config-problems")).to_contain_text("max_batch")
    page.fill("#id_config_text", ModelVersion.objects.get().config_text.replace("64\n", "32\n", 1))
    expect(page.locator("#config-problems")).to_contain_text("Fits Triton")
    page.get_by_role("button", name="Register version 1").click()
    until(lambda: stage() == "registered", what="the registration")
    assert "max_batch_size: 32" in ModelVersion.objects.get().config_text

    promote(page, to="Testing")
    expect(page.locator("textarea[name=comment]")).to_have_count(0)
    judge = sign_in(reviewer)
    approve(judge)

    deployment = until(Deployment.objects.first, what="the deployment")
    page.goto(f"/deployments/D-{deployment.pk}/")
    expect(page.locator("main")).to_contain_text("2 recorded answers matched", timeout=30_000)

    page.goto(f"/playground/?version={deployment.version_id}")
    page.get_by_role("button", name="Infer").click()
    expect(page.locator("main")).to_contain_text("label", timeout=15_000)
    expect(page.locator("main")).to_contain_text("ms")

    page.goto(f"/benchmarks/new/?version={deployment.version_id}")
    page.fill("input[name=levels]", "1, 2")
    page.fill("input[name=seconds]", "1")
    page.get_by_role("button", name="Run the benchmark").click()
    page.wait_for_url(re.compile(r"/benchmarks/B-\d+/"))
    expect(page.locator(".chart .main-svg").first).to_be_visible(timeout=60_000)
    expect(page.locator("main")).to_contain_text("req/s")

    promote(page, to="Deployed")
    approve(judge)
    until(lambda: Route.objects.filter(observed__number=1).exists(), what="the route")
    page.goto("/models/digits/v1/retire/")
    page.fill("textarea[name=reason]", "Too soon.")
    page.locator("form:has(textarea[name=reason]) button").last.click()
    expect(page.locator("main")).to_contain_text("still being served")
    assert stage() == "deployed"

    other = sign_in(operator)
    other.goto(f"/deployments/D-{deployment.pk}/")
    other.get_by_role("button", name="Stop traffic").first.click()
    other.fill("dialog[open] textarea[name=reason]", "Ending it.")
    other.locator("dialog[open] form button").last.click()
    until(lambda: Route.objects.filter(observed=None).exists(), what="the end of traffic")
    page.goto("/models/digits/v1/retire/")
    page.fill("textarea[name=reason]", "Superseded.")
    page.locator("form:has(textarea[name=reason]) button").last.click()
    until(lambda: stage() == "retired", what="the retirement")
    until(lambda: Deployment.objects.get().observed == "absent", what="the unload")
    assert AuditEvent.objects.get(verb="version.retire").door == "page"


def test_a_wrong_file_is_told_in_the_page(sign_in, engineer, tmp_path):
    page = sign_in(engineer)
    page.goto("/models/register/")
    page.fill("input[name=name]", "digits")
    page.get_by_role("button", name=re.compile("Register|Go on|Next|Upload")).last.click()
    page.wait_for_url(re.compile(r"/models/digits/"))
    if "/v1/" not in page.url:
        page.locator("main form").get_by_role("button").last.click()
        page.wait_for_url(re.compile(r"/v1/register/"))
    picture = tmp_path / "picture.onnx"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 4000)

    page.set_input_files("input[type=file]", picture)
    page.locator("form[data-upload] button.pri").click()

    expect(page.locator("main")).to_contain_text("This file can't be registered", timeout=30_000)
    assert ModelVersion.objects.get().stage == "draft"
