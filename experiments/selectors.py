"""Reads of experiments for its pages and the API, each in a fixed number of queries."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from core.errors import missing
from experiments import traffic
from experiments.models import ACTIVE, Benchmark, BenchmarkState
from models_registry import modelconfig
from models_registry.models import ModelVersion
from serving import selectors as serving
from serving.models import Deployment, Observed


@dataclass(frozen=True, slots=True)
class Candidate:
    """A version that could be measured, and what stands in the way."""

    version: ModelVersion
    deployment: Deployment | None
    max_batch: int
    takes_traffic: bool


def benchmarks(*, model: str = "", number: int | None = None, state: str = "") -> QuerySet[Benchmark]:
    """Benchmarks, newest first; `state` "active" stands for those that have not ended."""
    found = _light().order_by("-pk")
    if model:
        found = found.filter(version__model__name=model)
    if number is not None:
        found = found.filter(version__number=number)
    if state == "active":
        return found.filter(state__in=[BenchmarkState.QUEUED, *ACTIVE])
    return found.filter(state=state) if state else found


def named_like(text: str, *, state: str = "") -> QuerySet[Benchmark]:
    """The same by a part of the model's name."""
    found = benchmarks(state=state)
    return found.filter(version__model__name__icontains=text) if text else found


def benchmark_counts() -> dict[str, int]:
    """How many benchmarks there are in each state."""
    rows = Benchmark.objects.order_by().values_list("state").annotate(count=Count("pk"))
    return dict.fromkeys(BenchmarkState.values, 0) | dict(rows)


def benchmark(pk: int) -> Benchmark:
    found = _light().filter(pk=pk).first()
    if found is None:
        raise missing(f"B-{pk}")
    return found


def ahead_of(benchmark: Benchmark) -> int:
    """How many benchmarks of its server come before a waiting one."""
    others = Benchmark.objects.filter(server_id=benchmark.server_id).exclude(pk=benchmark.pk)
    running = others.filter(state__in=ACTIVE).count()
    return running + others.filter(state=BenchmarkState.QUEUED, pk__lt=benchmark.pk).count()


def candidate(version_id: int) -> Candidate:
    """A version as the page of a new benchmark needs it."""
    version = ModelVersion.objects.select_related("model").filter(pk=version_id).first()
    if version is None:
        raise missing(f"version {version_id}")
    deployment = (
        Deployment.objects.filter(version=version, wanted=True, observed=Observed.READY)
        .select_related("server")
        .first()
    )
    max_batch = modelconfig.parse(version.config_text).max_batch_size if version.config_text else 0
    return Candidate(version, deployment, max_batch, traffic.reaches(version))


def measurable_versions() -> list[ModelVersion]:
    return serving.loaded_versions()


def _light() -> QuerySet[Benchmark]:
    """Benchmarks with their levels, and of a version what a row shows: not its signature or configuration."""
    columns = [column.name for column in Benchmark._meta.concrete_fields]
    people = [f"requested_by__{name}" for name in ("username", "first_name", "last_name")]
    version = ("version__number", "version__stage", "version__model__name", "version__model__workspace")
    found = Benchmark.objects.select_related("version__model", "server", "requested_by")
    return found.prefetch_related("levels").only(*columns, *version, "server__name", *people)
