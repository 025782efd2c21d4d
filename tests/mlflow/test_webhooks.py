"""Webhooks by the real client."""

from dataclasses import replace

import pytest
from mlflow import MlflowClient
from mlflow.entities.webhook import WebhookEvent, WebhookStatus

from core.models import AuditEvent, Delivery, User, Webhook
from core.roles import Role
from core.webhooks import services, signing
from core.webhooks.wanted import Wanted
from tests.factories import a_user, acting
from tests.mlflow.refusing import refused
from tests.notices.receiver import Receiver

VERSION_CREATED = WebhookEvent("model_version", "created")
ALIAS_DELETED = WebhookEvent("model_version_alias", "deleted")
SECRET = "a secret of the receiver"


@pytest.fixture
def receiver(settings):
    settings.NOTICES = replace(settings.NOTICES, webhooks_allow=("127.0.0.0/8",), timeout_s=1.0, claim_s=20.0)
    started = Receiver()
    yield started
    started.stop()


@pytest.fixture
def admin(client: MlflowClient, as_user) -> User:
    user = a_user(Role.ADMIN, username="root")
    as_user(user)
    return user


def test_made_read_changed_and_deleted(client: MlflowClient, admin, receiver):
    made = client.create_webhook(
        "ci", receiver.url, [VERSION_CREATED], description="Starts the build.", secret=SECRET
    )
    changed = client.update_webhook(
        made.webhook_id, name="cd", events=[VERSION_CREATED, ALIAS_DELETED], status=WebhookStatus.DISABLED
    )
    got = client.get_webhook(made.webhook_id)

    assert (made.name, made.status, made.events) == ("ci", WebhookStatus.ACTIVE, [VERSION_CREATED])
    assert (got.name, got.url, got.description) == ("cd", receiver.url, "Starts the build.")
    assert (got.status, got.events) == (changed.status, changed.events)
    assert (got.status, got.events) == (WebhookStatus.DISABLED, [VERSION_CREATED, ALIAS_DELETED])
    assert signing.unseal(Webhook.objects.get().sealed_secret) == SECRET
    client.delete_webhook(made.webhook_id)
    assert refused(client.get_webhook, made.webhook_id).error_code == "RESOURCE_DOES_NOT_EXIST"
    trail = AuditEvent.objects.filter(verb__startswith="webhook.").order_by("pk")
    assert list(trail.values_list("verb", "door")) == [
        ("webhook.create", "mlflow"),
        ("webhook.edit", "mlflow"),
        ("webhook.delete", "mlflow"),
    ]


def test_a_list_comes_in_pages_and_leaves_out_what_only_hears_of_conch(client: MlflowClient, admin, receiver):
    for name in ("a", "b", "c"):
        client.create_webhook(name, receiver.url, [VERSION_CREATED])
    own = Wanted(name="own", url=receiver.url, events=["version.registered"])
    services.create_webhook(actor=acting(admin), wanted=own)

    first = client.list_webhooks(max_results=2)
    second = client.list_webhooks(max_results=2, page_token=first.token)

    assert [hook.name for hook in first] == ["a", "b"]
    assert ([hook.name for hook in second], second.token) == (["c"], "")
    for size in (0, 1001):
        assert refused(client.list_webhooks, max_results=size).error_code == "INVALID_PARAMETER_VALUE"
    assert refused(client.list_webhooks, page_token="x").error_code == "INVALID_PARAMETER_VALUE"


def test_events_of_conch_stay_when_a_client_changes_those_of_mlflow(client: MlflowClient, admin, receiver):
    wanted = Wanted(name="own", url=receiver.url, events=["version.registered", "model_version.created"])
    made, _secret = services.create_webhook(actor=acting(admin), wanted=wanted)

    seen = client.update_webhook(str(made.pk), events=[ALIAS_DELETED])

    assert seen.events == [ALIAS_DELETED]
    made.refresh_from_db()
    assert made.events == ["model_version_alias.deleted", "version.registered"]


def test_a_test_posts_at_once_and_tells_what_was_answered(client: MlflowClient, admin, receiver):
    made = client.create_webhook("ci", receiver.url, [VERSION_CREATED], secret=SECRET)

    taken = client.test_webhook(made.webhook_id, event=ALIAS_DELETED)
    receiver.status = 503
    not_taken = client.test_webhook(made.webhook_id)

    assert (taken.success, taken.response_status, taken.response_body) == (True, 200, "thanks")
    assert (not_taken.success, not_taken.response_status) == (False, 503)
    assert not_taken.error_message == "It answered 503."
    assert [row.event_name for row in Delivery.objects.order_by("created_at")] == [
        "model_version_alias.deleted",
        "model_version.created",
    ]
    assert len(receiver.got) == 2


def test_what_cannot_be_is_refused_at_once_and_leaves_nothing(client: MlflowClient, admin, receiver):
    prompt = WebhookEvent("prompt", "created")
    no_event = refused(client.create_webhook, "ci", receiver.url, [prompt])
    private = refused(client.create_webhook, "ci", "https://10.0.0.1/", [VERSION_CREATED])

    assert (no_event.error_code, "prompt.created" in str(no_event)) == ("INVALID_PARAMETER_VALUE", True)
    assert (private.error_code, "10.0.0.1" in str(private)) == ("INVALID_PARAMETER_VALUE", True)
    assert Webhook.objects.count() == 0

    made = client.create_webhook("ci", receiver.url, [VERSION_CREATED])
    short = refused(client.update_webhook, made.webhook_id, name="other", secret="short")
    assert (short.error_code, Webhook.objects.get().name) == ("INVALID_PARAMETER_VALUE", "ci")


def test_only_who_manages_webhooks_sees_one(client: MlflowClient, admin, receiver, as_user):
    made = client.create_webhook("ci", receiver.url, [VERSION_CREATED])
    as_user(User.objects.get(username="ada"))

    for call in (client.get_webhook, client.delete_webhook, client.test_webhook, client.update_webhook):
        assert refused(call, made.webhook_id).error_code == "PERMISSION_DENIED"
    assert refused(client.list_webhooks).error_code == "PERMISSION_DENIED"
    assert (Webhook.objects.count(), Delivery.objects.count(), receiver.got) == (1, 0, [])
