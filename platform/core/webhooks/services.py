"""Writes to webhooks. Secrets are returned by the call that makes them, and by nothing else."""

import uuid
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.dispatch import after_commit
from core.errors import missing
from core.webhooks import payloads, signing
from core.webhooks.models import Delivery, Origin, Webhook
from core.webhooks.wanted import Wanted, known, signing_secret

PERMISSION = "webhook.manage"


@transaction.atomic(durable=True)
def create_webhook(*, actor: Actor, wanted: Wanted, secret: str = "") -> tuple[Webhook, str]:
    """Add a webhook; its secret, given or made here, is returned this once.

    Raises:
        Invalid: no name, an address that may not be called, no or unknown events, a secret too short.
    """
    actor.require(PERMISSION)
    assert actor.user is not None
    needed = Wanted(
        name=wanted.name or "",
        url=wanted.url or "",
        events=wanted.events or (),
        description=wanted.description,
        active=wanted.active,
    )
    secret = signing_secret(secret)
    webhook = Webhook(**needed.fields(), sealed_secret=signing.seal(secret), created_by=actor.user)
    webhook.save(force_insert=True)
    record(actor, "webhook.create", webhook, after=_noted(webhook))
    return webhook, secret


@transaction.atomic(durable=True)
def edit_webhook(*, actor: Actor, webhook_id: str, wanted: Wanted, secret: str = "") -> Webhook:
    """Change some of it, and its secret if one is given. Switching it on again lets what waits go at once."""
    actor.require(PERMISSION)
    webhook = _locked(webhook_id)
    if secret:
        _renew(actor, webhook, signing_secret(secret))
    before, was_active = _noted(webhook), webhook.active
    for field, value in wanted.fields().items():
        setattr(webhook, field, value)
    after = _noted(webhook)
    if after == before:
        return webhook
    if webhook.active and not was_active:
        webhook.failures, webhook.hold_until = 0, None
    webhook.save()
    record(actor, "webhook.edit", webhook, before=before, after=after)
    return webhook


@transaction.atomic(durable=True)
def renew_secret(*, actor: Actor, webhook_id: str, secret: str = "") -> tuple[Webhook, str]:
    """Give it another secret; what is posted from now on is signed with it, also what waits already."""
    actor.require(PERMISSION)
    webhook = _locked(webhook_id)
    secret = signing_secret(secret)
    _renew(actor, webhook, secret)
    return webhook, secret


@transaction.atomic(durable=True)
def delete_webhook(*, actor: Actor, webhook_id: str) -> None:
    """Remove it with its log and all that waits."""
    actor.require(PERMISSION)
    webhook = _locked(webhook_id)
    record(actor, "webhook.delete", webhook, before=_noted(webhook))
    webhook.delete()


@transaction.atomic(durable=True)
def send_test(*, actor: Actor, webhook_id: str, event_name: str = "") -> Delivery:
    """Post an example of an event, else of its first, once; what came of it stands in the log."""
    actor.require(PERMISSION)
    webhook = _locked(webhook_id)
    name = known([event_name])[0] if event_name else webhook.events[0]
    return _queued(
        actor,
        "webhook.test",
        Delivery(webhook=webhook, event_name=name, origin=Origin.TEST, body=payloads.example(name)),
    )


@transaction.atomic(durable=True)
def replay(*, actor: Actor, webhook_id: str, delivery_id: str) -> Delivery:
    """Post the same body again, as a delivery of its own with its own id."""
    actor.require(PERMISSION)
    webhook = _locked(webhook_id)
    old = Delivery.objects.filter(webhook=webhook, pk=_uuid(delivery_id)).first()
    if old is None:
        raise missing(_("delivery with this id"))
    origin = Origin.TEST if old.origin == Origin.TEST else Origin.REPLAY
    again = Delivery(
        webhook=webhook, event_id=old.event_id, event_name=old.event_name, origin=origin, body=old.body
    )
    return _queued(actor, "webhook.replay", again, replay_of=str(old.pk))


def _queued(actor: Actor, verb: str, delivery: Delivery, **more: str) -> Delivery:
    delivery.save(force_insert=True)
    after = {"delivery": str(delivery.pk), "event": delivery.event_name, **more}
    record(actor, verb, delivery.webhook, after=after)
    after_commit("core.deliver_notice", str(delivery.pk))
    return delivery


def _renew(actor: Actor, webhook: Webhook, secret: str) -> None:
    webhook.sealed_secret = signing.seal(secret)
    webhook.save(update_fields=["sealed_secret", "updated_at"])
    record(actor, "webhook.renew_secret", webhook)


def _locked(webhook_id: str) -> Webhook:
    webhook = Webhook.objects.select_for_update().filter(pk=_uuid(webhook_id)).first()
    if webhook is None:
        raise missing(_("webhook with this id"))
    return webhook


def _uuid(text: str) -> uuid.UUID:
    """What is not an id is the id of nothing."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)


def _noted(webhook: Webhook) -> dict[str, Any]:
    """What the trail says: the URL up to its host, since paths and queries of receivers are often secrets."""
    return {
        "name": webhook.name,
        "host": webhook.host,
        "url_digest": signing.fingerprint(webhook.url),
        "events": sorted(webhook.events),
        "description": webhook.description,
        "active": webhook.active,
    }
