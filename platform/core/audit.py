"""The audit trail: append-only, each event chained to the one before by SHA-256 over canonical JSON.

An event is written in the transaction of its change. Its place in the chain is given by the database when
that transaction commits (migration `audit_chained_at_commit`): writers queue for each other's commit, never
for each other's work, and a service may lock rows after it recorded.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from celery import current_task
from django.db import connection, models
from django.utils import timezone

from core.actors import Actor
from core.canonical import clean, settled, sha256
from core.models import AuditEvent

GENESIS = "0" * 64
# Events from before the chain was made at commit: one digest over all of it.
FIRST_SHAPE = 1
FIRST_SIGNED = (
    "actor_id", "actor_name", "door", "auth", "address", "request_id", "verb", "object_type", "object_id",
    "object_label", "model_name", "before", "after", "reason", "previous_hash",
)  # fmt: skip
SIGNED = (
    "actor_id", "actor_name", "delegated_for", "door", "auth", "request_id", "verb", "object_type",
    "object_id", "object_label", "model_name", "details_hash",
)  # fmt: skip
# What may hold personal data. It is bound through a salted digest of its own, so that it can be erased
# while the event, and the chain, still verify.
DETAILS = ("address", "before", "after", "reason", "salt")

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
    """Append one event; call it inside the transaction of the change it describes.

    Its `position`, `previous_hash` and `hash` are set when that transaction commits.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an audit event belongs in the transaction of the change it records")
    behind = actor.delegated_for
    event = AuditEvent(
        at=timezone.now(),
        actor=actor.user,
        actor_name=actor.user.username if actor.user else "conch",
        delegated_for=behind.username if behind else "",
        door=actor.door.value,
        auth=clean(actor.auth)[:80],
        address=clean(actor.address)[:64],
        request_id=clean(actor.request_id or _task_id())[:64],
        verb=verb,
        object_type=subject._meta.label_lower,
        object_id=str(subject.pk),
        object_label=clean(str(subject))[:200],
        model_name=model_name,
        before=settled(before),
        after=settled(after),
        reason=clean(reason),
        salt=secrets.token_hex(16),
    )
    event.details_hash = details_digest(event)
    event.content_hash = content_digest(event)
    event.save(force_insert=True)
    for listener in _listeners:
        listener(event)
    return event


def listen(listener: Callable[[AuditEvent], None]) -> None:
    """Hear of each event, inside its transaction; an error there undoes the write."""
    if listener not in _listeners:
        _listeners.append(listener)


def content(event: AuditEvent) -> dict[str, Any]:
    """What the event's digest is taken over, whoever computes it."""
    names = FIRST_SIGNED if event.shape == FIRST_SHAPE else SIGNED
    return {name: getattr(event, name) for name in names} | {"at": event.at.isoformat()}


def details(event: AuditEvent) -> dict[str, Any]:
    return {name: getattr(event, name) for name in DETAILS}


def content_digest(event: AuditEvent) -> str:
    return sha256(content(event))


def details_digest(event: AuditEvent) -> str:
    return sha256(details(event))


def link(previous_hash: str, content_hash: str) -> str:
    """The hash of an event from its predecessor's and its own content's; the database computes the same."""
    return hashlib.sha256(f"{previous_hash}{content_hash}".encode()).hexdigest()


def walk() -> Iterator[tuple[AuditEvent, str]]:
    """The chain from its start; beside each event what is wrong with it, if anything."""
    previous, position = GENESIS, 0
    for event in AuditEvent.objects.exclude(position=None).order_by("position").iterator(chunk_size=2000):
        position += 1
        wrong = ""
        if event.position != position or event.previous_hash != previous:
            wrong = "does not follow the event before it"
        elif not is_unchanged(event):
            wrong = "its content was changed"
        yield event, wrong
        previous, position = event.hash or "", event.position or position
    for event in AuditEvent.objects.filter(position=None).order_by("pk"):
        yield event, "was never chained"


def breaks() -> Iterator[Break]:
    """Each event that does not fit."""
    return (Break(event.pk, wrong) for event, wrong in walk() if wrong)


def is_unchanged(event: AuditEvent) -> bool:
    """Whether the event's digests are those of its content."""
    if event.shape == FIRST_SHAPE:
        return event.hash == content_digest(event)
    whole = _is_empty(event) if event.redacted else event.details_hash == details_digest(event)
    bound = event.content_hash == content_digest(event)
    return whole and bound and event.hash == link(event.previous_hash, event.content_hash)


def _is_empty(event: AuditEvent) -> bool:
    return not any((event.address, event.before, event.after, event.reason, event.salt))


def _task_id() -> str:
    """The Celery task that writes, where there is no request."""
    return str(current_task.request.id or "") if current_task else ""
