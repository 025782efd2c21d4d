"""Claim → commit → call → settle: one worker holds a row, and only what is still its own is settled."""

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar, cast

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone

from core.errors import PlatformError
from serving.models import Reconciled
from serving.reconcile import backoff

log = logging.getLogger(__name__)
Row = TypeVar("Row", bound=Reconciled)


class ClaimLost(Exception):
    """Another worker owns the row now; whatever this one does next is not its business."""


def take(kind: type[Row], pk: int) -> Row | None:
    """Compare-and-set: exactly one worker gets the row until the claim runs out unrenewed."""
    token = uuid.uuid4()
    until = timezone.now() + timedelta(seconds=settings.RECONCILE.claim_s)
    if not kind.objects.due().filter(pk=pk).update(claim=token, claimed_until=until):
        return None
    return cast("Row | None", kind.objects.filter(pk=pk, claim=token).first())


@contextmanager
def held(row: Reconciled) -> Iterator[None]:
    """Renew the claim from a thread while the body runs: a long load keeps it, a dead worker loses it."""
    done = threading.Event()
    thread = threading.Thread(target=_renew, args=(row, done), daemon=True, name=f"claim-{row.pk}")
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(timeout=settings.RECONCILE.renew_every_s)


def still_ours(row: Reconciled) -> None:
    """Raise ClaimLost unless the row is still claimed by this worker."""
    if not type(row).objects.filter(pk=row.pk, claim=row.claim).exists():
        raise ClaimLost(str(row))


def settle(row: Reconciled, *, error: PlatformError | None, **observed: object) -> bool:
    """Write the outcome if the row is still ours; say whether it was.

    The wish counts as met only if it has not changed meanwhile; otherwise the row stays due.
    """
    failures = row.failures + 1 if error else 0
    outcome: dict[str, object] = {"claim": None, "claimed_until": None, "failures": failures, **observed}
    outcome |= _why(error)
    outcome["changed_at"] = timezone.now()
    ours = type(row).objects.filter(pk=row.pk, claim=row.claim)
    seen: dict[str, object] = {"due_at": None}
    if error is None:
        seen["observed_generation"] = row.generation
    elif error.retryable:
        reconcile = settings.RECONCILE
        wait = backoff(failures, first_s=reconcile.backoff_first_s, most_s=reconcile.backoff_most_s)
        seen["due_at"] = timezone.now() + wait
    if ours.filter(generation=row.generation).update(**outcome, **seen):
        return True
    return bool(ours.update(**outcome))


def wish_again(row: Reconciled) -> None:
    """Count a changed wish and make it due at once; the caller holds the row's lock and saves it."""
    row.generation += 1
    row.due_at = timezone.now()
    row.failures = 0
    row.error_code = row.last_error = row.last_hint = ""
    row.retryable = True


def _why(error: PlatformError | None) -> dict[str, object]:
    if error is None:
        return {"error_code": "", "last_error": "", "last_hint": "", "retryable": True}
    return {
        "error_code": error.code,
        "last_error": str(error.detail),
        "last_hint": str(error.hint),
        "retryable": error.retryable,
    }


def _renew(row: Reconciled, done: threading.Event) -> None:
    reconcile = settings.RECONCILE
    try:
        while not done.wait(reconcile.renew_every_s):
            until = timezone.now() + timedelta(seconds=reconcile.claim_s)
            rows = type(row).objects.filter(pk=row.pk, claim=row.claim)
            if not rows.update(claimed_until=until, changed_at=F("changed_at")):
                return
    except Exception:
        log.exception("claim_renewal_failed row=%s", row.pk)
    finally:
        connection.close()
