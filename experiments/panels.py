"""What benchmarks add to the registry's pages: the newest result in a line, and the way to a new one."""

from collections.abc import Collection, Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from experiments import findings
from experiments.models import Benchmark, BenchmarkState
from models_registry import panels
from models_registry.models import ModelVersion
from models_registry.panels import Action, Measured
from serving.models import Deployment, Observed


def register_own() -> None:
    panels.register_id("B", "experiments:benchmark_detail")
    panels.measured.register(measured)
    panels.actions.register(actions)


def measured(version_ids: Collection[int]) -> Iterator[Measured]:
    """The newest finished benchmark of each version."""
    done = Benchmark.objects.filter(version_id__in=version_ids, state=BenchmarkState.DONE)
    newest = done.order_by("version_id", "-pk").distinct("version_id").prefetch_related("levels")
    for benchmark in newest:
        found = findings.sum_up(list(benchmark.levels.all()))
        yield Measured(
            version_id=benchmark.version_id,
            label=str(benchmark),
            url=reverse("experiments:benchmark_detail", args=[benchmark.pk]),
            tone="warn" if found.errors else "ok",
            word=_("With errors") if found.errors else _("Done"),
            text=findings.headline(found.knee) if found.knee else "",
            at=benchmark.ended_at,
        )


def actions(version: ModelVersion) -> Iterator[Action]:
    ready = Deployment.objects.filter(version=version, wanted=True, observed=Observed.READY).exists()
    yield Action(
        id="benchmark",
        label=_("Benchmark"),
        icon="gauge",
        url=f"{reverse('experiments:benchmark_new')}?version={version.pk}",
        permission="benchmark.run",
        why="" if ready else _("No server has %(version)s ready.") % {"version": version},
    )
