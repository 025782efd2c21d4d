"""What must hold before each stage of a model, and the questions that its tier follows from."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core import proof
from core.actors import Actor
from core.http import page_actor
from models_registry import gates, selectors, services
from models_registry.governforms import PeriodicForm, RiskForm
from models_registry.lifecycle import PROMOTIONS
from models_registry.models import RegisteredModel
from models_registry.pages import buttons, models, submit, tones
from models_registry.policies import Rules
from models_registry.services.approvals import developers_of


@require_http_methods(["GET", "POST"])
@login_required
def model_policy(request: HttpRequest, name: str) -> HttpResponse:
    model, actor = selectors.model(name), page_actor(request)
    policy = gates.current_policy()
    rules = Rules.from_json(policy.rules)

    def write(given: dict[str, Any]) -> HttpResponse:
        services.answer_risk(actor=actor, model_name=model.name, answers=given)
        return redirect("models_registry:model_policy", model.name)

    def reviewed(given: dict[str, Any]) -> HttpResponse:
        services.complete_review(actor=page_actor(request), model_name=model.name, comment=given["comment"])
        return redirect("models_registry:model_policy", model.name)

    tone, word = tones.of_model(model.concern)  # type: ignore[attr-defined]
    steps = rules.steps[model.risk_tier].items()
    context = {
        "model": model,
        "tone": tone,
        "word": word,
        "policy": policy,
        "steps": [(PROMOTIONS[verb].target.label, step) for verb, step in steps],
        "tabs": models.tabs(model, current="policy"),
        "why": buttons.refusal(actor, "risk.answer", model=model),
        "answer": _answer(model.get_risk_tier_display(), is_answered=bool(model.risk_answers)),
    }
    template, is_review = "models_registry/model_policy.html", "comment" in request.POST
    periodic = PeriodicForm(request.POST if is_review else None, is_proven=proof.is_fresh(request))
    risk = RiskForm(
        None if is_review else request.POST or None, questions=rules.questions, initial=model.risk_answers
    )
    context |= {"risk": risk, "periodic": periodic, "is_overdue": _is_overdue(model)}
    context["why_not_review"] = _why_not_review(model, actor=actor)
    if is_review:
        return submit.answer(
            request, periodic, template=template, context=context, write=submit.signed(request, reviewed)
        )
    return submit.answer(request, risk, template=template, context=context, write=write)


def _is_overdue(model: RegisteredModel) -> bool:
    return model.next_review_on is not None and model.next_review_on < timezone.localdate()


def _why_not_review(model: RegisteredModel, *, actor: Actor) -> str:
    if refused := buttons.refusal(actor, "promotion.review", model=model):
        return refused
    if actor.user is not None and actor.user.pk in developers_of(model):
        return _("You make %(model)s, so somebody else reviews it.") % {"model": model}
    return ""


def _answer(tier: str, *, is_answered: bool) -> str:
    if is_answered:
        return _("Its risk tier is %(tier)s; that follows from the answers below.") % {"tier": tier}
    return _("Its risk tier is %(tier)s, chosen by hand. Answer the questions to have it derived.") % {
        "tier": tier
    }
