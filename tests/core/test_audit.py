"""The trail: append-only in the database, chained, and broken visibly."""

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from core.audit import breaks, record
from core.models import AuditEvent
from core.roles import Role
from tests.factories import a_user, acting

pytestmark = pytest.mark.django_db


def two_events() -> list[AuditEvent]:
    user = a_user(Role.ENGINEER)
    with transaction.atomic():
        events = [
            record(acting(user), "thing.change", user, before={"n": n}, after={"n": n + 1}) for n in (1, 2)
        ]
    with connection.cursor() as cursor:
        # Foreign keys are checked at commit; statements on the whole table want that done first.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return events


def run_without_the_trigger(statement: str, pk: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_auditevent DISABLE TRIGGER core_audit_append_only")
        cursor.execute(statement, [pk])
        cursor.execute("ALTER TABLE core_auditevent ENABLE TRIGGER core_audit_append_only")


def test_each_event_follows_the_one_before_it():
    first, second = two_events()

    assert second.previous_hash == first.hash
    assert list(breaks()) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_auditevent SET verb = 'x'",
        "DELETE FROM core_auditevent",
        "TRUNCATE core_auditevent CASCADE",
    ],
)
def test_the_database_refuses_to_change_the_trail(statement):
    two_events()

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert AuditEvent.objects.filter(verb="thing.change").count() == 2


def test_a_changed_event_is_named_by_verify_audit():
    first, _second = two_events()
    run_without_the_trigger("UPDATE core_auditevent SET reason = 'nothing to see' WHERE id = %s", first.pk)

    with pytest.raises(CommandError, match=f"broken at event {first.pk}: its content was changed"):
        call_command("verify_audit")


def test_a_removed_event_is_noticed():
    first, second = two_events()
    run_without_the_trigger("DELETE FROM core_auditevent WHERE id = %s", first.pk)

    assert [(found.event_id, found.why) for found in breaks()] == [
        (second.pk, "does not follow the event before it")
    ]


def test_verify_audit_says_how_much_is_whole(capsys):
    two_events()

    call_command("verify_audit")

    assert f"audit trail whole: {AuditEvent.objects.count()} events" in capsys.readouterr().out
