"""One review: read it, sign a verdict, talk about it, hand it on, ask again, withdraw."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from core import proof
from core.errors import PlatformError
from core.http import page_actor
from models_registry import selectors, services
from models_registry.models import ModelVersion, PromotionRequest
from models_registry.pages import review_view
from models_registry.policies import Policy
from models_registry.reviewform import CommentForm, DelegateForm, ReviewForm
from models_registry.services.four_eyes import makers
from models_registry.signatures import Change


@require_GET
@login_required
def review_detail(request: HttpRequest, pk: int) -> HttpResponse:
    promotion, before, found = _read(pk)
    return _page(request, promotion, _form(request, promotion, found), before=before, found=found)


@sensitive_post_parameters("password")
@require_POST
@login_required
def review_submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign a verdict; a refusal shows the request as it is now, with what was typed."""
    promotion, before, found = _read(pk)
    form = _form(request, promotion, found)
    if not form.is_valid():
        return _page(request, promotion, form, before=before, found=found, status=422)
    try:
        if "password" in form.cleaned_data:
            proof.confirm(request, form.cleaned_data["password"])
        services.review_promotion(actor=page_actor(request), promotion_id=pk, **form.signature())
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


@require_POST
@login_required
def review_resubmit(request: HttpRequest, pk: int) -> HttpResponse:
    reason = request.POST.get("reason", "")
    services.resubmit_promotion(actor=page_actor(request), promotion_id=pk, reason=reason)
    return redirect("models_registry:review_detail", pk)


@require_POST
@login_required
def review_comment(request: HttpRequest, pk: int) -> HttpResponse:
    form = CommentForm(request.POST)

    def write(given: dict[str, Any]) -> None:
        words = {"text": given["text"], "line": given["line"], "parent_id": given["parent"]}
        services.comment_on(actor=page_actor(request), promotion_id=pk, **words)

    return _small(request, pk, form, key="comment_form", anchor="conversation", write=write)


@require_POST
@login_required
def review_delegate(request: HttpRequest, pk: int) -> HttpResponse:
    promotion = selectors.promotion(pk)
    people = review_view.able_on(promotion, barred=makers(promotion))
    form = DelegateForm(request.POST, people=people)

    def write(given: dict[str, Any]) -> None:
        services.delegate_promotion(actor=page_actor(request), promotion_id=pk, **given)

    return _small(request, pk, form, key="delegate_form", anchor="approvals", write=write)


def _small(
    request: HttpRequest,
    pk: int,
    form: CommentForm | DelegateForm,
    *,
    key: str,
    anchor: str,
    write: Callable[[dict[str, Any]], None],
) -> HttpResponse:
    """One of the page's lesser forms: back to its place, or the page with what is wrong."""
    status = 422
    if form.is_valid():
        try:
            write(form.cleaned_data)
        except PlatformError as error:
            form.refuse(error)
            status = error.status
        else:
            return redirect(f"/reviews/R-{pk}/#{anchor}")
    promotion, before, found = _read(pk)
    verdict = _form(request, promotion, found, blank=True)
    return _page(request, promotion, verdict, before=before, found=found, status=status, **{key: form})


def _read(pk: int) -> tuple[PromotionRequest, ModelVersion | None, list[Change]]:
    promotion = selectors.promotion(pk)
    before, _live = review_view.baseline(promotion)
    return promotion, before, review_view.changes(promotion, before)


def _form(
    request: HttpRequest, promotion: PromotionRequest, found: list[Change], *, blank: bool = False
) -> ReviewForm:
    return ReviewForm(
        request.POST if request.method == "POST" and not blank else None,
        breaking=[change for change in found if change.breaking],
        checklist=Policy.from_json(promotion.policy).checklist,
        is_proven=proof.is_fresh(request),
    )


def _page(
    request: HttpRequest,
    promotion: PromotionRequest,
    form: ReviewForm,
    *,
    before: ModelVersion | None,
    found: list[Change],
    status: int = 200,
    **forms: Any,
) -> HttpResponse:
    context = review_view.context(promotion, before, found, actor=page_actor(request))
    people = context["delegates"]
    context |= {"form": form, "comment_form": CommentForm(), "delegate_form": DelegateForm(people=people)}
    return render(request, "models_registry/review_detail.html", context | forms, status=status)
