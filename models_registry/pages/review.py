"""One review: read it, sign a verdict, talk about it, hand it on, ask again, withdraw."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from core import proof
from core.http import page_actor
from models_registry import selectors, services
from models_registry.models import ModelVersion, PromotionRequest
from models_registry.pages import review_view, submit
from models_registry.policies import Policy
from models_registry.reviewform import CommentForm, DelegateForm, ReviewForm
from models_registry.services.four_eyes import makers
from models_registry.signatures import Change

TEMPLATE = "models_registry/review_detail.html"


@require_GET
@login_required
def review_detail(request: HttpRequest, pk: int) -> HttpResponse:
    promotion, before, found = _read(pk)
    form = _form(request, promotion, found)
    return render(request, TEMPLATE, _context(request, promotion, form, before=before, found=found))


@sensitive_post_parameters("password")
@require_POST
@login_required
def review_submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign a verdict; a refusal shows the request as it is now, with what was typed."""
    promotion, before, found = _read(pk)
    form = _form(request, promotion, found)

    def write(_given: dict[str, Any]) -> HttpResponse:
        services.review_promotion(actor=page_actor(request), promotion_id=pk, **form.signature())
        return redirect("models_registry:review_detail", pk)

    def context() -> dict[str, Any]:
        return _context(request, selectors.promotion(pk), form, before=before, found=found)

    signing = submit.signed(request, write)
    return submit.answer(request, form, template=TEMPLATE, context=context, write=signing)


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

    def done(given: dict[str, Any]) -> HttpResponse:
        write(given)
        return redirect(f"/reviews/R-{pk}/#{anchor}")

    def context() -> dict[str, Any]:
        promotion, before, found = _read(pk)
        verdict = _form(request, promotion, found, blank=True)
        return _context(request, promotion, verdict, before=before, found=found)

    return submit.answer(request, form, template=TEMPLATE, context=context, write=done, key=key)


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


def _context(
    request: HttpRequest,
    promotion: PromotionRequest,
    form: ReviewForm,
    *,
    before: ModelVersion | None,
    found: list[Change],
) -> dict[str, Any]:
    context = review_view.context(promotion, before, found, actor=page_actor(request))
    people = context["delegates"]
    return context | {
        "form": form,
        "comment_form": CommentForm(),
        "delegate_form": DelegateForm(people=people),
    }
