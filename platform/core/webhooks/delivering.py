"""Posts until they are taken: a row is claimed, posted, and settled; beat asks again for all that is due."""

import logging
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from core.actors import WORKER
from core.audit import record
from core.dispatch import nudge
from core.notices.attempts import next_try, settle, take
from core.webhooks import signing
from core.webhooks.models import Delivery, DeliveryState, Origin, Webhook
from core.webhooks.posting import Answer, post

log = logging.getLogger(__name__)
MOST_NUDGES = 100
FORGOTTEN_AT_ONCE = 1000


def free() -> QuerySet[Delivery]:
    """What no webhook holds back. What a person asked for goes even while the webhook is off or held."""
    held = Q(webhook__active=False) | Q(webhook__hold_until__gt=timezone.now())
    return Delivery.objects.filter(state=DeliveryState.WAITING).exclude(held & Q(origin=Origin.EVENT))


def deliver(*, delivery_id: str) -> None:
    """Try one delivery. Harmless to run twice; a worker that dies after the post makes it post again."""
    row = take(free().filter(pk=delivery_id))
    if row is None:
        return
    answer = _posted(row)
    outcome: dict[str, Any] = {
        "status_code": answer.status_code,
        "answer": answer.text,
        "took_ms": answer.took_ms,
    }
    if answer.is_taken:
        outcome |= {"state": DeliveryState.DELIVERED, "delivered_at": timezone.now(), "last_error": ""}
        if settle(row, due_at=None, **outcome):
            Webhook.objects.filter(pk=row.webhook_id).update(failures=0, hold_until=None)
        return
    log.warning("webhook_failed delivery=%s tries=%s why=%s", row.pk, row.tries, answer.error)
    due_at = next_try(row.tries)
    over = due_at - row.created_at > timedelta(seconds=settings.NOTICES.give_up_after_s)
    given_up = over or row.origin == Origin.TEST
    outcome["state"] = DeliveryState.FAILED if given_up else DeliveryState.WAITING
    outcome["last_error"] = answer.error[:500]
    if settle(row, due_at=None if given_up else due_at, **outcome):
        _failed(row, why=outcome["last_error"])


def sweep() -> None:
    """Ask again for every delivery that is due, oldest first."""
    due = free().filter(due_at__lte=timezone.now()).order_by("due_at")
    for pk in due.values_list("pk", flat=True)[:MOST_NUDGES]:
        nudge("core.deliver_notice", str(pk))


def forget() -> int:
    """Remove deliveries that ended longer ago than they are kept; how many."""
    old = timezone.now() - timedelta(days=settings.NOTICES.keep_days)
    ended = Delivery.objects.filter(due_at=None, created_at__lt=old).order_by("created_at")
    return Delivery.objects.filter(
        pk__in=list(ended.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
    ).delete()[0]


def _posted(row: Delivery) -> Answer:
    timestamp = str(int(time.time()))
    try:
        secret = signing.unseal(row.webhook.sealed_secret)
    except signing.Unreadable as error:
        return Answer(None, "", str(error), 0)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Conch-Webhooks/1",
        "X-MLflow-Delivery-Id": str(row.pk),
        "X-MLflow-Timestamp": timestamp,
        "X-MLflow-Signature": signing.signature(
            secret, delivery_id=str(row.pk), timestamp=timestamp, body=row.body
        ),
        "X-Conch-Event": row.event_name,
    }
    if row.event_id:
        headers["X-Conch-Event-Id"] = str(row.event_id)
    return post(row.webhook.url, body=row.body.encode(), headers=headers)


@transaction.atomic(durable=True)
def _failed(row: Delivery, *, why: str) -> None:
    """Hold the webhook's other posts, longer each time; switch it off after too many failures in a row."""
    webhook = Webhook.objects.select_for_update().filter(pk=row.webhook_id).first()
    if webhook is None or row.origin == Origin.TEST:
        return
    webhook.failures += 1
    webhook.hold_until = next_try(webhook.failures)
    if webhook.active and webhook.failures >= settings.NOTICES.disable_after:
        webhook.active = False
        after = {"active": False, "failures": webhook.failures}
        record(WORKER, "webhook.switch_off", webhook, before={"active": True}, after=after, reason=why)
    webhook.save(update_fields=["failures", "hold_until", "active"])
