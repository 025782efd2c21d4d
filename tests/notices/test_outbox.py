"""A write leaves one row behind, and that row becomes one notice for each person it concerns."""

import pytest
from django.db import transaction

from core.audit import record
from core.models import Notice, NoticeEvent
from core.notices import fanout
from core.roles import Role
from models_registry.services.promotions import request_promotion, review_promotion
from tests.factories import a_model, a_user, a_version, acting

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_request_waits_for_each_reviewer_who_may_decide_and_nobody_else():
    ada, rose, ruth = a_user(Role.ENGINEER, Role.REVIEWER), a_user(Role.REVIEWER), a_user(Role.REVIEWER)
    a_user(Role.OPERATOR)
    version = a_version(created_by=ada, model=a_model(owner=ada))

    request_promotion(actor=acting(ada), version_id=version.pk, verb="test", reason="Better.")
    event = NoticeEvent.objects.get(kind="promotion.requested")
    fanout.fan_out(event_id=str(event.pk))

    assert set(Notice.objects.values_list("user", flat=True)) == {rose.pk, ruth.pk}


def test_a_decision_reaches_requester_and_owner_but_not_who_decided():
    owner, ada, rose = a_user(Role.ENGINEER), a_user(Role.ENGINEER), a_user(Role.REVIEWER)
    version = a_version(created_by=ada, model=a_model(owner=owner))
    promotion = request_promotion(actor=acting(ada), version_id=version.pk, verb="test", reason="Better.")

    review_promotion(actor=acting(rose), promotion_id=promotion.pk, verdict="changes", comment="Add a card.")
    event = NoticeEvent.objects.get(kind="promotion.changes_requested")
    fanout.fan_out(event_id=str(event.pk))

    assert set(event.notices.values_list("user", flat=True)) == {ada.pk, owner.pk}


def test_fanning_out_twice_tells_nobody_twice():
    owner = a_user(Role.ENGINEER)
    version = a_version(model=a_model(owner=owner))
    with transaction.atomic():
        record(acting(a_user(Role.ADMIN)), "version.register", version, model_name=version.model.name)
    event = NoticeEvent.objects.get()

    fanout.fan_out(event_id=str(event.pk))
    NoticeEvent.objects.update(due_at=event.created_at)
    fanout.fan_out(event_id=str(event.pk))

    assert list(event.notices.values_list("user", flat=True)) == [owner.pk]
    event.refresh_from_db()
    assert (event.due_at, event.claim, event.tries) == (None, None, 2)


def test_a_write_that_is_undone_leaves_no_event():
    version = a_version()
    with transaction.atomic():
        record(acting(a_user(Role.ADMIN)), "version.register", version, model_name=version.model.name)
        transaction.set_rollback(True)

    assert NoticeEvent.objects.count() == 0


def test_a_write_that_interests_nobody_leaves_no_event():
    version = a_version()
    with transaction.atomic():
        record(acting(a_user(Role.ADMIN)), "version.notes", version, model_name=version.model.name)

    assert NoticeEvent.objects.count() == 0


def test_an_event_that_cannot_be_told_does_not_hold_up_the_others(monkeypatch):
    from core.notices import kinds

    version = a_version()
    broken = kinds.Kind(name="test.broken", verbs=frozenset({"test.broken"}), label="", words=str,
                        receivers=lambda event: 1 / 0)  # fmt: skip
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    monkeypatch.setattr(kinds, "_by_verb", {verb: list(found) for verb, found in kinds._by_verb.items()})
    kinds.register(broken)
    with transaction.atomic():
        record(acting(a_user(Role.ADMIN)), "test.broken", version, model_name=version.model.name)
        record(acting(a_user(Role.ADMIN)), "version.register", version, model_name=version.model.name)

    fanout.sweep()

    first, second = NoticeEvent.objects.order_by("created_at")
    assert first.last_error == "division by zero"
    assert first.due_at is not None
    assert (second.due_at, second.notices.count()) == (None, 1)
