"""What is tried until it works: a row that one worker claims, and settles if it is still its own."""

import random
import uuid
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils import timezone

SPREAD = 0.2


class Attempted(models.Model):
    """`due_at` says when the next try may begin; while a worker holds the row it is when the claim lapses."""

    due_at = models.DateTimeField(null=True, default=timezone.now)
    claim = models.UUIDField(null=True, editable=False)
    tries = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)

    class Meta:
        abstract = True


Row = TypeVar("Row", bound=Attempted)


def take(rows: "models.QuerySet[Row]") -> Row | None:
    """Compare-and-set on the one row of this query: one worker gets it until the claim runs out."""
    token, now = uuid.uuid4(), timezone.now()
    until = now + timedelta(seconds=settings.NOTICES.claim_s)
    if not rows.filter(due_at__lte=now).update(claim=token, due_at=until, tries=F("tries") + 1):
        return None
    return rows.filter(claim=token).first()


def settle(row: Attempted, *, due_at: datetime | None, **outcome: Any) -> bool:
    """Write what came of a try if the row is still ours; say whether it was."""
    ours = type(row)._default_manager.filter(pk=row.pk, claim=row.claim)
    return bool(ours.update(claim=None, due_at=due_at, **outcome))


def next_try(tries: int, *, now: datetime | None = None) -> datetime:
    """When to try again after so many tries: doubling, bounded, spread by a fifth to both sides."""
    notices = settings.NOTICES
    wait_s = min(notices.backoff_first_s * 2 ** min(tries - 1, 20), notices.backoff_most_s)
    spread = random.uniform(1 - SPREAD, 1 + SPREAD)
    return (now or timezone.now()) + timedelta(seconds=wait_s * spread)
