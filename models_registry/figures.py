"""Figures of governance: how long decisions take, what is overdue, and who always approves for whom."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Count, F, Q
from django.utils import timezone

from models_registry.models import (
    Finding,
    FindingState,
    Override,
    PromotionRequest,
    PromotionState,
    RegisteredModel,
    Review,
    Verdict,
)

DAYS = 90
MOST_DECISIONS = 5000
MOST_PAIRS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """How often one person approved for one and the same requester; `share` of all approvals, 0 to 1."""

    requester: str
    reviewer: str
    approvals: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of the last DAYS days, but for what is overdue now. `lead_hours` are medians by stage asked for."""

    decided: int
    lead_hours: dict[str, float]
    overdue_requests: int
    overdue_findings: int
    overdue_reviews: int
    overrides: int
    overrides_unjudged: int
    pairs: list[Pair]

    def to_json(self) -> dict[str, object]:
        return asdict(self)


def governance(*, now: datetime | None = None) -> Figures:
    now = now or timezone.now()
    since = now - timedelta(days=DAYS)
    decided = PromotionRequest.objects.filter(
        state__in=[PromotionState.APPROVED, PromotionState.REJECTED], decided_at__gte=since
    )
    times: dict[str, list[float]] = {}
    rows = decided.order_by("-decided_at").values_list("target_stage", "created_at", "decided_at")
    for stage, asked, done in rows[:MOST_DECISIONS]:
        assert done is not None
        times.setdefault(stage, []).append((done - asked).total_seconds() / 3600)
    opened = PromotionRequest.objects.filter(state=PromotionState.OPEN)
    today = now.date()
    used = Override.objects.filter(used_at__gte=since)
    return Figures(
        decided=decided.count(),
        lead_hours={stage: round(median(hours), 1) for stage, hours in sorted(times.items())},
        overdue_requests=opened.filter(due_at__lt=now).count(),
        overdue_findings=Finding.objects.filter(state=FindingState.OPEN, due_on__lt=today).count(),
        overdue_reviews=RegisteredModel.objects.filter(next_review_on__lt=today).count(),
        overrides=used.count(),
        overrides_unjudged=Override.objects.filter(Q(reviewed_at=None)).count(),
        pairs=_pairs(since),
    )


def _pairs(since: datetime) -> list[Pair]:
    given = Review.objects.filter(verdict=Verdict.APPROVE, voided_at=None, created_at__gte=since)
    total = given.count()
    found = (
        given.order_by()
        .values(asked=F("promotion__requested_by__username"), by=F("reviewer__username"))
        .annotate(n=Count("pk"))
        .order_by("-n", "asked", "by")[:MOST_PAIRS]
    )
    return [
        Pair(requester=row["asked"], reviewer=row["by"], approvals=row["n"], share=row["n"] / total)
        for row in found
    ]
