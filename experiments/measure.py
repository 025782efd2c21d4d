"""Measure one claimed benchmark: prepare its requests, listen to the generator, keep each finished level."""

import os
import time
from contextlib import closing

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Conflict, Invalid, PlatformError, Upstream
from experiments import generator, payload, traffic
from experiments.loadgen.job import Event, Job, Payload
from experiments.models import Benchmark, BenchmarkLevel, BenchmarkState
from models_registry import modelconfig
from serving.bring_up import ATOL, RTOL
from serving.models import Deployment
from serving.services import claims
from serving.triton.connect import control

LOOK_EVERY_S = 0.5
# What Triton answers when it is away or overloaded; everything else is the model's or the request's fault.
PASSING = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "CANCELLED"})


class Cancelled(Exception):
    """Somebody asked for the end of it."""


def measure(benchmark: Benchmark) -> None:
    """Measure the levels that have no row yet.

    Raises:
        Cancelled, ClaimLost: stop, and whose business it is now.
        Upstream: the server or the generator failed; trying again may help.
        Invalid, Conflict: it cannot be measured.
    """
    plan = benchmark.plan
    _check(benchmark, confirmed=plan.confirm_live)
    payloads = _payloads(benchmark)
    measured = set(benchmark.levels.values_list("concurrency", flat=True))
    left = tuple(level for level in plan.levels if level not in measured)
    _note(benchmark, conditions=_conditions(benchmark, payloads))
    if not left:
        return
    job = Job(
        url=benchmark.server.grpc_url,
        model=benchmark.version.triton_name,
        levels=left,
        seconds=plan.seconds,
        warmup_seconds=plan.warmup_seconds,
        timeout_seconds=plan.timeout_seconds,
        rtol=RTOL,
        atol=ATOL,
        payloads=tuple(payloads),
    )
    with closing(generator.events(job)) as events:
        looked = 0.0
        for event in events:
            if time.monotonic() - looked >= LOOK_EVERY_S or event is None:
                _look_up(benchmark)
                looked = time.monotonic()
            if event is not None:
                _take_down(benchmark, event)
    _all_there(benchmark)


def _check(benchmark: Benchmark, *, confirmed: bool) -> None:
    """The version is still there to be measured, and the load is still allowed."""
    server, version = benchmark.server, benchmark.version
    if not Deployment.objects.filter(version=version, server=server, wanted=True).exists():
        raise Conflict(
            _("%(version)s is not wanted on %(server)s any more.")
            % {"version": version, "server": server.name},
            code="not-wanted",
            hint=_("Load it again, then run the benchmark again."),
        )
    if not control(server).model_ready(version.triton_name):
        raise Upstream(
            _("%(server)s does not have %(version)s ready.") % {"version": version, "server": server.name},
            code="not-ready",
            hint=_("It is tried again. Look at the deployment if it repeats."),
        )
    traffic.refuse_live(version, confirmed=confirmed)


def _payloads(benchmark: Benchmark) -> list[Payload]:
    version = benchmark.version
    return payload.build(
        model=version.triton_name,
        signature=version.signature,
        golden=version.golden,
        max_batch=modelconfig.parse(version.config_text).max_batch_size,
        batch_size=benchmark.plan.batch_size,
    )


def _conditions(benchmark: Benchmark, payloads: list[Payload]) -> dict[str, object]:
    """What the numbers depend on; two benchmarks compare only where these agree."""
    version = benchmark.version
    return {
        "server": benchmark.server.name,
        "triton_version": control(benchmark.server).metadata().version,
        "model": version.triton_name,
        "config_digest": version.config_digest,
        "artifact_digest": version.artifact_digest,
        "payload_digest": payload.digest(payloads),
        "payload": "recorded" if version.golden else "generated",
        "request_bytes": max(len(one.request) for one in payloads),
        "client_cpu_count": os.cpu_count() or 0,
    }


def _look_up(benchmark: Benchmark) -> None:
    state = (
        Benchmark.objects.filter(pk=benchmark.pk, claim=benchmark.claim)
        .values_list("state", flat=True)
        .first()
    )
    if state is None:
        raise claims.ClaimLost(str(benchmark))
    if state == BenchmarkState.CANCELLING:
        raise Cancelled


def _take_down(benchmark: Benchmark, event: Event) -> None:
    kind = event.pop("event")
    if kind == "begin":
        _note(benchmark, current_level=event["concurrency"], level_started_at=timezone.now())
    elif kind == "level":
        _keep(benchmark, event)
    elif kind == "failed":
        raise _failure(benchmark, event)


def _keep(benchmark: Benchmark, event: Event) -> None:
    """Write a finished level, if the benchmark is still ours."""
    with transaction.atomic(durable=True):
        if not Benchmark.objects.select_for_update().filter(pk=benchmark.pk, claim=benchmark.claim).exists():
            raise claims.ClaimLost(str(benchmark))
        BenchmarkLevel.objects.update_or_create(
            benchmark=benchmark,
            concurrency=event.pop("concurrency"),
            defaults=event | {"measured_at": timezone.now()},
        )


def _failure(benchmark: Benchmark, event: Event) -> PlatformError:
    """The PlatformError of what the generator could not get over."""
    detail, code = str(event["detail"]), f"triton-{str(event['code']).lower().replace('_', '-')}"
    if event["code"] in PASSING:
        return Upstream(
            _("Triton did not answer for %(version)s: %(why)s")
            % {"version": benchmark.version, "why": detail},
            code=code,
            hint=_("It is tried again; the levels that were measured are kept."),
        )
    return Invalid(detail, code=code, hint=_("Try the version in the playground; its words are above."))


def _note(benchmark: Benchmark, **facts: object) -> None:
    if not Benchmark.objects.filter(pk=benchmark.pk, claim=benchmark.claim).update(**facts):
        raise claims.ClaimLost(str(benchmark))


def _all_there(benchmark: Benchmark) -> None:
    """A generator that ended early without a word has not measured everything."""
    measured = set(benchmark.levels.values_list("concurrency", flat=True))
    if not measured.issuperset(benchmark.plan.levels):
        raise Upstream(_("The load generator ended before its last level."), code="generator-ended")
