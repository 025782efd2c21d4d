"""The queue of reviews."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from core.http import is_partial, page_actor, signed_in
from core.models import User
from models_registry import figures, selectors
from models_registry.lifecycle import Stage
from models_registry.models import PromotionRequest, PromotionState, RegisteredModel
from models_registry.pages import tones

ROWS_A_PAGE = 25


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One line of the queue: how much of the evidence it was asked with held, and what was wanting."""

    promotion: PromotionRequest
    tone: str
    word: str | Promise
    given: int
    held: int
    wanting: list[str]
    due: str


@require_GET
@login_required
@vary_on_headers("HX-Request")
def review_queue(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    decides = page_actor(request).may("promotion.review")
    shown = request.GET.get("show", "you" if decides else "open")
    shown = shown if shown in {"you", "team", "open", "decided"} else "open"
    mine = selectors.waiting_for(user)
    waiting = mine.count()
    opened = PromotionRequest.objects.filter(state=PromotionState.OPEN).count()
    page = Paginator(_shown(shown, user), ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [_row(promotion) for promotion in page],
        "shown": shown,
        "tabs": tabs(shown, user=user, waiting=waiting, opened=opened),
        "answer": _answer(waiting=waiting, opened=opened, decides=decides),
        "is_reviewer": decides,
    }
    template = "models_registry/review_queue.html"
    return render(request, f"{template}#list" if is_partial(request) else template, context)


@require_GET
@login_required
def review_due(request: HttpRequest) -> HttpResponse:
    """Models by when they have to be reviewed again."""
    found = RegisteredModel.objects.filter(next_review_on__isnull=False).select_related("owner")
    page = Paginator(found.order_by("next_review_on", "name"), ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "today": timezone.localdate()} | _frame(request, "review_due")
    return render(request, "models_registry/review_due.html", context)


@require_GET
@login_required
def review_figures(request: HttpRequest) -> HttpResponse:
    found = figures.governance()
    lead = [(Stage(stage).label, hours) for stage, hours in found.lead_hours.items()]
    context = {"figures": found, "lead": lead, "days": figures.DAYS} | _frame(request, "review_figures")
    return render(request, "models_registry/review_figures.html", context)


def _frame(request: HttpRequest, shown: str) -> dict[str, object]:
    user = signed_in(request)
    opened = PromotionRequest.objects.filter(state=PromotionState.OPEN).count()
    waiting = selectors.waiting_count(user)
    return {"tabs": tabs(shown, user=user, waiting=waiting, opened=opened)}


def _shown(shown: str, user: User) -> Any:
    found = selectors.requests()
    if shown == "decided":
        return found.exclude(state=PromotionState.OPEN).order_by("-decided_at", "-pk")
    if shown == "you":
        return found.filter(pk__in=selectors.waiting_for(user).order_by().values("pk")).order_by(
            "created_at", "pk"
        )
    found = found.filter(state=PromotionState.OPEN).order_by("created_at", "pk")
    return found.filter(version__model__team__iexact=user.team) if shown == "team" else found


def _row(promotion: PromotionRequest) -> ReviewRow:
    wanting = [item["title"] for item in promotion.evidence if not item["passed"]]
    held = len(promotion.evidence) - len(wanting)
    tone, word = tones.of_request(promotion)
    return ReviewRow(promotion, tone, word, tones.approvals_given(promotion), held, wanting, _due(promotion))


def _due(promotion: PromotionRequest) -> str:
    """How long until the verdict is due, or for how long it has been."""
    if promotion.due_at is None or promotion.state != PromotionState.OPEN:
        return ""
    hours = round((promotion.due_at - timezone.now()).total_seconds() / 3600)
    if hours >= 0:
        return _("%(hours)d h left") % {"hours": hours}
    return _("%(hours)d h over") % {"hours": -hours}


def tabs(shown: str, *, user: User, waiting: int, opened: int) -> list[dict[str, object]]:
    """The tabs of all pages about reviews."""
    address = reverse("models_registry:review_queue")
    labels: list[tuple[str, str, int | None]] = [("you", _("For you"), waiting)]
    if user.team:
        labels.append(("team", _("Team"), None))
    labels += [("open", _("All open"), opened), ("decided", _("Decided"), None)]
    found: list[dict[str, object]] = [
        {"label": label, "url": f"{address}?show={key}", "current": key == shown, "count": count}
        for key, label, count in labels
    ]
    for key, label in (
        ("finding_list", _("Findings")),
        ("override_list", _("Overrides")),
        ("review_due", _("Due again")),
        ("review_figures", _("Figures")),
    ):
        url = reverse(f"models_registry:{key}")
        found.append({"label": label, "url": url, "current": key == shown, "count": None})
    return found


def _answer(*, waiting: int, opened: int, decides: bool) -> str:
    if decides:
        if not waiting:
            text = ngettext(
                "Nothing waits for you; %(n)d request is open.",
                "Nothing waits for you; %(n)d requests are open.",
                opened,
            )
            return text % {"n": opened}
        text = ngettext(
            "%(n)d request waits for your verdict.", "%(n)d requests wait for your verdict.", waiting
        )
        return text % {"n": waiting}
    text = ngettext(
        "%(n)d request is open. Reviewers decide on it.",
        "%(n)d requests are open. Reviewers decide on them.",
        opened,
    )
    return text % {"n": opened}
