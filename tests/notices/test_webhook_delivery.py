"""Posts to a real receiver: signed as MLflow signs, tried until taken, once per event, harmless to others."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from celery import current_app
from django.utils import timezone

from core.models import AuditEvent, Delivery, DeliveryState, NoticeEvent, User, Webhook
from core.notices import fanout
from core.roles import Role
from core.webhooks import delivering, services
from core.webhooks.wanted import Wanted
from tests.factories import a_model, a_user, a_version, acting
from tests.notices.receiver import Receiver
from tests.notices.telling import happened, told
from tests.waiting import until
from tests.workers import Worker

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "a secret of the receiver"


@pytest.fixture(autouse=True)
def listening(settings):
    settings.NOTICES = replace(settings.NOTICES, webhooks_allow=("127.0.0.0/8",), timeout_s=1.0, claim_s=20.0)


@pytest.fixture
def receiver():
    started = Receiver()
    yield started
    started.stop()


def a_webhook(receiver, *events, **given):
    wanted = Wanted(name="pipeline", url=receiver.url, events=events or ["version.tag_set"], **given)
    made, _secret = services.create_webhook(actor=acting(a_user(Role.ADMIN)), wanted=wanted, secret=SECRET)
    return made


def tagged(name="digits") -> NoticeEvent:
    version = a_version(model=a_model(name=name))
    return told(happened("version.tag", version, after={"team": "vision"}))


def go(delivery=None) -> Delivery:
    row = delivery or Delivery.objects.get()
    Delivery.objects.filter(pk=row.pk, state=DeliveryState.WAITING).update(due_at=timezone.now())
    Webhook.objects.update(hold_until=None)
    delivering.deliver(delivery_id=str(row.pk))
    row.refresh_from_db()
    return row


def test_mlflows_event_is_posted_with_its_headers_its_signature_and_its_data(receiver):
    a_webhook(receiver, "model_version_tag.set")
    event = tagged()

    row = go()

    (got,) = receiver.got
    assert got.path == "/hook?token=hidden"
    assert json.loads(got.body) == {
        "entity": "model_version_tag",
        "action": "set",
        "timestamp": event.audit.at.isoformat(),
        "data": {"name": "digits", "version": "1", "key": "team", "value": "vision"},
    }
    signed = f"{row.pk}.{got.headers['X-MLflow-Timestamp']}.{got.body}".encode()
    expected = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    assert got.headers["X-MLflow-Signature"] == f"v1,{expected}"
    assert got.headers["X-MLflow-Delivery-Id"] == str(row.pk)
    assert got.headers["X-Conch-Event-Id"] == str(event.pk)
    assert abs(int(got.headers["X-MLflow-Timestamp"]) - timezone.now().timestamp()) < 10
    assert (row.state, row.status_code, row.answer, row.tries) == (DeliveryState.DELIVERED, 200, "thanks", 1)


def test_an_event_of_conch_says_who_did_what_and_where(receiver, settings):
    settings.NOTICES = replace(settings.NOTICES, public_url="https://conch.example")
    a_webhook(receiver, "version.stage_moved")
    version = a_version(model=a_model(name="digits"))
    by = a_user(Role.OPERATOR, username="oscar")
    moved = {"before": {"stage": "registered"}, "after": {"stage": "testing"}}
    event = told(happened("version.test", version, by=by, reason="Good.", **moved))

    go()

    assert json.loads(receiver.got[0].body) == {
        "entity": "version",
        "action": "stage_moved",
        "timestamp": event.audit.at.isoformat(),
        "data": {
            "model": "digits",
            "actor": "oscar",
            "text": "digits v1 moved from Registered to Testing, by oscar.",
            "url": "https://conch.example/models/digits/v1/",
            "version": 1,
            "before": {"stage": "registered"},
            "after": {"stage": "testing"},
            "reason": "Good.",
        },
        "event_id": str(event.pk),
    }


def test_what_was_taken_is_not_posted_again_and_an_event_is_queued_once(receiver):
    a_webhook(receiver)
    event = tagged()
    go()

    go()
    NoticeEvent.objects.update(due_at=timezone.now())
    fanout.fan_out(event_id=str(event.pk))

    assert len(receiver.got) == 1
    assert Delivery.objects.count() == 1


def test_events_that_were_not_asked_for_and_webhooks_that_are_off_get_nothing(receiver):
    a_webhook(receiver, "alias.set")
    a_webhook(receiver, "version.tag_set", active=False)

    tagged()

    assert Delivery.objects.count() == 0


@pytest.mark.parametrize("status", [302, 404, 500])
def test_what_is_not_taken_is_tried_again_with_the_same_id(receiver, status):
    a_webhook(receiver)
    tagged()
    receiver.status, receiver.headers = status, {"Location": receiver.url}

    row = go()

    assert (row.state, row.tries, row.status_code) == (DeliveryState.WAITING, 1, status)
    assert f"It answered {status}" in row.last_error
    assert timedelta(seconds=7) < row.due_at - timezone.now() <= timedelta(seconds=12)
    assert len(receiver.got) == 1, "a redirect was followed"
    receiver.status = 204
    row = go()
    assert (row.state, row.tries, row.last_error) == (DeliveryState.DELIVERED, 2, "")
    assert {got.headers["X-MLflow-Delivery-Id"] for got in receiver.got} == {str(row.pk)}
    assert receiver.got[0].body == receiver.got[1].body


def test_what_is_not_taken_for_a_day_is_given_up_and_can_be_replayed(receiver):
    webhook = a_webhook(receiver)
    tagged()
    receiver.status = 500
    Delivery.objects.update(created_at=timezone.now() - timedelta(hours=24))
    row = go()
    assert (row.state, row.due_at) == (DeliveryState.FAILED, None)
    receiver.status = 200

    admin = acting(a_user(Role.ADMIN))
    again = services.replay(actor=admin, webhook_id=str(webhook.pk), delivery_id=str(row.pk))
    delivering.deliver(delivery_id=str(again.pk))

    again.refresh_from_db()
    assert again.state == DeliveryState.DELIVERED
    first, second = receiver.got
    assert first.body == second.body
    assert first.headers["X-Conch-Event-Id"] == second.headers["X-Conch-Event-Id"]
    assert first.headers["X-MLflow-Delivery-Id"] != second.headers["X-MLflow-Delivery-Id"]
    assert AuditEvent.objects.get(verb="webhook.replay").after["replay_of"] == str(row.pk)


def test_an_answer_that_never_ends_is_cut_and_a_large_one_is_not_kept(receiver):
    a_webhook(receiver)
    tagged()
    receiver.drip_s = 0.1

    row = go()

    assert row.last_error == "No whole answer within 1 s."
    assert 900 <= row.took_ms < 3000
    receiver.drip_s, receiver.answer = 0.0, b"x" * 1_000_000
    row = go()
    assert (row.state, len(row.answer)) == (DeliveryState.DELIVERED, 2000)


def test_a_failing_webhook_holds_its_other_posts_and_no_others(receiver):
    failing, other = a_webhook(receiver), Receiver()
    try:
        a_webhook(other)
        tagged("a")
        tagged("b")
        receiver.status = 500
        rows = Delivery.objects.order_by("created_at")
        first, second = rows.filter(webhook=failing)
        go(first)
        assert not delivering.free().filter(pk=second.pk).exists()
        assert delivering.free().count() == 2
        receiver.status = 200
        go(second)
        failing.refresh_from_db()
        assert (failing.failures, failing.hold_until) == (0, None)
    finally:
        other.stop()


def test_after_too_many_failures_it_is_switched_off_and_admins_hear_of_it(receiver, settings):
    settings.NOTICES = replace(settings.NOTICES, disable_after=2)
    webhook = a_webhook(receiver)
    tagged()
    receiver.status = 500

    go()
    webhook.refresh_from_db()
    assert (webhook.active, webhook.failures) == (True, 1)
    go()

    webhook.refresh_from_db()
    assert (webhook.active, webhook.failures) == (False, 2)
    off = AuditEvent.objects.get(verb="webhook.switch_off")
    assert (off.actor_name, off.reason) == ("conch", "It answered 500.")
    told(off.notice_event)
    admins = User.objects.filter(role_names__contains=["admin"])
    assert {notice.user for notice in off.notice_event.notices.all()} == set(admins)
    assert delivering.free().count() == 0
    on = acting(webhook.created_by)
    services.edit_webhook(actor=on, webhook_id=str(webhook.pk), wanted=Wanted(active=True))
    receiver.status = 200
    assert go().state == DeliveryState.DELIVERED


def test_a_secret_that_cannot_be_read_any_more_posts_nothing(receiver, settings):
    a_webhook(receiver)
    tagged()
    old = settings.SECRET_KEY
    settings.SECRET_KEY = "another key of fifty letters, long enough to be taken"

    row = go()

    assert "give it a new one" in row.last_error
    assert receiver.got == []
    settings.SECRET_KEY_FALLBACKS = [old]
    assert go().state == DeliveryState.DELIVERED


def test_what_ended_long_ago_is_forgotten_and_what_waits_is_not(receiver):
    a_webhook(receiver)
    tagged("a")
    go()
    tagged("b")
    Delivery.objects.update(created_at=timezone.now() - timedelta(days=91))

    assert delivering.forget() == 1

    assert Delivery.objects.get().state == DeliveryState.WAITING


def test_a_worker_killed_while_posting_posts_later(servers, receiver, monkeypatch, settings):
    monkeypatch.setenv("CONCH_WEBHOOKS_ALLOW", "127.0.0.0/8")
    monkeypatch.setenv("CONCH_NOTICES_TIMEOUT_S", "1")
    monkeypatch.setenv("CONCH_NOTICES_CLAIM_S", "2")
    monkeypatch.setenv("CONCH_SECRET_KEY", settings.SECRET_KEY)
    current_app.control.purge()
    a_webhook(receiver)
    receiver.drip_s = 0.5
    worker = Worker(servers)
    worker.start()
    try:
        happened("version.tag", a_version(), after={"team": "vision"})
        until(lambda: receiver.got, what="the first post")
        worker.kill()
        receiver.drip_s = 0.0
        worker.start()
        until(lambda: Delivery.objects.filter(state=DeliveryState.DELIVERED).exists(), what="the delivery")
    finally:
        worker.stop()
    assert len({got.headers["X-MLflow-Delivery-Id"] for got in receiver.got}) == 1
    assert len(receiver.got) >= 2
