"""Benchmarks as people ask for them: start one, cancel one."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.actors import Actor
from core.audit import record
from core.dispatch import after_commit
from core.errors import Conflict, missing
from core.models import User
from experiments import plan, traffic
from experiments.models import ENDED, Benchmark, BenchmarkState
from models_registry import modelconfig
from models_registry.access import require_on_version
from models_registry.models import ModelVersion
from serving.models import TritonServer
from serving.playground import ready_deployment

# A queue longer than this would be measured tomorrow.
MOST_WAITING = 20


@transaction.atomic(durable=True)
def start_benchmark(
    *, actor: Actor, version_id: int, settings: Mapping[str, Any], confirm_live: bool = False
) -> Benchmark:
    """Ask for a benchmark of a version that some server has ready; it runs when the server's turn comes.

    Args:
        settings: levels, seconds, warmup_seconds, batch_size, timeout_seconds; see `plan.make`.
        confirm_live: an operator accepts that callers of this version will wait longer meanwhile.

    Raises:
        Conflict: no server has it ready, it takes traffic and nobody confirmed, or too many are waiting.
        Invalid: `errors` names each setting that cannot be used.
    """
    require_on_version(actor, "benchmark.run", version_id=version_id)
    version = (
        ModelVersion.objects.select_for_update(of=("self",))
        .select_related("model")
        .filter(pk=version_id)
        .first()
    )
    if version is None:
        raise missing(_("version with this id"))
    server = ready_deployment(version).server
    max_batch = modelconfig.parse(version.config_text).max_batch_size
    wanted = plan.make(settings, max_batch=max_batch, confirm_live=confirm_live)
    traffic.refuse_live(version, confirmed=confirm_live)
    if traffic.reaches(version):
        require_on_version(actor, "deployment.operate", version_id=version_id)
    _refuse_long_queue(server)
    assert isinstance(actor.user, User)
    benchmark = Benchmark.objects.create(
        version=version,
        server=server,
        requested_by=actor.user,
        settings=wanted.to_json(),
        due_at=timezone.now(),
    )
    after = {"version": str(version), "server": server.name, "settings": benchmark.settings}
    record(actor, "benchmark.start", benchmark, after=after, model_name=version.model.name)
    after_commit("experiments.run_benchmark", benchmark.pk)
    return benchmark


@transaction.atomic(durable=True)
def cancel_benchmark(*, actor: Actor, benchmark_id: int) -> Benchmark:
    """End a benchmark early; what it has measured is kept. Harmless to repeat.

    Raises:
        Conflict: it has ended already.
    """
    of_version = Benchmark.objects.filter(pk=benchmark_id).values_list("version_id", flat=True).first()
    require_on_version(actor, "benchmark.run", version_id=of_version or 0)
    benchmark = (
        Benchmark.objects.select_for_update(of=("self",))
        .select_related("version__model")
        .filter(pk=benchmark_id)
        .first()
    )
    if benchmark is None:
        raise missing(_("benchmark with this id"))
    if benchmark.state in ENDED:
        raise Conflict(
            _("%(benchmark)s has ended: %(state)s.")
            % {"benchmark": benchmark, "state": benchmark.get_state_display()},
            code="benchmark-ended",
            hint=_("Run it again if you need other numbers."),
        )
    if benchmark.state == BenchmarkState.CANCELLING:
        return benchmark
    before = benchmark.state
    if before == BenchmarkState.QUEUED:
        benchmark.state, benchmark.ended_at = BenchmarkState.CANCELLED, timezone.now()
        benchmark.due_at = benchmark.claim = benchmark.claimed_until = None
    else:
        benchmark.state = BenchmarkState.CANCELLING
    benchmark.save()
    record(
        actor,
        "benchmark.cancel",
        benchmark,
        before={"state": before},
        after={"state": benchmark.state},
        model_name=benchmark.version.model.name,
    )
    return benchmark


def _refuse_long_queue(server: TritonServer) -> None:
    TritonServer.objects.select_for_update(no_key=True).get(pk=server.pk)
    waiting = Benchmark.objects.filter(server=server, state=BenchmarkState.QUEUED).count()
    if waiting >= MOST_WAITING:
        text = ngettext(
            "%(count)d benchmark is waiting for %(server)s already.",
            "%(count)d benchmarks are waiting for %(server)s already.",
            waiting,
        )
        raise Conflict(
            text % {"count": waiting, "server": server.name},
            code="queue-full",
            hint=_("Wait until some have ended, or cancel those you don't need."),
        )
