"""Reads of serving for its pages, each in a fixed number of queries."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import (
    Count,
    Exists,
    Min,
    OuterRef,
    Q,
    QuerySet,
)
from django.utils.translation import gettext as _

from core.errors import missing
from models_registry.models import ModelVersion
from serving.models import (
    Deployment,
    DeploymentStep,
    Observed,
    Route,
    ServerState,
    StepState,
    TritonServer,
)

# A row of a list needs a version's name and stage, not its signature, configuration or recorded answers.
VERSION_FIELDS = ("version__number", "version__stage", "version__model__name")
MOST_ATTEMPTS = 5
# At most five steps an attempt, and room for one that is cut off.
MOST_STEPS = 30
MOST_CHOICES = 200


@dataclass(frozen=True, slots=True)
class FleetCounts:
    """The fleet in numbers; `away` names the servers that don't answer."""

    servers: int
    away: list[str]
    missing: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to meet a wish: its steps in the order they ran."""

    claim: UUID
    steps: list[DeploymentStep]

    @property
    def started_at(self) -> datetime:
        return self.steps[0].started_at

    @property
    def duration_ms(self) -> float | None:
        """The time of all its steps, once they have ended."""
        times = [step.duration_ms for step in self.steps]
        return None if None in times else sum(time or 0 for time in times)

    @property
    def state(self) -> StepState:
        states = {step.state for step in self.steps}
        worst = (StepState.FAILED, StepState.ABANDONED, StepState.RUNNING)
        return next((state for state in worst if state in states), StepState.DONE)


def server(pk: int) -> TritonServer:
    found = TritonServer.objects.filter(pk=pk).first()
    if found is None:
        raise missing(_("server with this id"))
    return found


def servers() -> QuerySet[TritonServer]:
    """Servers without their indexes, which may be long."""
    return TritonServer.objects.defer("index")


def indexes(server_ids: Collection[int]) -> dict[int, list[dict[str, str]]]:
    return dict(TritonServer.objects.filter(pk__in=server_ids).values_list("pk", "index"))


def public_names(server_id: int) -> QuerySet[Route]:
    """The routes of a server, by the name of their model."""
    return (
        Route.objects.filter(server_id=server_id)
        .select_related("model", "version")
        .only(*_columns(Route), "model__name", "version__number")
    )


def fleet_counts() -> FleetCounts:
    away = TritonServer.objects.filter(state=ServerState.UNREACHABLE)
    unmet = Deployment.objects.filter(wanted=True).exclude(observed=Observed.READY)
    return FleetCounts(TritonServer.objects.count(), list(away.values_list("name", flat=True)), unmet.count())


def deployments(
    *, name: str = "", show: str = "", server_id: int | None = None, model: str = ""
) -> QuerySet[Deployment]:
    """Deployments, newest first.

    Args:
        name: a part of a model's name; `model` is a whole one.
        show: wanted, failing, unloaded, or "" for all.
    """
    found = _light(Deployment.objects.all()).order_by("-pk")
    if name:
        found = found.filter(version__model__name__icontains=name)
    if model:
        found = found.filter(version__model__name=model)
    if server_id is not None:
        found = found.filter(server_id=server_id)
    kinds = {"wanted": Q(wanted=True), "failing": ~Q(last_error=""), "unloaded": Q(wanted=False)}
    return found.filter(kinds[show]) if show in kinds else found


def deployment_counts() -> dict[str, int]:
    """How many deployments there are of each kind that the list can show."""
    counts = {
        "all": Count("pk"),
        "failing": Count("pk", filter=~Q(last_error="")),
        "unloaded": Count("pk", filter=Q(wanted=False)),
        "ready": Count("pk", filter=Q(wanted=True, observed=Observed.READY)),
    }
    found = Deployment.objects.aggregate(**counts)
    return found | {"wanted": found["all"] - found["unloaded"]}


def deployment(pk: int) -> Deployment:
    found = _light(Deployment.objects.filter(pk=pk)).first()
    if found is None:
        raise missing(f"D-{pk}")
    return found


def attempts(deployment: Deployment) -> tuple[list[Attempt], int]:
    """The latest attempts, newest first, and how many there were in all."""
    latest = list(deployment.steps.order_by("-pk")[:MOST_STEPS])
    grouped: dict[UUID, list[DeploymentStep]] = {}
    for step in reversed(latest):
        grouped.setdefault(step.claim, []).append(step)
    total = deployment.steps.values("claim").annotate(first=Min("pk")).count()
    shown = [Attempt(claim, steps) for claim, steps in reversed(grouped.items())]
    return shown[:MOST_ATTEMPTS], total


def route_of(model_id: int) -> Route | None:
    return (
        Route.objects.filter(model_id=model_id)
        .select_related("model", "server", "version__model", "previous__model", "observed__model")
        .first()
    )


def is_ready(version: ModelVersion) -> bool:
    """Whether some server has the version ready, as wanted."""
    return Deployment.objects.filter(version=version, wanted=True, observed=Observed.READY).exists()


def version_of(model: str, number: int) -> ModelVersion | None:
    return ModelVersion.objects.of(model).filter(number=number).first()


def newest_deployment(version_id: int) -> Deployment | None:
    return Deployment.objects.filter(version_id=version_id).order_by("-wanted", "-pk").first()


def loaded_versions() -> list[ModelVersion]:
    """Versions that some server has ready, by name; the newest of a model first."""
    ready = Deployment.objects.filter(version=OuterRef("pk"), wanted=True, observed=Observed.READY)
    found = ModelVersion.objects.filter(Exists(ready)).select_related("model")
    fields = ("number", "stage", "model__name")
    return list(found.only(*fields).order_by("model__name", "-number")[:MOST_CHOICES])


def playground_version(pk: int) -> ModelVersion:
    found = ModelVersion.objects.select_related("model").filter(pk=pk).first()
    if found is None:
        raise missing(_("version with this id"))
    return found


def _light(found: QuerySet[Deployment]) -> QuerySet[Deployment]:
    server = ("server__name", "server__state", "server__seen_at", "server__last_error")
    return found.select_related("version__model", "server").only(
        *_columns(Deployment), *VERSION_FIELDS, *server
    )


def _columns(kind: type[Deployment] | type[Route]) -> list[str]:
    return [column.name for column in kind._meta.concrete_fields]
