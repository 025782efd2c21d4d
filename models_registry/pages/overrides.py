"""Emergency overrides: who may, who did, and what others think of it."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from core import proof
from core.actors import Actor
from core.http import page_actor, signed_in
from models_registry import gates, selectors, services
from models_registry.governforms import GrantForm, JudgeForm, OverrideForm
from models_registry.lifecycle import promotions_from
from models_registry.mailboxes import all_accounts
from models_registry.models import Override, OverrideGrant, PromotionRequest, PromotionState
from models_registry.pages import buttons, reviews, submit
from models_registry.services.four_eyes import makers_of

ROWS_A_PAGE = 25
MOST_GRANTS = 50


@require_http_methods(["GET", "POST"])
@login_required
def override_list(request: HttpRequest) -> HttpResponse:
    """Overrides, the unjudged first; and, for admins, who may use one."""
    user, actor = signed_in(request), page_actor(request)
    heavy = [f"version__{name}" for name in selectors.HEAVY]
    found = Override.objects.select_related("version__model", "used_by", "reviewed_by").defer(*heavy)
    page = Paginator(found.order_by("reviewed_at", "-pk").reverse(), ROWS_A_PAGE).get_page(
        request.GET.get("page")
    )
    unjudged = Override.objects.filter(reviewed_at=None).count()
    text = ngettext("%(n)d override is not judged yet.", "%(n)d overrides are not judged yet.", unjudged)
    opened = PromotionRequest.objects.filter(state=PromotionState.OPEN).count()
    context = {
        "page": page,
        "grants": OverrideGrant.objects.filter(revoked_at=None, expires_at__gt=timezone.now()).select_related(
            "user", "granted_by"
        )[:MOST_GRANTS],
        "answer": text % {"n": unjudged},
        "tabs": reviews.tabs(
            "override_list", user=user, waiting=selectors.waiting_count(user), opened=opened
        ),
        "why": buttons.refusal(actor, "override.grant"),
    }

    def write(given: dict[str, Any]) -> HttpResponse:
        services.grant_override(actor=actor, **given)
        return redirect("models_registry:override_list")

    if "revoke" in request.POST:
        services.revoke_override(actor=actor, grant_id=int(request.POST["revoke"]))
        return redirect("models_registry:override_list")
    form = GrantForm(request.POST or None)
    return submit.answer(
        request, form, template="models_registry/override_list.html", context=context, write=write
    )


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@login_required
def override_detail(request: HttpRequest, pk: int) -> HttpResponse:
    override = (
        Override.objects.select_related("version__model", "used_by", "reviewed_by").filter(pk=pk).first()
    )
    if override is None:
        raise selectors.missing(f"O-{pk}")

    def write(given: dict[str, Any]) -> HttpResponse:
        services.review_override(actor=page_actor(request), override_id=pk, **given)
        return redirect("models_registry:override_detail", pk)

    context = {
        "override": override,
        "version": override.version,
        "why": _why_not_judge(override, actor=page_actor(request)),
    }
    form = JudgeForm(request.POST or None, is_proven=proof.is_fresh(request))
    return submit.answer(
        request,
        form,
        template="models_registry/override_detail.html",
        context=context,
        write=submit.signed(request, write),
    )


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@login_required
def override_use(request: HttpRequest, name: str, number: int) -> HttpResponse:
    version, actor = selectors.version(name, number), page_actor(request)
    steps = promotions_from(version.stage)

    def write(given: dict[str, Any]) -> HttpResponse:
        override = services.use_override(actor=page_actor(request), version_id=version.pk, **given)
        return redirect("models_registry:override_detail", override.pk)

    known = gates.policies_for(version)
    context = {
        "version": version,
        "model": version.model,
        "never": [step.target.label for step in steps if not known[step.verb].break_glass],
        "why": buttons.refusal(actor, "override.use", model=version.model) or _why_no_grant(actor),
    }
    form = OverrideForm(request.POST or None, steps=steps, is_proven=proof.is_fresh(request))
    return submit.answer(
        request,
        form,
        template="models_registry/override_use.html",
        context=context,
        write=submit.signed(request, write),
    )


def _why_no_grant(actor: Actor) -> str:
    granted = OverrideGrant.objects.filter(user=actor.user, revoked_at=None, expires_at__gt=timezone.now())
    return "" if granted.exists() else _("Nobody granted you an emergency override. Ask an admin.")


def _why_not_judge(override: Override, *, actor: Actor) -> str:
    if override.reviewed_at is not None:
        return _("%(override)s is judged.") % {"override": override}
    if refused := buttons.refusal(actor, "promotion.review", model=override.version.model):
        return refused
    involved = all_accounts([override.used_by_id]) | makers_of(override.version)
    if actor.user is not None and actor.user.pk in involved:
        return _("You used it or made the version, so somebody else has to judge it.")
    return ""
