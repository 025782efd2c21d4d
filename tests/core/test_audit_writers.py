"""Many writers at once: one straight chain, and nobody waits for somebody's work."""

import threading
import time
from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction

from core.audit import breaks, record
from core.models import AuditEvent, User
from core.roles import Role
from tests.factories import a_user, acting

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works: Callable[[], None]) -> None:
    failed: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert failed == []


def write(user: User, verb: str = "thing.change") -> None:
    with transaction.atomic():
        record(acting(user), verb, user, after={"by": user.username})


@transaction.atomic
def rename(user: User) -> None:
    User.objects.filter(pk=user.pk).update(username="changed")
    record(acting(user), "thing.none", user)


def test_parallel_writers_make_one_straight_chain():
    users = [a_user(Role.ENGINEER) for _ in range(4)]

    def many(user: User) -> Callable[[], None]:
        return lambda: [write(user) for _ in range(10)][0]

    at_once(*(many(user) for user in users))

    positions = AuditEvent.objects.order_by("position").values_list("position", flat=True)
    assert list(positions) == list(range(1, 41))
    assert list(breaks()) == []


def test_a_transaction_that_takes_long_after_its_event_holds_nobody_up():
    slow, quick = a_user(Role.ENGINEER), a_user(Role.ENGINEER)
    recorded, done = threading.Event(), threading.Event()

    def dawdle() -> None:
        with transaction.atomic():
            record(acting(slow), "thing.slow", slow)
            recorded.set()
            assert done.wait(timeout=20)

    def hurry() -> None:
        assert recorded.wait(timeout=20)
        write(quick, "thing.quick")
        done.set()

    at_once(dawdle, hurry)

    order = AuditEvent.objects.order_by("position").values_list("verb", flat=True)
    assert list(order) == ["thing.quick", "thing.slow"]
    assert list(breaks()) == []


def test_rows_locked_after_the_event_cannot_deadlock_with_the_chain():
    """One records and then wants a row; the other holds that row and then records."""
    user, row = a_user(Role.ENGINEER), a_user(Role.ENGINEER)
    recorded, held = threading.Event(), threading.Event()

    def record_then_lock() -> None:
        with transaction.atomic():
            record(acting(None), "thing.first", user)
            recorded.set()
            assert held.wait(timeout=20)
            User.objects.select_for_update().get(pk=row.pk)

    def lock_then_record() -> None:
        assert recorded.wait(timeout=20)
        with transaction.atomic():
            User.objects.select_for_update().get(pk=row.pk)
            held.set()
            time.sleep(0.2)
            record(acting(None), "thing.second", user)

    at_once(record_then_lock, lock_then_record)

    assert AuditEvent.objects.count() == 2
    assert list(breaks()) == []


def test_an_event_of_a_transaction_that_fails_leaves_no_gap():
    user = a_user(Role.ENGINEER)
    write(user)
    with transaction.atomic():
        record(acting(user), "thing.change", user)
        transaction.set_rollback(True)
    write(user)

    assert list(AuditEvent.objects.order_by("position").values_list("position", flat=True)) == [1, 2]
    assert list(breaks()) == []


def test_a_change_whose_event_the_database_refuses_does_not_happen():
    user = a_user(Role.ENGINEER)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_auditevent ADD CONSTRAINT none CHECK (verb <> 'thing.none')")
    try:
        with pytest.raises(IntegrityError, match="none"):
            rename(user)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE core_auditevent DROP CONSTRAINT none")

    assert User.objects.get(pk=user.pk).username == user.username
    assert AuditEvent.objects.exists() is False


def test_an_event_outside_a_transaction_is_refused():
    user = a_user(Role.ENGINEER)

    with pytest.raises(RuntimeError, match="in the transaction of the change"):
        record(acting(user), "thing.change", user)
