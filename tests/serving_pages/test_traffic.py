"""Traffic, from the page of a deployed version: roll back, route, stop."""

import pytest
from django.utils import timezone

from core.models import AuditEvent
from models_registry.lifecycle import Stage
from serving.models import Observed, Route
from tests.factories import a_deployment, a_model, a_version
from tests.serving_pages.reading import POLL, answer, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def served(db):
    """digits: v2 answers, v1 did before and is ready still."""
    model = a_model(name="digits")
    first, second = a_version(Stage.DEPLOYED, model=model), a_version(Stage.DEPLOYED, model=model)
    before, now = a_deployment(first), a_deployment(second)
    Route.objects.create(
        model=model,
        server=now.server,
        version=second,
        previous=first,
        observed=second,
        observed_generation=1,
        wished_at=timezone.now(),
    )
    return before, now


def page_of(browser, deployment):
    return browser.get(f"/deployments/D-{deployment.pk}/")


def test_a_version_that_answers_says_under_which_name(engineer, served):
    _before, now = served

    page = page_of(engineer, now)

    assert answer(page) == f"digits v2 is loaded on {now.server} and answers as digits."
    assert "Traffic digits Wished digits v2 Seen digits v2 State Ready" in words(page)


def test_a_version_below_deployed_has_no_traffic(engineer):
    assert "Traffic" not in words(page_of(engineer, a_deployment(a_version(Stage.TESTING))))


def test_an_operator_rolls_back(operator, served):
    before, now = served
    assert "Roll back to v1" in words(page_of(operator, now))

    done = operator.post(
        "/routes/digits/point/", {"number": "1", "deployment": now.pk, "reason": "Too many errors."}
    )

    assert done.url == f"/deployments/D-{before.pk}/"
    route = Route.objects.get()
    assert (route.version, route.previous, route.generation) == (before.version, now.version, 2)
    event = AuditEvent.objects.get()
    assert (event.verb, event.reason) == ("route.point", "Too many errors.")


def test_the_way_back_is_offered_on_the_other_version(operator, served):
    before, _now = served

    page = words(page_of(operator, before))

    assert "Route traffic to v1" in page
    assert "Callers of digits get v1 instead of v2 as soon as Triton has changed over." in page


def test_a_change_on_its_way_is_followed(operator, served):
    before, now = served
    operator.post("/routes/digits/point/", {"number": "1", "deployment": now.pk, "reason": "x"})

    poll = operator.get(f"/deployments/D-{before.pk}/", headers=POLL)

    assert "every 1s" in poll.content.decode()
    assert "Wished digits v1 Seen digits v2 State Waiting" in words(poll)


def test_without_a_reason_nothing_moves_and_the_field_says_so(operator, served):
    _before, now = served

    refused = operator.post("/routes/digits/point/", {"number": "1", "deployment": now.pk, "reason": " "})

    assert refused.status_code == 422
    assert "Give a reason. It is kept in the history." in words(refused)
    assert 'aria-invalid="true"' in refused.content.decode()
    assert Route.objects.get().version == now.version
    assert AuditEvent.objects.exists() is False


def test_a_version_that_is_not_ready_takes_no_traffic(operator, served):
    before, now = served
    before.observed = Observed.ABSENT
    before.save()

    page = words(page_of(operator, now))
    refused = operator.post("/routes/digits/point/", {"number": "1", "deployment": now.pk, "reason": "Back."})

    assert "Roll back to v1: No server has digits v1 ready. Load it first." in page
    assert refused.status_code == 409
    assert "Back." in words(refused)
    assert Route.objects.get().version == now.version


def test_an_operator_stops_the_traffic(operator, served):
    _before, now = served

    done = operator.post("/routes/digits/stop/", {"deployment": now.pk, "reason": "Incident."})

    assert done.url == f"/deployments/D-{now.pk}/"
    assert Route.objects.get().version is None
    assert AuditEvent.objects.get().verb == "route.stop"


def test_stopping_twice_is_told_and_nothing_typed_is_lost(operator, served):
    _before, now = served
    operator.post("/routes/digits/stop/", {"deployment": now.pk, "reason": "Incident."})

    refused = operator.post("/routes/digits/stop/", {"deployment": now.pk, "reason": "Incident, again."})

    assert refused.status_code == 409
    assert "digits has no traffic to stop." in words(refused)
    assert "Incident, again." in words(refused)


@pytest.mark.parametrize("path", ["/routes/digits/point/", "/routes/digits/stop/"])
def test_an_engineer_sees_why_not_and_is_refused(engineer, served, path):
    _before, now = served

    page = page_of(engineer, now)
    refused = engineer.post(path, {"number": "1", "deployment": now.pk, "reason": "x"})

    assert "Roll back to v1, Stop traffic: This needs one of the roles: Operator." in words(page)
    assert path not in page.content.decode()
    assert refused.status_code == 403
    assert Route.objects.get().version == now.version


@pytest.mark.parametrize("number", ["", "x", "9", "9" * 40])
def test_a_number_that_is_no_version_is_not_found(operator, served, number):
    refused = operator.post("/routes/digits/point/", {"number": number, "reason": "x"})

    assert refused.status_code == 404


def test_the_deployment_of_another_model_is_not_believed(operator, served):
    other = a_deployment()

    refused = operator.post("/routes/digits/stop/", {"deployment": other.pk, "reason": ""})

    assert refused.status_code == 422
    assert "digits v2" in words(refused)
