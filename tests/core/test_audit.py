"""The trail: append-only in the database, chained, and broken visibly."""

import math

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from core.audit import GENESIS, breaks, record
from core.models import AuditEvent
from core.roles import Role
from tests.core.trails import chain_now, some_events, unprotected
from tests.factories import a_user, acting

pytestmark = pytest.mark.django_db


def test_each_event_follows_the_one_before_it():
    first, second = some_events(2)

    assert (first.position, first.previous_hash) == (1, GENESIS)
    assert (second.position, second.previous_hash) == (2, first.hash)
    assert list(breaks()) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_auditevent SET verb = 'x'",
        "UPDATE core_auditevent SET position = position + 10",
        "UPDATE core_auditevent SET reason = '', redacted = true",
        "DELETE FROM core_auditevent",
        "TRUNCATE core_auditevent CASCADE",
    ],
)
def test_the_database_refuses_to_change_the_trail(statement):
    some_events(2)

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert AuditEvent.objects.filter(verb="thing.change").count() == 2
    assert list(breaks()) == []


@pytest.mark.parametrize("field", ["reason", "actor_name", "delegated_for", "address", "request_id", "auth"])
def test_a_changed_event_is_named_by_verify_audit(field):
    first, _second = some_events(2)
    with unprotected():
        AuditEvent.objects.filter(pk=first.pk).update(**{field: "nothing to see"})

    with pytest.raises(CommandError, match=f"broken at event {first.pk}: its content was changed"):
        call_command("verify_audit")


def test_a_removed_event_is_noticed():
    first, second = some_events(2)
    with unprotected():
        AuditEvent.objects.filter(pk=first.pk).delete()

    assert [(found.event_id, found.why) for found in breaks()] == [
        (second.pk, "does not follow the event before it")
    ]


def test_an_event_slipped_in_beside_the_chain_is_noticed():
    first, _second = some_events(2)
    with unprotected():
        stray = AuditEvent.objects.get(pk=first.pk)
        stray.pk, stray.position, stray.hash = None, None, None
        stray.save(force_insert=True)

    assert [(found.event_id, found.why) for found in breaks()] == [(stray.pk, "was never chained")]


def test_verify_audit_says_how_much_is_whole(capsys):
    some_events(2)

    call_command("verify_audit")

    assert f"audit trail whole: {AuditEvent.objects.count()} events" in capsys.readouterr().out


AWKWARD = {
    "large": 1e20,
    "larger": 1.5e300,
    "small": 5e-324,
    "whole": 1.0,
    "minus nothing": -0.0,
    "a third": 1 / 3,
    "no number": math.nan,
    "endless": math.inf,
    "integer": 2**70,
    "text": "蚌 \x00 \ud800 ’",
    "key\x00": [None, True, {"b": 1, "a": 2}],
}


def test_what_the_database_writes_differently_still_verifies():
    user = a_user(Role.ENGINEER)
    with transaction.atomic():
        event = record(acting(user), "thing.change", user, after=AWKWARD, reason="a\x00b")
        chain_now()

    stored = AuditEvent.objects.get(pk=event.pk)
    assert stored.after["text"] == "蚌 \ufffd \ufffd ’"
    assert stored.after["large"] == 10**20
    assert stored.after["no number"] == "NaN"
    assert stored.reason == "a\ufffdb"
    assert list(breaks()) == []
