"""What the home page says: measured facts and what waits for the reader, in a fixed number of queries."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.models import User
from core.roles import Role
from experiments.models import ACTIVE, Benchmark, BenchmarkState
from models_registry import selectors
from models_registry.lifecycle import Stage
from models_registry.models import Inspection, ModelVersion, PromotionRequest, PromotionState, RegisteredModel
from serving.models import Deployment, Observed, Route, ServerState, TritonServer

MOST_ROWS = 6


@dataclass(frozen=True, slots=True)
class Item:
    """One row of “Needs you” or “In progress”."""

    tone: str
    text: str
    detail: str
    url: str
    button: str = ""
    at: datetime | None = None
    percent: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    heading: str
    answer: str
    tiles: list[dict[str, object]]
    needs: list[Item]
    waiting_on_others: int
    running: list[Item]
    is_empty: bool
    can_register: bool
    recent: list[RegisteredModel] = field(default_factory=list)


def overview(user: User) -> Overview:
    needs = [*_reviews(user), *_changes(user), *_drafts(user), *_deployments(user)]
    recent = list(RegisteredModel.objects.select_related("owner").order_by("-changed_at")[:MOST_ROWS])
    waiting = PromotionRequest.objects.filter(state=PromotionState.OPEN).count()
    mine = sum(1 for item in needs if item.url.startswith(reverse("models_registry:review_queue")))
    return Overview(
        heading=_heading(len(needs)),
        answer=_answer(),
        tiles=_tiles(),
        needs=needs,
        waiting_on_others=max(waiting - mine, 0),
        running=[*_inspections(), *_loads(), *_benchmarks()],
        is_empty=not recent,
        can_register=Role.ENGINEER in user.roles or Role.ADMIN in user.roles,
        recent=recent,
    )


def _heading(count: int) -> str:
    if not count:
        return _("Nothing needs you")
    return ngettext("%(count)d item needs you", "%(count)d items need you", count) % {"count": count}


def _answer() -> str:
    """One sentence on what serves: everything well, or the first that is not."""
    down = TritonServer.objects.filter(state=ServerState.UNREACHABLE).values_list("name", flat=True).first()
    if down:
        return _("%(server)s does not answer. What it should serve is loaded again as soon as it does.") % {
            "server": down
        }
    trouble = (
        Deployment.objects.exclude(last_error="")
        .select_related("version__model")
        .order_by("-changed_at")
        .first()
    )
    if trouble is not None:
        return _("%(version)s is in trouble: %(why)s") % {
            "version": trouble.version,
            "why": trouble.last_error,
        }
    routes = Route.objects.exclude(observed=None).count()
    if not routes:
        return _("No model takes traffic yet.")
    return ngettext(
        "%(count)d model takes traffic, and every version that should be loaded is ready.",
        "%(count)d models take traffic, and every version that should be loaded is ready.",
        routes,
    ) % {"count": routes}


def _tiles() -> list[dict[str, object]]:
    wanted = Deployment.objects.filter(wanted=True)
    ready, all_wanted = wanted.filter(observed=Observed.READY).count(), wanted.count()
    bench = Benchmark.objects.filter(state=BenchmarkState.DONE).select_related("version__model").first()
    best = bench.levels.order_by("-throughput_rps").first() if bench else None
    return [
        {"label": _("Models"), "value": RegisteredModel.objects.count(), "detail": _last_model()},
        {
            "label": _("Versions ready"),
            "value": ready,
            "detail": _("of %(count)d that should be loaded") % {"count": all_wanted},
        },
        {
            "label": _("Open requests"),
            "value": PromotionRequest.objects.filter(state=PromotionState.OPEN).count(),
            "detail": _("promotions that wait for a review"),
        },
        {
            "label": _("Last benchmark"),
            "value": f"{best.throughput_rps:,.0f}" if best else None,
            "unit": _("req/s"),
            "detail": _("%(version)s at %(count)d concurrent")
            % {"version": bench.version, "count": best.concurrency}
            if bench and best
            else _("nothing measured yet"),
        },
    ]


def _last_model() -> str:
    newest = RegisteredModel.objects.order_by("-created_at").values_list("name", flat=True).first()
    return _("newest: %(name)s") % {"name": newest} if newest else ""


def _reviews(user: User) -> list[Item]:
    found = (
        selectors.waiting_for(user)
        .select_related("version__model", "requested_by")
        .order_by("pk")[:MOST_ROWS]
    )
    return [
        Item(
            "wait",
            _("Review %(version)s for %(stage)s")
            % {"version": request.version, "stage": request.get_target_stage_display()},
            _("%(name)s asked: %(reason)s")
            % {"name": request.requested_by.name, "reason": request.reason[:120]},
            reverse("models_registry:review_detail", args=[request.pk]),
            _("Review"),
            request.created_at,
        )
        for request in found
    ]


def _changes(user: User) -> list[Item]:
    """Own requests that came back, as long as the version stands where it stood."""
    found = PromotionRequest.objects.filter(state=PromotionState.CHANGES, requested_by=user)
    found = found.exclude(version__promotions__state__in=[PromotionState.OPEN, PromotionState.APPROVED])
    return [
        Item(
            "wait",
            _("Changes were requested on %(version)s") % {"version": request.version},
            _("Read the reviewer's reason, then request again or register a new version."),
            reverse("models_registry:review_detail", args=[request.pk]),
            _("Read the reason"),
            request.decided_at,
        )
        for request in found.select_related("version__model").order_by("-pk")[:MOST_ROWS]
    ]


def _drafts(user: User) -> list[Item]:
    working = Q(inspection__in=[Inspection.PENDING, Inspection.RUNNING])
    found = ModelVersion.objects.filter(~working, stage=Stage.DRAFT, created_by=user).select_related("model")
    return [
        Item(
            "bad" if draft.inspection == Inspection.FAILED else "wait",
            _("Finish %(version)s") % {"version": draft},
            draft.problem.get("detail") or _("It is a draft; nobody else can use it yet."),
            reverse("models_registry:version_wizard", args=[draft.model.name, draft.number]),
            _("Continue"),
            draft.created_at,
        )
        for draft in found.order_by("-pk")[:MOST_ROWS]
    ]


def _deployments(user: User) -> list[Item]:
    if Role.OPERATOR not in user.roles:
        return []
    found = Deployment.objects.exclude(last_error="").select_related("version__model", "server")
    return [
        Item(
            "bad" if not row.retryable else "warn",
            _("%(version)s cannot be loaded on %(server)s") % {"version": row.version, "server": row.server},
            row.last_error[:200],
            reverse("serving:deployment_detail", args=[row.pk]),
            _("Look"),
            row.changed_at,
        )
        for row in found.order_by("-changed_at")[:MOST_ROWS]
    ]


def _inspections() -> list[Item]:
    found = ModelVersion.objects.filter(
        inspection__in=[Inspection.PENDING, Inspection.RUNNING]
    ).select_related("model")
    return [
        Item(
            "run",
            _("Reading %(version)s") % {"version": version},
            _("Signature and trial run in the sandbox"),
            reverse("models_registry:version_wizard", args=[version.model.name, version.number]),
        )
        for version in found.order_by("-pk")[:MOST_ROWS]
    ]


def _loads() -> list[Item]:
    found = Deployment.objects.exclude(claim=None).select_related("version__model", "server")
    return [
        Item(
            "run",
            _("Loading %(version)s") % {"version": row.version}
            if row.wanted
            else _("Unloading %(version)s") % {"version": row.version},
            str(row.server),
            reverse("serving:deployment_detail", args=[row.pk]),
        )
        for row in found.order_by("-changed_at")[:MOST_ROWS]
    ]


def _benchmarks() -> list[Item]:
    found = Benchmark.objects.filter(state__in=[BenchmarkState.QUEUED, *ACTIVE]).select_related(
        "version__model"
    )
    return [
        Item(
            "run",
            _("Benchmark of %(version)s") % {"version": row.version},
            str(row.get_state_display()),
            reverse("experiments:benchmark_detail", args=[row.pk]),
        )
        for row in found[:MOST_ROWS]
    ]
