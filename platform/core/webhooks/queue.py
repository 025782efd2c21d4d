"""From an event to a row for each webhook that asked for it."""

from core.dispatch import after_commit
from core.notices.kinds import Kind
from core.notices.models import NoticeEvent
from core.webhooks import payloads
from core.webhooks.models import Delivery, Origin, Webhook


def put(event: NoticeEvent, kind: Kind) -> None:
    """Called in the transaction that fans the event out; a row per webhook and name, however often called."""
    names = payloads.names_of(kind)
    wanting = Webhook.objects.filter(active=True, events__overlap=names)
    wanted = [(webhook, name) for webhook in wanting for name in names if name in webhook.events]
    if not wanted:
        return
    bodies = {name: payloads.body(event, kind=kind, name=name) for name in {name for _, name in wanted}}
    Delivery.objects.bulk_create(
        [
            Delivery(webhook=webhook, event=event, event_name=name, body=bodies[name])
            for webhook, name in wanted
        ],
        ignore_conflicts=True,
    )
    fresh = Delivery.objects.filter(event=event, origin=Origin.EVENT, delivered_at=None)
    for pk in fresh.values_list("pk", flat=True):
        after_commit("core.deliver_notice", str(pk))
