"""What benchmarks add to the registry's pages: the newest result in a line, and the way to a new one."""

from collections.abc import Collection, Iterator
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from core.quantities import milliseconds, per_second
from experiments import findings
from experiments.models import Benchmark, BenchmarkState
from models_registry import panels
from models_registry.models import ModelVersion
from models_registry.panels import Action, Measured, Number
from serving import selectors


def register_own() -> None:
    panels.register_id("B", "experiments:benchmark_detail")
    panels.measured.register(measured)
    panels.numbers.register(numbers)
    panels.actions.register(actions)


def measured(version_ids: Collection[int]) -> Iterator[Measured]:
    """The newest benchmark that each of these versions has been through."""
    for benchmark in _newest(version_ids).only("version_id", "ended_at", "state"):
        found = findings.sum_up(list(benchmark.levels.all()))
        is_sound = found.knee is not None and not found.errors
        yield Measured(
            version_id=benchmark.version_id,
            label=str(benchmark),
            url=reverse("experiments:benchmark_detail", args=[benchmark.pk]),
            tone="ok" if is_sound else "warn",
            word=_("Measured") if is_sound else _("With errors"),
            brief=_("p99 %(p99)s") % {"p99": milliseconds(found.knee.p99_ms)} if found.knee else "",
            text=findings.headline(found.knee) if found.knee else "",
            at=benchmark.ended_at,
        )


def numbers(version_ids: Collection[int]) -> Iterator[Number]:
    """Throughput and tail latency of each level of the newest benchmark of these versions."""
    for benchmark in _newest(version_ids).select_related("server"):
        common: dict[str, Any] = {
            "version_id": benchmark.version_id,
            "conditions": _conditions(benchmark),
            "source": str(benchmark),
            "url": reverse("experiments:benchmark_detail", args=[benchmark.pk]),
        }
        for level in benchmark.levels.all():
            words = {"count": level.concurrency}
            yield Number(
                key=f"rate {level.concurrency:05d}",
                label=_("Throughput at %(count)d concurrent") % words,
                value=level.throughput_rps,
                text=per_second(level.throughput_rps),
                better="more",
                **common,
            )
            if level.p99_ms is not None:
                yield Number(
                    key=f"p99 {level.concurrency:05d}",
                    label=_("p99 at %(count)d concurrent") % words,
                    value=level.p99_ms,
                    text=milliseconds(level.p99_ms),
                    better="less",
                    **common,
                )


def _newest(version_ids: Collection[int]) -> QuerySet[Benchmark]:
    """The newest finished benchmark of each of these versions, with its levels."""
    done = Benchmark.objects.filter(version_id__in=version_ids, state=BenchmarkState.DONE)
    return done.order_by("version_id", "-ended_at").distinct("version_id").prefetch_related("levels")


def _conditions(benchmark: Benchmark) -> str:
    """Where and with what a benchmark ran; numbers are only comparable when it is the same."""
    batch = _("batch %(size)d") % {"size": benchmark.plan.batch_size}
    return f"{benchmark.server.name}, Triton {benchmark.conditions.get('triton_version', '–')}, {batch}"


def actions(version: ModelVersion) -> Iterator[Action]:
    ready = selectors.is_ready(version)
    yield Action(
        id="benchmark",
        label=_("Benchmark"),
        icon="gauge",
        url=f"{reverse('experiments:benchmark_new')}?version={version.pk}",
        permission="benchmark.run",
        why="" if ready else _("No server has %(version)s ready.") % {"version": version},
    )
