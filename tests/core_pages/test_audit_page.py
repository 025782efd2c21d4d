"""The audit log as a page: filters, as of a time, pages by the edge, proof and export."""

import json
import re
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.audit import record
from core.models import AuditEvent
from core.roles import Role
from core.trail.checkpoints import checkpoint
from tests.core.test_conch_verify import verified
from tests.core.trails import chain_now, some_events, unprotected
from tests.factories import a_user, acting
from tests.serving_pages.reading import answer, words

pytestmark = pytest.mark.django_db
LOG = "/settings/audit/"


@pytest.fixture
def operator(db):
    client = Client()
    client.force_login(a_user(Role.OPERATOR, username="otto"))
    return client


@pytest.fixture
def engineer(db):
    client = Client()
    client.force_login(a_user(Role.ENGINEER, username="erin"))
    return client


def spaced_events(count: int) -> list[AuditEvent]:
    """Events an hour apart."""
    events = some_events(count)
    with unprotected():
        for number, event in enumerate(events):
            at = event.at - timedelta(hours=count - number)
            AuditEvent.objects.filter(pk=event.pk).update(at=at)
    return list(AuditEvent.objects.order_by("pk"))


def shown(client: Client, path: str) -> list[int]:
    text = client.get(path).content.decode()
    return [int(pk) for pk in re.findall(r'<li id="event-(\d+)"', text)]


def test_the_log_is_read_page_by_page_from_edge_to_edge_and_back(operator):
    ids = [event.pk for event in some_events(120)][::-1]

    def link(text: str, rel: str) -> str:
        found = re.search(rf'rel="{rel}" href="([^"]+)"', text)
        return LOG + found[1].replace("&amp;", "&") if found else ""

    first = operator.get(LOG).content.decode()
    second = operator.get(link(first, "next")).content.decode()
    third = operator.get(link(second, "next")).content.decode()

    assert shown(operator, LOG) == ids[:50]
    assert shown(operator, link(first, "next")) == ids[50:100]
    assert shown(operator, link(second, "next")) == ids[100:]
    assert link(third, "next") == ""
    assert link(first, "prev") == ""
    assert shown(operator, link(third, "prev")) == ids[50:100]
    back = operator.get(link(third, "prev")).content.decode()
    assert shown(operator, link(back, "prev")) == ids[:50]


def test_filters_go_along_to_the_next_page(operator):
    some_events(51, model_name="digits")

    text = operator.get(f"{LOG}?model=digits").content.decode()

    assert re.search(r'rel="next" href="\?model=digits&amp;before=\d+"', text)


def test_each_filter_selects(operator):
    (first,) = some_events(1, model_name="digits")
    (second,) = some_events(1, model_name="boats")

    assert shown(operator, f"{LOG}?actor={first.actor_name}") == [first.pk]
    assert shown(operator, f"{LOG}?model=boats") == [second.pk]
    assert shown(operator, f"{LOG}?verb=thing.change") == [second.pk, first.pk]
    assert shown(operator, f"{LOG}?door=api") == [second.pk, first.pk]
    assert shown(operator, f"{LOG}?door=page") == []
    assert shown(operator, f"{LOG}?actor={first.actor_name}&model=boats") == []


def test_the_log_as_of_a_time_ends_there(operator):
    events = spaced_events(4)
    at = (events[2].at - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")

    assert shown(operator, f"{LOG}?until={at}") == [events[1].pk, events[0].pk]
    assert shown(operator, f"{LOG}?since={at}") == [events[3].pk, events[2].pk]
    assert shown(operator, f"{LOG}?since={at}&until={at}") == []


def test_a_time_that_is_none_is_said_beside_the_field(operator):
    page = operator.get(f"{LOG}?since=yesterday")

    assert page.status_code == 422
    assert "“yesterday” is not a time. Write it like 2026-11-01 or 2026-11-01T10:00Z." in words(page)
    assert 'aria-invalid="true" aria-describedby="filter-error"' in page.content.decode()


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31", "٢٠٢٦-٠١-٠١"])
def test_a_time_outside_of_what_can_be_is_refused(operator, text):
    some_events(1)

    for field in ("since", "until"):
        assert operator.get(LOG, {field: text}).status_code == 422


@pytest.mark.parametrize("query", ["before=x", "before=-1", "after=99999999999999999999", "before=٣"])
def test_an_edge_that_is_none_is_the_start(operator, query):
    (event,) = some_events(1)

    assert shown(operator, f"{LOG}?{query}") == [event.pk]


def test_the_log_takes_the_same_queries_for_one_event_and_many(operator):
    some_events(1)
    with CaptureQueriesContext(connection) as few:
        operator.get(LOG)
    some_events(60)
    checkpoint()
    with CaptureQueriesContext(connection) as many:
        operator.get(LOG)

    assert len(many) == len(few)
    assert len(few) <= 6


def test_who_acted_for_whom_is_shown(operator):
    delegate, absent = a_user(Role.REVIEWER, username="dee"), a_user(Role.REVIEWER, username="abe")
    actor = acting(delegate)
    with transaction.atomic():
        record(type(actor)(user=delegate, door=actor.door, delegated_for=absent), "thing.change", delegate)

    assert "dee for abe, api" in words(operator.get(LOG))


def test_verify_now_says_what_it_found_and_is_recorded(operator):
    some_events(3)
    checkpoint()

    page = operator.post(f"{LOG}verify/")

    event = AuditEvent.objects.get(verb="audit.verify")
    assert answer(page) == "3 events are unchanged, in their place, and as they were signed."
    assert "1 here and 1 elsewhere, over 3 events" in words(page)
    assert AuditEvent.objects.get(position=3).hash in words(page)
    assert (event.door, event.after["events"], event.after["problems"]) == ("page", 3, [])


def test_verify_now_names_the_event_that_does_not_fit(operator):
    events = some_events(3)
    with unprotected():
        AuditEvent.objects.filter(pk=events[1].pk).update(reason="never happened")

    page = operator.post(f"{LOG}verify/")

    assert answer(page).startswith("The trail is not what it was.")
    assert f"the audit trail is broken at event {events[1].pk}: its content was changed" in words(page)
    assert len(AuditEvent.objects.get(verb="audit.verify").after["problems"]) == 1


def test_the_export_button_takes_the_filters_along(operator, tmp_path):
    some_events(2, model_name="digits")
    some_events(1, model_name="boats")

    page = operator.get(f"{LOG}?model=digits").content.decode()
    assert '<input type="hidden" name="model" value="digits">' in page
    answered = operator.post(f"{LOG}export/", {"model": "digits", "kind": "json"})
    path = tmp_path / "audit.json"
    path.write_bytes(b"".join(answered))

    assert json.loads(path.read_text())["count"] == 2
    assert verified(path)[0] == 0
    table = operator.post(f"{LOG}export/", {"model": "digits", "kind": "csv"})
    assert len(b"".join(table).decode().strip().splitlines()) == 3
    assert table["Content-Type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize("path", [f"{LOG}verify/", f"{LOG}export/"])
def test_proof_and_export_are_for_those_who_may_read_all(engineer, path):
    some_events(1)

    assert engineer.post(path).status_code == 403
    assert engineer.get(path).status_code == 405
    assert AuditEvent.objects.filter(verb__startswith="audit.").exists() is False
    assert "Verify now" not in words(engineer.get(LOG))
    chain_now()
