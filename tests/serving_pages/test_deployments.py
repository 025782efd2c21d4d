"""Deployments: the list, one followed live, and what operators may wish."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.models import AuditEvent
from core.roles import Role
from models_registry.lifecycle import Stage
from serving.models import Deployment, DeploymentStep, Observed, Route, ServerState, StepState, TritonServer
from tests.factories import a_deployment, a_model, a_server, a_version
from tests.serving_pages.reading import POLL, answer, attribute, words

pytestmark = pytest.mark.django_db
LIST = "/deployments/"
ABSENT = {"observed": Observed.ABSENT, "observed_generation": 0, "ready_at": None, "smoke_ms": None}


def url(deployment, verb=""):
    return f"/deployments/D-{deployment.pk}/{verb}"


def claimed(**given):
    """A deployment that a living worker holds."""
    until = timezone.now() + timedelta(minutes=1)
    return a_deployment(claim=uuid.uuid4(), claimed_until=until, due_at=timezone.now(), **ABSENT | given)


def a_step(deployment, name, state=StepState.DONE, *, claim=None, detail="", duration_ms=12.0):
    return DeploymentStep.objects.create(
        deployment=deployment,
        claim=claim or deployment.claim,
        name=name,
        state=state,
        detail=detail,
        started_at=timezone.now(),
        duration_ms=None if state == StepState.RUNNING else duration_ms,
    )


def test_an_empty_list_says_what_begins_a_deployment(engineer):
    page = engineer.get(LIST)

    assert answer(page) == "A deployment begins when a promotion to testing is approved."
    assert "No deployments yet" in words(page)


def test_the_list_answers_how_many_are_ready_and_fail(engineer):
    ready = a_deployment()
    a_deployment(last_error="bad config", retryable=False, **ABSENT)
    a_deployment(wanted=False, **ABSENT | {"observed_generation": 1})

    page = engineer.get(LIST)

    assert answer(page) == "1 of 2 wanted versions are ready. 1 fails."
    assert f"D-{ready.pk} {ready.version} Ready Loaded Testing {ready.server} 2.00 ms" in words(page)
    assert attribute(page, id="deployments", name="hx-trigger") is None


def test_the_list_is_asked_again_while_something_moves(engineer):
    a_deployment(due_at=timezone.now(), **ABSENT)

    assert attribute(engineer.get(LIST), id="deployments", name="hx-trigger") == "every 5s"


def test_the_list_is_filtered_by_name_and_kind(engineer):
    digits = a_deployment(a_version(Stage.TESTING, model=a_model(name="digits")))
    failing = a_deployment(last_error="bad", **ABSENT)

    by_name = words(engineer.get(f"{LIST}?q=IGI", headers=POLL))
    by_kind = words(engineer.get(f"{LIST}?show=failing", headers=POLL))
    by_both = words(engineer.get(f"{LIST}?show=failing&q=digits", headers=POLL))

    assert (str(digits) in by_name, str(failing) in by_name) == (True, False)
    assert (str(digits) in by_kind, str(failing) in by_kind) == (False, True)
    assert "No deployment matches" in by_both


def test_the_list_takes_as_many_queries_for_twenty_as_for_one(engineer, django_assert_num_queries):
    a_deployment()
    engineer.get(LIST)
    with CaptureQueriesContext(connection) as one:
        engineer.get(LIST)
    for _index in range(19):
        a_deployment(server=a_server())

    with django_assert_num_queries(len(one.captured_queries)):
        engineer.get(LIST)


def test_a_ready_deployment_is_asked_for_less_often(engineer):
    deployment = a_deployment()

    page = engineer.get(url(deployment))

    assert answer(page) == (
        f"{deployment.version} is loaded on {deployment.server} and answers under its own name."
    )
    assert attribute(page, id="deployment-steps", name="hx-trigger") == "every 5s"


def test_steps_appear_as_they_happen_and_the_rest_is_announced(engineer):
    deployment = claimed()
    a_step(deployment, "verify", duration_ms=3.0)
    a_step(deployment, "stage", StepState.RUNNING)

    poll = engineer.get(url(deployment), headers=POLL)

    assert attribute(poll, id="deployment-steps", name="hx-trigger") == "every 1s"
    assert "Check that files and configuration are the approved ones 3.00 ms" in words(poll)
    assert "Put the files into the model repository Running" in words(poll)
    assert (
        "Load the model Ask Triton whether it is ready Compare its answers with the recorded ones"
        in words(poll)
    )
    assert f"<title>Loading · {deployment}: {deployment.version} · Conch</title>" in poll.content.decode()


def test_an_unclaimed_wish_shows_the_steps_to_come(engineer):
    deployment = a_deployment(due_at=timezone.now(), **ABSENT)

    page = engineer.get(url(deployment))

    assert answer(page) == f"{deployment.version} is about to be loaded on {deployment.server}."
    assert "Steps Followed live Check that files" in words(page)


def test_attempts_are_apart_newest_first(engineer):
    deployment = claimed()
    first = uuid.uuid4()
    a_step(deployment, "verify", claim=first)
    a_step(deployment, "stage", StepState.FAILED, claim=first, detail="Disk full.")
    a_step(deployment, "verify", StepState.RUNNING)

    page = engineer.get(url(deployment)).content.decode()

    assert page.index("Running") < page.index(f'id="attempt-{first}"') < page.index("Disk full.")


def test_many_attempts_are_counted_not_shown(engineer):
    deployment = a_deployment(last_error="away", due_at=timezone.now() + timedelta(seconds=20), **ABSENT)
    for _index in range(8):
        a_step(deployment, "verify", claim=uuid.uuid4())

    page = words(engineer.get(url(deployment)))

    assert page.count("Attempt of") == 5
    assert "3 earlier attempts aren't shown." in page


def test_a_failure_shows_its_cause_and_what_helps(engineer):
    deployment = a_deployment(
        last_error="unsupported opset 99",
        last_hint="Export it with a lower opset.",
        error_code="opset",
        retryable=False,
        **ABSENT,
    )
    a_step(deployment, "load", StepState.FAILED, claim=uuid.uuid4(), detail="unsupported opset 99")

    page = words(engineer.get(url(deployment)))

    assert "could not be loaded" in page
    assert (
        "The last attempt failed unsupported opset 99 Export it with a lower opset. "
        "Error opset. Conch doesn't try this again by itself." in page
    )


def test_a_retry_says_when(engineer):
    deployment = a_deployment(last_error="away", due_at=timezone.now() + timedelta(seconds=110), **ABSENT)

    page = engineer.get(url(deployment))

    assert answer(page).endswith("Conch tries again in 1 min.")
    assert "Next attempt: in 1 min" in words(page)


def test_an_unreachable_server_is_a_banner(engineer):
    server = a_server(
        name="triton-1", state=ServerState.UNREACHABLE, seen_at=timezone.now() - timedelta(minutes=5)
    )

    deployment = a_deployment(server=server)

    page = engineer.get(url(deployment))

    assert "triton-1 can't be reached. Its last answer was 5 min ago" in words(page)
    assert "Not known" in words(page)
    assert answer(page) == f"{deployment.version} was loaded on triton-1 when it last answered, 5 min ago."
    assert "Try it" not in words(page)


def test_a_page_left_open_sees_its_server_go(engineer):
    deployment = a_deployment()
    TritonServer.objects.update(state=ServerState.UNREACHABLE, seen_at=timezone.now())

    assert "Not known" in words(engineer.get(url(deployment), headers=POLL))


def test_others_see_why_they_may_not(engineer):
    page = engineer.get(url(a_deployment()))

    assert "Unload: This needs one of the roles: Operator." in words(page)
    assert "/unload/" not in page.content.decode()


def test_an_operator_unloads_with_a_reason(operator):
    deployment = a_deployment()

    done = operator.post(url(deployment, "unload/"), {"reason": "Nobody calls it."})

    assert done.url == url(deployment)
    deployment.refresh_from_db()
    assert (deployment.wanted, deployment.generation) == (False, 2)
    event = AuditEvent.objects.get()
    assert (event.verb, event.reason, event.door) == ("deployment.unload", "Nobody calls it.", "page")


def test_an_operator_loads_again(operator):
    deployment = a_deployment(wanted=False, **ABSENT | {"observed_generation": 1})

    operator.post(url(deployment, "load/"), {"reason": "Needed."})

    deployment.refresh_from_db()
    assert (deployment.wanted, deployment.generation) == (True, 2)


def test_a_forged_wish_of_an_engineer_is_refused(engineer):
    deployment = a_deployment()

    refused = engineer.post(url(deployment, "unload/"), {"reason": "I want to."})

    assert refused.status_code == 403
    assert "This needs one of the roles: Operator." in words(refused)
    assert "I want to." in words(refused)
    deployment.refresh_from_db()
    assert deployment.wanted is True
    assert AuditEvent.objects.exists() is False


def test_a_version_that_serves_is_not_unloaded_and_nothing_typed_is_lost(operator):
    version = a_version(Stage.DEPLOYED)
    deployment = a_deployment(version)
    Route.objects.create(
        model=version.model,
        server=deployment.server,
        version=version,
        observed=version,
        wished_at=timezone.now(),
    )

    page = words(operator.get(url(deployment)))
    refused = operator.post(url(deployment, "unload/"), {"reason": "Save memory."})

    assert f"Unload: It answers as {version.model.name}. Route the traffic" in page
    assert refused.status_code == 409
    assert f"{version} serves traffic as {version.model.name}." in words(refused)
    assert "Save memory." in words(refused)
    deployment.refresh_from_db()
    assert deployment.wanted is True


def test_an_operator_tries_again_at_once(operator):
    deployment = a_deployment(
        last_error="bad", retryable=False, generation=2, **ABSENT | {"observed_generation": 1}
    )

    assert "Try again now" in words(operator.get(url(deployment)))
    operator.post(url(deployment, "retry/"))

    deployment.refresh_from_db()
    assert (deployment.generation, deployment.last_error, deployment.due_at is not None) == (3, "", True)


def test_a_busy_deployment_is_not_tried_twice(operator):
    deployment = claimed()

    refused = operator.post(url(deployment, "retry/"))

    assert refused.status_code == 409
    assert f"{deployment} is being worked on now." in words(refused)


def test_a_retired_version_cannot_be_loaded(operator):
    deployment = a_deployment(a_version(Stage.RETIRED), wanted=False, **ABSENT | {"observed_generation": 1})

    page = words(operator.get(url(deployment)))
    refused = operator.post(url(deployment, "load/"), {"reason": "again"})

    assert "Load: " in page
    assert "only versions in testing or beyond are served" in page
    assert refused.status_code == 409


def test_a_poll_leaves_buttons_alone_until_they_change(operator):
    deployment = a_deployment(due_at=timezone.now(), **ABSENT)
    page = operator.get(url(deployment))
    asked_again = attribute(page, id="deployment-steps", name="hx-get")

    same = operator.get(asked_again, headers=POLL)
    Deployment.objects.update(last_error="bad", retryable=False)
    changed = operator.get(asked_again, headers=POLL)

    assert "deployment-acts" not in same.content.decode()
    assert "Try again now" in words(changed)


@pytest.mark.parametrize("verb", ["load/", "unload/", "retry/"])
def test_wishes_are_posted(operator, verb):
    assert operator.get(url(a_deployment(), verb)).status_code == 405


def test_an_unknown_deployment_is_not_found(operator):
    assert operator.get("/deployments/D-999/").status_code == 404
    assert operator.post("/deployments/D-999/unload/", {"reason": "x"}).status_code == 404


def test_the_page_takes_the_same_queries_for_many_steps(signed_in, django_assert_num_queries):
    browser = signed_in(Role.OPERATOR)
    deployment = claimed()
    a_step(deployment, "verify")
    browser.get(url(deployment))
    with CaptureQueriesContext(connection) as one:
        browser.get(url(deployment))
    for _index in range(19):
        a_step(deployment, "verify", claim=uuid.uuid4())

    with django_assert_num_queries(len(one.captured_queries)):
        browser.get(url(deployment))
