"""The whole path in a real browser: register, ask, review, watch, try, benchmark, retire."""

import re

import pytest
from playwright.sync_api import expect

from models_registry.models import ModelVersion
from serving.models import Deployment
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def running(worker, emptied):
    """A worker and an empty Triton."""


def test_a_model_from_its_file_to_its_end(sign_in, engineer, reviewer, operator, digits):
    page = sign_in(engineer)
    page.goto("/models/register/")
    page.fill("input[name=name]", "digits")
    page.locator("main form").get_by_role("button").last.click()
    page.wait_for_url(re.compile(r"/models/digits/v1/register/"))

    page.set_input_files("input[type=file]", digits / "digits-small.onnx")
    page.locator("form[data-upload] button.pri").click()
    expect(page.locator("main")).to_contain_text("max_batch_size: 64", timeout=30_000)
    expect(page.locator("main")).to_contain_text("FP32")
    page.get_by_role(
        "button", name=re.compile("Register version|Register v1|Register digits v1|^Register")
    ).last.click()
    until(lambda: ModelVersion.objects.get().stage == "registered", what="the registration")
