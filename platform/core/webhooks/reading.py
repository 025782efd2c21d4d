"""What may be read of webhooks: only by those who manage them, since URLs say where a company listens."""

import uuid

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from core.actors import Actor
from core.errors import missing
from core.webhooks.models import Delivery, Webhook
from core.webhooks.services import PERMISSION


def webhooks(actor: Actor) -> "QuerySet[Webhook]":
    """All, by name, each with `last_state` and `last_at`: those of its newest delivery."""
    actor.require(PERMISSION)
    newest = Delivery.objects.filter(webhook=OuterRef("pk"))
    return Webhook.objects.annotate(
        last_state=Subquery(newest.values("state")[:1]), last_at=Subquery(newest.values("created_at")[:1])
    )


def webhook(actor: Actor, webhook_id: uuid.UUID | str) -> Webhook:
    found = webhooks(actor).filter(pk=webhook_id).first()
    if found is None:
        raise missing(_("webhook with this id"))
    return found


def deliveries(actor: Actor, webhook_id: uuid.UUID | str) -> "QuerySet[Delivery]":
    """The log of one webhook, newest first."""
    return Delivery.objects.filter(webhook=webhook(actor, webhook_id))
