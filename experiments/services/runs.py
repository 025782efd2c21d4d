"""Running a benchmark: claim, take the server's turn, measure level by level, settle what is still ours."""

import logging

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import WORKER
from core.audit import record
from core.errors import Conflict, PlatformError, Upstream
from experiments import measure
from experiments.models import Benchmark, BenchmarkState
from experiments.services import turns
from serving.services import claims

log = logging.getLogger(__name__)


def run_benchmark(*, benchmark_id: int) -> None:
    """Measure the levels that are still missing. Harmless to run twice, late, or never."""
    benchmark = claims.take(Benchmark, benchmark_id)
    if benchmark is None:
        return
    error: PlatformError | None = None
    try:
        if not turns.begin(benchmark):
            return
        with claims.held(benchmark):
            measure.measure(benchmark)
    except claims.ClaimLost:
        log.warning("claim_lost benchmark=%s", benchmark)
        return
    except measure.Cancelled:
        pass
    except PlatformError as caught:
        error = caught
    except Exception as caught:
        log.exception("benchmark_broke benchmark=%s", benchmark)
        error = Upstream(_("Conch failed while measuring: %(error)s") % {"error": caught}, code="internal")
    _settle(benchmark, error)


def _settle(claimed: Benchmark, error: PlatformError | None) -> None:
    """Write the end, or give the turn back when trying again may help."""
    with transaction.atomic(durable=True):
        benchmark = (
            Benchmark.objects.select_for_update(of=("self",))
            .select_related("version__model")
            .filter(pk=claimed.pk, claim=claimed.claim)
            .first()
        )
        if benchmark is None:
            return
        if benchmark.state == BenchmarkState.CANCELLING:
            state, error = BenchmarkState.CANCELLED, None
        elif error is None:
            state = BenchmarkState.DONE
        elif error.retryable and benchmark.tries < turns.MOST_TRIES:
            state = BenchmarkState.QUEUED
        else:
            state, error = BenchmarkState.FAILED, _final(error)
        ended_at = None if state == BenchmarkState.QUEUED else timezone.now()
        claims.settle(
            benchmark, error=error, state=state, ended_at=ended_at, current_level=None, level_started_at=None
        )
        _tell(benchmark, state, error)
        turns.call_next(benchmark.server_id)


def _tell(benchmark: Benchmark, state: str, error: PlatformError | None) -> None:
    verb = "benchmark.retry" if state == BenchmarkState.QUEUED else f"benchmark.{state}"
    after = {
        "levels": list(benchmark.levels.values_list("concurrency", flat=True)),
        "tries": benchmark.tries,
        "error": error.code if error else "",
    }
    name = benchmark.version.model.name
    record(WORKER, verb, benchmark, after=after, reason=str(error or ""), model_name=name)


def _final(error: PlatformError) -> PlatformError:
    """The same error, not to be tried again."""
    return Conflict(error.detail, code=error.code, hint=error.hint)
