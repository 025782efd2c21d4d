"""What only a browser shows: polls that leave typing alone and end, and errors that arrive in their place."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from models_registry.lifecycle import Stage
from serving.models import Deployment, DeploymentStep, Observed, StepState
from tests.factories import a_deployment, a_version

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ABSENT = {"observed": Observed.ABSENT, "observed_generation": 0, "ready_at": None, "smoke_ms": None}


def settle(deployment):
    Deployment.objects.filter(pk=deployment.pk).update(
        observed=Observed.READY,
        observed_generation=1,
        claim=None,
        claimed_until=None,
        ready_at=timezone.now(),
    )


def test_steps_appear_by_themselves_and_polling_ends(sign_in, engineer):
    claim = uuid.uuid4()
    deployment = a_deployment(claim=claim, claimed_until=timezone.now() + timedelta(minutes=5), **ABSENT)
    page = sign_in(engineer)
    page.goto(f"/deployments/D-{deployment.pk}/")
    steps, status = page.locator("#deployment-steps"), page.locator("#deployment-status")
    expect(status).to_have_text("Loading")

    DeploymentStep.objects.create(
        deployment=deployment,
        claim=claim,
        name="verify",
        state=StepState.DONE,
        started_at=timezone.now(),
        duration_ms=7.0,
    )
    expect(steps).to_contain_text("7.00 ms")
    settle(deployment)

    expect(status).to_have_text("Ready")
    expect(steps).not_to_have_attribute("hx-trigger", "every 1s")
    expect(page.locator("#deployment-acts")).to_contain_text("Try it")
    expect(page).to_have_title(f"{deployment}: {deployment.version} · Conch")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2500)
    assert asked == []


def test_a_poll_leaves_a_half_typed_reason_alone(sign_in, operator):
    deployment = a_deployment(due_at=timezone.now(), **ABSENT)
    page = sign_in(operator)
    page.goto(f"/deployments/D-{deployment.pk}/")
    page.get_by_role("button", name="Unload").click()
    page.fill("#unload-reason", "Half a sent")
    page.focus("#unload button[type=submit]")

    with page.expect_response(lambda answer: "buttons=" in answer.url):
        pass
    page.wait_for_timeout(300)

    assert page.input_value("#unload-reason") == "Half a sent"
    expect(page.locator("#unload")).to_be_visible()


def test_an_upstream_error_stands_where_the_answer_would(sign_in, engineer):
    version = a_version(Stage.TESTING, golden=[])
    a_deployment(version)
    page = sign_in(engineer)
    page.goto(f"/playground/?version={version.pk}")
    text = ", ".join(["0.5"] * 64)
    page.fill("#input-0", text)

    page.get_by_role("button", name="Infer").last.click()

    expect(page.locator("#desk")).to_contain_text("Triton cannot be reached")
    expect(page.locator("#answer-title")).to_be_focused()
    expect(page.locator(".request-error")).to_have_count(0)
    assert page.input_value("#input-0") == text
