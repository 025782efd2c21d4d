"""Whose turn it is: a server is measured by one benchmark at a time, the oldest first."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.dispatch import after_commit
from core.errors import Conflict
from experiments import measure
from experiments.models import ACTIVE, Benchmark, BenchmarkState
from serving.models import TritonServer
from serving.services import claims

MOST_TRIES = 3
LOOK_AGAIN = timedelta(seconds=2)


def begin(benchmark: Benchmark) -> bool:
    """Take the server's turn for a claimed benchmark; False when another one has it.

    Raises:
        ClaimLost: another worker owns the row.
        Cancelled: somebody cancelled it while no worker lived.
        Conflict: it was begun too often.
    """
    with transaction.atomic(durable=True):
        TritonServer.objects.select_for_update(no_key=True).get(pk=benchmark.server_id)
        ours = Benchmark.objects.select_for_update().filter(pk=benchmark.pk, claim=benchmark.claim)
        row = ours.first()
        if row is None:
            raise claims.ClaimLost(str(benchmark))
        if row.state == BenchmarkState.CANCELLING:
            raise measure.Cancelled
        if row.state == BenchmarkState.QUEUED and _is_taken(row):
            ours.update(claim=None, claimed_until=None, due_at=timezone.now() + LOOK_AGAIN)
            return False
        if row.tries >= MOST_TRIES:
            raise Conflict(
                _("The worker ended %(count)d times while measuring.") % {"count": row.tries},
                code="worker-died",
                hint=_("Look at the log of the benchmark worker, and at the memory of its machine."),
            )
        now = timezone.now()
        benchmark.state, benchmark.tries = BenchmarkState.RUNNING, row.tries + 1
        benchmark.started_at = row.started_at or now
        ours.update(state=benchmark.state, tries=benchmark.tries, started_at=benchmark.started_at)
    return True


def call_next(server_id: int) -> None:
    """Nudge the oldest benchmark that waits for a server; called inside the transaction that frees it."""
    waiting = Benchmark.objects.filter(server_id=server_id, state=BenchmarkState.QUEUED, claim=None)
    following = waiting.filter(tries=0).order_by("pk").values_list("pk", flat=True).first()
    if following is not None:
        Benchmark.objects.filter(pk=following).update(due_at=timezone.now())
        after_commit("experiments.run_benchmark", following)


def _is_taken(row: Benchmark) -> bool:
    others = Benchmark.objects.filter(server_id=row.server_id).exclude(pk=row.pk)
    if others.filter(state__in=ACTIVE).exists():
        return True
    # One that waits for its next try does not hold up the others; one that merely waits keeps its place.
    soon = timezone.now() + LOOK_AGAIN
    waiting = others.filter(state=BenchmarkState.QUEUED, tries=0, due_at__lte=soon)
    return waiting.filter(pk__lt=row.pk).exists()
