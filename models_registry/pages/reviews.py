"""Reviews: the queue, one request, verdicts, withdrawal."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from core.errors import PlatformError
from core.http import is_partial, page_actor, signed_in
from core.models import User
from core.roles import Role
from models_registry import selectors, services
from models_registry.forms import ReviewForm
from models_registry.models import PromotionRequest, PromotionState
from models_registry.pages import review_view, tones

ROWS_A_PAGE = 25


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One line of the queue; `marks` are (passed, title) of the evidence it was asked with."""

    promotion: PromotionRequest
    tone: str
    word: str | Promise
    given: int
    marks: list[tuple[bool, str]]


@require_GET
@login_required
@vary_on_headers("HX-Request")
def review_queue(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    shown = request.GET.get("show", "you" if Role.REVIEWER in user.roles else "open")
    shown = shown if shown in {"you", "open", "decided"} else "open"
    mine = selectors.waiting_for(user)
    waiting = mine.count()
    opened = PromotionRequest.objects.filter(state=PromotionState.OPEN).count()
    page = Paginator(_shown(shown, user), ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [_row(promotion) for promotion in page],
        "shown": shown,
        "tabs": _tabs(shown, waiting=waiting, opened=opened),
        "answer": _answer(user, waiting=waiting, opened=opened),
        "is_reviewer": Role.REVIEWER in user.roles,
    }
    template = "models_registry/review_queue.html"
    return render(request, f"{template}#list" if is_partial(request) else template, context)


@require_GET
@login_required
def review_detail(request: HttpRequest, pk: int) -> HttpResponse:
    promotion = selectors.promotion(pk)
    before, _live = review_view.baseline(promotion)
    found = review_view.changes(promotion, before)
    form = ReviewForm(breaking=[change for change in found if change.breaking])
    return _page(request, promotion, form, before=before, found=found)


@require_POST
@login_required
def review_submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a verdict; a refusal shows the request as it is now, with what was typed."""
    promotion = selectors.promotion(pk)
    before, _live = review_view.baseline(promotion)
    found = review_view.changes(promotion, before)
    form = ReviewForm(request.POST, breaking=[change for change in found if change.breaking])
    if not form.is_valid():
        return _page(request, promotion, form, before=before, found=found, status=422)
    try:
        services.review_promotion(
            actor=page_actor(request),
            promotion_id=pk,
            verdict=form.cleaned_data["verdict"],
            comment=form.signed_comment(),
        )
    except PlatformError as error:
        form.refuse(error)
        now = selectors.promotion(pk)
        return _page(request, now, form, before=before, found=found, status=error.status)
    return redirect("models_registry:review_detail", pk)


@require_POST
@login_required
def review_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    services.withdraw_promotion(actor=page_actor(request), promotion_id=pk)
    return redirect("models_registry:review_detail", pk)


def _page(
    request: HttpRequest,
    promotion: PromotionRequest,
    form: ReviewForm,
    *,
    before: Any,
    found: list[Any],
    status: int = 200,
) -> HttpResponse:
    actor = page_actor(request)
    context = review_view.context(promotion, before, found, actor=actor) | {"form": form}
    return render(request, "models_registry/review_detail.html", context, status=status)


def _shown(shown: str, user: User) -> Any:
    found = selectors.requests()
    if shown == "decided":
        return found.exclude(state=PromotionState.OPEN).order_by("-decided_at", "-pk")
    if shown == "you":
        return found.filter(pk__in=selectors.waiting_for(user).order_by().values("pk")).order_by(
            "created_at", "pk"
        )
    return found.filter(state=PromotionState.OPEN).order_by("created_at", "pk")


def _row(promotion: PromotionRequest) -> ReviewRow:
    marks = [(bool(item["passed"]), item["title"]) for item in promotion.evidence]
    tone, word = tones.of_request(promotion)
    return ReviewRow(promotion, tone, word, tones.approvals_given(promotion), marks)


def _tabs(shown: str, *, waiting: int, opened: int) -> list[dict[str, object]]:
    address = reverse("models_registry:review_queue")
    labels = (
        ("you", _("For you"), waiting),
        ("open", _("All open"), opened),
        ("decided", _("Decided"), None),
    )
    return [
        {"label": label, "url": f"{address}?show={key}", "current": key == shown, "count": count}
        for key, label, count in labels
    ]


def _answer(user: User, *, waiting: int, opened: int) -> str:
    if Role.REVIEWER in user.roles:
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
