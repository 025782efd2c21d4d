"""What benchmarks say about a version, for the gates."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from experiments import findings
from experiments.models import Benchmark, BenchmarkState
from models_registry import guards
from models_registry.guards import Evidence, moment
from models_registry.models import ModelVersion


def register_own() -> None:
    guards.register("benchmark", benchmark)


def benchmark(version: ModelVersion) -> Evidence:
    """The latest finished benchmark of this very version had no errors."""
    latest = (
        Benchmark.objects.filter(version=version, state=BenchmarkState.DONE)
        .order_by("-ended_at")
        .prefetch_related("levels")
        .first()
    )
    if latest is None:
        return Evidence(
            gate="benchmark",
            title=_("Benchmark"),
            passed=False,
            value="–",
            detail=_("No benchmark of this version has finished."),
        )
    found = findings.sum_up(list(latest.levels.all()))
    why = _objection(latest, version, found)
    return Evidence(
        gate="benchmark",
        title=_("Benchmark"),
        passed=not why,
        value=findings.headline(found.knee) if found.knee else "–",
        detail=why or _("Every answer came, and those compared were right."),
        source=str(latest),
        bound_to=str(latest),
        at=moment(latest.ended_at),
    )


def _objection(latest: Benchmark, version: ModelVersion, found: findings.Summary) -> str:
    measured = (latest.conditions.get("artifact_digest"), latest.conditions.get("config_digest"))
    if measured != (version.artifact_digest, version.config_digest):
        return _("It measured other files or another configuration. Run it again.")
    if found.errors:
        text = ngettext(
            "%(count)d request failed or was answered wrongly.",
            "%(count)d requests failed or were answered wrongly.",
            found.errors,
        )
        return text % {"count": found.errors}
    return "" if found.knee else _("No request was answered.")
