"""The audit trail: append-only, each event chained to the one before by SHA-256 over canonical JSON."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import connection, models
from django.utils import timezone

from core.actors import Actor
from core.models import AuditEvent

GENESIS = "0" * 64
# One writer at a time extends the chain; the lock ends with the transaction it is taken in.
CHAIN_LOCK = 0x434F4E4348
SIGNED = (
    "actor_id", "actor_name", "door", "auth", "address", "request_id", "verb", "object_type", "object_id",
    "object_label", "model_name", "before", "after", "reason", "previous_hash",
)  # fmt: skip

_listeners: list[Callable[[AuditEvent], None]] = []


@dataclass(frozen=True, slots=True)
class Break:
    """The first event that does not fit the chain, and why."""

    event_id: int
    why: str


def record(
    actor: Actor,
    verb: str,
    subject: models.Model,
    *,
    before: object = None,
    after: object = None,
    reason: str = "",
    model_name: str = "",
) -> AuditEvent:
    """Append one event; call it inside the transaction of the change it describes."""
    if not connection.in_atomic_block:
        raise RuntimeError("an audit event belongs in the transaction of the change it records")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
    previous = AuditEvent.objects.order_by("-pk").values_list("hash", flat=True).first() or GENESIS
    event = AuditEvent(
        at=timezone.now(),
        actor=actor.user,
        actor_name=actor.user.username if actor.user else "conch",
        door=actor.door.value,
        auth=actor.auth,
        address=actor.address,
        request_id=actor.request_id,
        verb=verb,
        object_type=subject._meta.label_lower,
        object_id=str(subject.pk),
        object_label=str(subject)[:200],
        model_name=model_name,
        before=before,
        after=after,
        reason=reason,
        previous_hash=previous,
    )
    event.hash = digest(event)
    event.save(force_insert=True)
    for listener in _listeners:
        listener(event)
    return event


def listen(listener: Callable[[AuditEvent], None]) -> None:
    """Hear of each event, inside its transaction; an error there undoes the write."""
    if listener not in _listeners:
        _listeners.append(listener)


def digest(event: AuditEvent) -> str:
    """SHA-256 over the event's content and its predecessor's hash, independent of the row's id."""
    content = {name: getattr(event, name) for name in SIGNED}
    content["at"] = event.at.isoformat()
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def breaks() -> Iterator[Break]:
    """Walk the chain from the start; yield each event whose hash or link is wrong."""
    previous = GENESIS
    for event in AuditEvent.objects.order_by("pk").iterator(chunk_size=2000):
        if event.previous_hash != previous:
            yield Break(event.pk, "does not follow the event before it")
        if event.hash != digest(event):
            yield Break(event.pk, "its content was changed")
        previous = event.hash
