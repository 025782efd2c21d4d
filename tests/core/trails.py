"""Events for tests of the trail, and ways around what protects it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from core.audit import record
from core.models import AuditEvent
from core.roles import Role
from tests.factories import a_user, acting


def some_events(count: int = 2, **given: Any) -> list[AuditEvent]:
    """Chained events, each of a transaction that is as good as committed."""
    user = a_user(Role.ENGINEER)
    with transaction.atomic():
        made = [
            record(acting(user), "thing.change", user, before={"n": n}, after={"n": n + 1}, **given)
            for n in range(1, count + 1)
        ]
        chain_now()
    return list(AuditEvent.objects.filter(pk__in=[event.pk for event in made]).order_by("position"))


def chain_now() -> None:
    """What the end of a transaction does; a test's own never ends."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def unprotected(table: str = "core_auditevent") -> Iterator[None]:
    """As whoever owns the database may: without its triggers."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        chain_now()
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
