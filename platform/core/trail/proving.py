"""Verification on somebody's word: who asked, what came out, how long it took."""

import time
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from core.actors import Actor
from core.audit import record
from core.models import AuditEvent
from core.trail.verify import Report, verify


@dataclass(frozen=True, slots=True)
class Proof:
    report: Report
    at: datetime
    duration_s: float


def prove(*, actor: Actor) -> Proof:
    """Verify the whole trail and record that, and what was found.

    Raises:
        Forbidden: the actor may not read the whole trail.
    """
    actor.require("audit.read")
    at, start = timezone.now(), time.monotonic()
    report = verify()
    proof = Proof(report, at, time.monotonic() - start)
    last = AuditEvent.objects.order_by("-pk").first()
    if last is not None:
        after = {
            "events": report.events,
            "head": report.head,
            "root": report.root,
            "problems": [str(problem) for problem in report.problems],
        }
        with transaction.atomic(durable=True):
            record(actor, "audit.verify", last, after=after)
    return proof
