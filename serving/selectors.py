"""Reads of serving for its pages, each in a fixed number of queries."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from django.db.models import Case, Count, DateTimeField, Exists, F, Min, OuterRef, Q, QuerySet, When
from django.utils.translation import gettext as _

from core.errors import missing
from models_registry.models import ModelVersion
from serving.drift import Wished
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
# What a row's phase is derived from.
BOOKKEEPING = ("generation", "observed_generation", "claimed_until", "last_error", "retryable")
DEPLOYMENT_STATE = ("wanted", "observed", *BOOKKEEPING)
ROUTE_STATE = ("version_id", "observed_id", *BOOKKEEPING)
# When a wish changed, unless the server was looked at since: parsing thousands of times is costly.
NEWS_AT = Case(
    When(Q(server__seen_at=None) | Q(changed_at__gt=F("server__seen_at")), then=F("changed_at")),
    default=None,
    output_field=DateTimeField(null=True),
)
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


def wishes(servers: Iterable[TritonServer]) -> dict[int, list[Wished]]:
    """By server id, what is wished there, or was until just now; by name, then the newest version first."""
    found: dict[int, list[Wished]] = {server.pk: [] for server in servers}
    for server_id, wished in (*_wished_versions(list(found)), *_wished_names(list(found))):
        found[server_id].append(wished)
    return found


def _wished_versions(server_ids: list[int]) -> Iterator[tuple[int, Wished]]:
    recent = Q(changed_at__gt=F("server__seen_at"))
    matters = Q(wanted=True) | Q(observed=Observed.READY) | ~Q(observed_generation=F("generation")) | recent
    rows = Deployment.objects.filter(matters, server__in=server_ids).annotate(news_at=NEWS_AT)
    columns = ("server_id", "pk", "news_at", "version__model__name", "version__number", *DEPLOYMENT_STATE)
    # Nearly all rows are in one and the same state, so few phases are derived.
    derive = cache(lambda *state: Deployment(**dict(zip(DEPLOYMENT_STATE, state, strict=True))).phase)
    for server_id, pk, changed_at, name, number, *state in rows.order_by(
        "version__model__name", "-version__number"
    ).values_list(*columns):
        wanted, observed = state[0], state[1] == Observed.READY
        label = f"{name} v{number}"
        yield (
            server_id,
            Wished(f"{name}.v{number}", label, pk, False, wanted, observed, derive(*state), changed_at),
        )


def _wished_names(server_ids: list[int]) -> Iterator[tuple[int, Wished]]:
    rows = Route.objects.filter(server__in=server_ids).annotate(news_at=NEWS_AT).order_by("model__name")
    columns = ("server_id", "pk", "news_at", "model__name", "version__number", *ROUTE_STATE)
    derive = cache(lambda *state: Route(**dict(zip(ROUTE_STATE, state, strict=True))).phase)
    for server_id, pk, changed_at, name, number, version_id, observed_id, *state in rows.values_list(
        *columns
    ):
        wanted, observed = version_id is not None, observed_id is not None
        # The phase asks whether the two agree, not which they are; so few states are derived.
        phase = derive(int(wanted) or None, (int(wanted) if observed_id == version_id else 2) or None, *state)
        label = f"{name} → v{number}" if number else name
        yield server_id, Wished(name, label, pk, True, wanted, observed, phase, changed_at)


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
