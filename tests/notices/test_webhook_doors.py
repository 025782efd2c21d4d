"""Webhooks over REST and on pages: the same services, for administrators only, secrets shown once."""

import json
import re
from dataclasses import replace

import pytest
from django.test import Client

from core.models import AuditEvent, Delivery, DeliveryState, Webhook
from core.roles import Role
from core.webhooks import delivering, services, signing
from core.webhooks.wanted import Wanted
from tests.factories import a_user, acting
from tests.notices.receiver import Receiver
from tests.registry_pages.counting import queries
from tests.serving_pages.reading import words

pytestmark = pytest.mark.django_db(transaction=True)
BODY = {
    "name": "pipeline",
    "url": "https://10.1.2.3/hook?key=hidden",
    "events": ["alias.set", "model_version.created"],
}


@pytest.fixture(autouse=True)
def listening(settings):
    allowed = ("127.0.0.0/8", "10.1.0.0/16")
    settings.NOTICES = replace(settings.NOTICES, webhooks_allow=allowed, timeout_s=1.0, claim_s=20.0)


@pytest.fixture
def admin():
    return a_user(Role.ADMIN, username="arun")


@pytest.fixture
def browser(admin):
    client = Client()
    client.force_login(admin)
    return client


def a_webhook(admin, **given):
    wanted = Wanted(**{"name": "pipeline", "url": "https://10.1.2.3/", "events": ["alias.set"]} | given)
    return services.create_webhook(actor=acting(admin), wanted=wanted)[0]


def post(client, path, body=None):
    return client.post(path, body or {}, content_type="application/json")


def test_the_api_makes_one_and_shows_its_secret_once(browser):
    made = post(browser, "/api/v1/webhooks/", BODY)

    assert made.status_code == 201, made.content
    secret = made.json()["secret"]
    webhook = Webhook.objects.get()
    assert re.fullmatch(r"whsec_[\w-]{43}", secret)
    assert signing.unseal(webhook.sealed_secret) == secret
    path = f"/api/v1/webhooks/{webhook.pk}/"
    answers = [browser.get("/api/v1/webhooks/"), browser.get(path), browser.get("/settings/webhooks/")]
    answers += [browser.get(f"/settings/webhooks/{webhook.pk}/"), browser.get("/api/v1/audit/")]
    for answer in answers:
        assert answer.status_code == 200
        assert secret not in answer.content.decode()
        assert webhook.sealed_secret not in answer.content.decode()
    assert "key=hidden" not in json.dumps(AuditEvent.objects.get(verb="webhook.create").after)
    assert "key=hidden" not in answers[2].content.decode()


def test_a_new_secret_replaces_the_old_one_and_a_short_one_is_refused(browser, admin):
    webhook = a_webhook(admin)

    renewed = post(browser, f"/api/v1/webhooks/{webhook.pk}/secret/", {"secret": "sixteen letters."})
    refused = post(browser, f"/api/v1/webhooks/{webhook.pk}/secret/", {"secret": "short"})

    assert renewed.json()["secret"] == "sixteen letters."
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/bad-secret")
    webhook.refresh_from_db()
    assert signing.unseal(webhook.sealed_secret) == "sixteen letters."
    assert AuditEvent.objects.filter(verb="webhook.renew_secret").count() == 1


def test_the_api_changes_one_and_takes_it_away(browser, admin):
    path = f"/api/v1/webhooks/{a_webhook(admin).pk}/"

    body = {"active": False, "events": ["version.created"]}
    changed = browser.patch(path, body, content_type="application/json")

    assert (changed.json()["active"], changed.json()["events"]) == (False, ["version.created"])
    event = AuditEvent.objects.get(verb="webhook.edit")
    assert (event.before["events"], event.after["events"]) == (["alias.set"], ["version.created"])
    assert browser.delete(path).status_code == 204
    assert browser.get(path).status_code == 404
    assert AuditEvent.objects.get(verb="webhook.delete").before["name"] == "pipeline"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"url": "https://192.168.0.1/"}, "address-refused"),
        ({"events": ["no.such"]}, "unknown-event"),
        ({"events": []}, "no-event"),
        ({"secret": "short"}, "bad-secret"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(browser, change, code):
    refused = post(browser, "/api/v1/webhooks/", BODY | change)

    assert (refused.status_code, refused.json()["type"]) == (422, f"/problems/{code}")
    assert Webhook.objects.count() == 0
    assert not AuditEvent.objects.filter(verb__startswith="webhook.").exists()


def test_only_administrators_read_and_write(admin):
    webhook = a_webhook(admin)
    Delivery.objects.create(webhook=webhook, event_name="alias.set", body="{}")
    delivery = Delivery.objects.get()
    stranger = Client()
    stranger.force_login(a_user(Role.ENGINEER, Role.REVIEWER, Role.OPERATOR))
    one, page = f"/api/v1/webhooks/{webhook.pk}/", f"/settings/webhooks/{webhook.pk}/"

    reads = ["/api/v1/webhooks/", one, f"{one}deliveries/", f"{one}deliveries/{delivery.pk}/"]
    reads += ["/settings/webhooks/", page]
    writes = [f"{one}test/", f"{one}secret/", f"{one}deliveries/{delivery.pk}/replay/", f"{page}secret/"]
    writes += [f"{page}test/", f"{page}switch/", f"{page}delete/", f"{page}{delivery.pk}/replay/"]
    assert [stranger.get(path).status_code for path in reads] == [403] * len(reads)
    assert [post(stranger, path).status_code for path in writes] == [403] * len(writes)
    assert post(stranger, "/api/v1/webhooks/", BODY).status_code == 403
    assert stranger.delete(one).status_code == 403
    assert stranger.patch(one, {"name": "x"}, content_type="application/json").status_code == 403
    assert AuditEvent.objects.filter(verb__startswith="webhook.").count() == 1
    assert Delivery.objects.count() == 1
    assert "/settings/webhooks/" not in stranger.get("/settings/").content.decode()
    assert Client().get("/settings/webhooks/").url == "/sign-in/?next=/settings/webhooks/"


def test_a_test_is_posted_once_even_while_it_is_off(browser, admin):
    receiver = Receiver()
    webhook = a_webhook(admin, url=receiver.url, events=["model_version.created"], active=False)
    try:
        asked = post(browser, f"/api/v1/webhooks/{webhook.pk}/test/")
        assert asked.status_code == 202
        delivering.deliver(delivery_id=asked.json()["id"])
        receiver.status = 500
        second = post(browser, f"/api/v1/webhooks/{webhook.pk}/test/").json()["id"]
        delivering.deliver(delivery_id=second)
    finally:
        receiver.stop()

    body = json.loads(receiver.got[0].body)
    assert (body["entity"], body["action"], body["test"]) == ("model_version", "created", True)
    assert body["data"]["name"] == "example"
    found = browser.get(f"/api/v1/webhooks/{webhook.pk}/deliveries/").json()["results"]
    states = [(row["origin"], row["state"], row["status_code"]) for row in found]
    assert states == [("test", "failed", 500), ("test", "delivered", 200)]
    one = browser.get(f"/api/v1/webhooks/{webhook.pk}/deliveries/{second}/").json()
    assert one["last_error"] == "It answered 500."
    webhook.refresh_from_db()
    assert webhook.failures == 0


def test_one_can_only_replay_what_was_posted_to_the_same_webhook(browser, admin):
    mine, other = a_webhook(admin), a_webhook(admin)
    delivery = Delivery.objects.create(webhook=other, event_name="alias.set", body="{}")

    assert post(browser, f"/api/v1/webhooks/{mine.pk}/deliveries/{delivery.pk}/replay/").status_code == 404
    assert post(browser, f"/api/v1/webhooks/{other.pk}/deliveries/{delivery.pk}/replay/").status_code == 202
    assert Delivery.objects.filter(origin="replay", webhook=other).count() == 1
    bad = "-" * 36
    assert browser.get(f"/api/v1/webhooks/{bad}/").status_code == 404
    assert browser.get(f"/api/v1/webhooks/{mine.pk}/deliveries/{bad}/").status_code == 404


def test_the_events_that_can_be_asked_for(browser):
    found = browser.get("/api/v1/webhooks/events/").json()["events"]

    assert found[:6] == [
        "registered_model.created",
        "model_version.created",
        "model_version_tag.set",
        "model_version_tag.deleted",
        "model_version_alias.created",
        "model_version_alias.deleted",
    ]
    assert {"version.stage_moved", "promotion.requested", "deployment.failed"} <= set(found)


def test_on_pages_one_is_added_tried_changed_switched_and_taken_away(browser):
    receiver = Receiver()
    given = {"name": "pipeline", "url": receiver.url, "events": ["alias.set"]}
    try:
        made = browser.post("/settings/webhooks/", given)
        webhook = Webhook.objects.get()
        assert signing.unseal(webhook.sealed_secret) in words(made)
        page = f"/settings/webhooks/{webhook.pk}/"
        assert browser.post(f"{page}test/").url == page
        delivering.deliver(delivery_id=str(Delivery.objects.get().pk))
        assert "Delivered alias.set Test" in words(browser.get(page))
        browser.post(f"{page}{Delivery.objects.get().pk}/replay/")
        assert Delivery.objects.filter(state=DeliveryState.WAITING).count() == 1
    finally:
        receiver.stop()
    assert browser.post(page, given | {"name": "renamed"}).url == page
    browser.post(f"{page}switch/", {"active": "no"})
    shown = words(browser.get(page))
    assert "renamed" in shown
    assert "It is off" in shown
    renewed = browser.post(f"{page}secret/")
    webhook.refresh_from_db()
    assert signing.unseal(webhook.sealed_secret) in words(renewed)
    assert browser.post(f"{page}delete/").url == "/settings/webhooks/"
    assert Webhook.objects.count() == 0


def test_a_form_that_is_wrong_says_where(browser):
    refused = browser.post(
        "/settings/webhooks/", {"name": "a", "url": "https://10.9.9.9/", "events": ["alias.set"]}
    )

    assert refused.status_code == 422
    assert "10.9.9.9 is a private address" in words(refused)
    assert "CONCH_WEBHOOKS_ALLOW" in words(refused)
    assert Webhook.objects.count() == 0


def test_lists_cost_the_same_for_one_and_for_many(browser, admin):
    webhook = a_webhook(admin)
    Delivery.objects.create(webhook=webhook, event_name="alias.set", body="{}")
    paths = ["/settings/webhooks/", f"/settings/webhooks/{webhook.pk}/", "/api/v1/webhooks/"]
    paths.append(f"/api/v1/webhooks/{webhook.pk}/deliveries/")
    for path in paths:
        browser.get(path)
    few = [queries(browser, path) for path in paths]
    for index in range(30):
        a_webhook(admin, name=f"w{index:02}")
        Delivery.objects.create(webhook=webhook, event_name="alias.set", body="{}")

    assert [queries(browser, path) for path in paths] == few
    assert max(few) <= 8
    assert "1 to 25 of 31" in words(browser.get(paths[0]))
    assert "1 to 25 of 31" in words(browser.get(paths[1]))
