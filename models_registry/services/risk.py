"""The risk tier of a model: by rule, from answers to the questions of the policy that holds."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.errors import Invalid
from models_registry import gates
from models_registry.access import require_on_model
from models_registry.models import ModelVersion, PromotionRequest, PromotionState, RegisteredModel
from models_registry.policies import Rules
from models_registry.services.approvals import rebind
from models_registry.services.stages import locked_model

# The answer that a model cannot deny when one of its versions brings code of its own.
CODE, CODE_BACKENDS = "code", frozenset({"python"})


@transaction.atomic(durable=True)
def answer_risk(*, actor: Actor, model_name: str, answers: Mapping[str, str]) -> RegisteredModel:
    """Keep the answers and the tier that follows from them.

    When the tier changes, every open request of the model goes on under the policy of the new tier, and
    approvals given so far are void.

    Raises:
        Invalid: an unknown question or answer, a question left out, or code denied that a version brings.
    """
    require_on_model(actor, "risk.answer", name=model_name)
    policy = gates.current_policy()
    rules = Rules.from_json(policy.rules)
    model = locked_model(model_name)
    _refuse_answers(rules, answers, model=model)
    before = {"tier": model.risk_tier, "answers": model.risk_answers}
    model.risk_answers = {each.key: answers[each.key] for each in rules.questions}
    model.risk_answered_at = timezone.now()
    model.risk_tier = rules.tier(model.risk_answers)
    model.save(update_fields=["risk_answers", "risk_answered_at", "risk_tier", "changed_at"])
    after = {"tier": model.risk_tier, "answers": model.risk_answers, "policy": str(policy)}
    record(actor, "model.risk", model, before=before, after=after, model_name=model.name)
    if model.risk_tier != before["tier"]:
        _reopen(model, policy_id=policy.pk, actor=actor)
    return model


def _reopen(model: RegisteredModel, *, policy_id: int, actor: Actor) -> None:
    versions = list(
        model.versions.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True)
    )
    found = PromotionRequest.objects.select_for_update(of=("self",)).select_related("version__model")
    reason = _("The risk tier became %(tier)s.") % {"tier": model.get_risk_tier_display()}
    for promotion in found.filter(version_id__in=versions, state=PromotionState.OPEN).order_by("pk"):
        promotion.version.model = model
        step = gates.policy_for(promotion.version, promotion.verb)
        rebind(promotion, step=step, policy_id=policy_id, actor=actor, reason=reason)


def _refuse_answers(rules: Rules, answers: Mapping[str, str], *, model: RegisteredModel) -> None:
    known = {each.key: {value for value, _label, _tier in each.options} for each in rules.questions}
    for key, value in answers.items():
        if key not in known or value not in known[key]:
            raise Invalid(
                _("“%(value)s” is no answer to a question “%(key)s”.") % {"value": value, "key": key},
                code="bad-answer",
                hint=_("The questions are: %(keys)s.") % {"keys": ", ".join(known)},
                field=key,
            )
    open_ones = [key for key in known if key not in answers]
    if open_ones:
        raise Invalid(
            _("These questions are open: %(keys)s.") % {"keys": ", ".join(open_ones)},
            code="answers-missing",
            missing=open_ones,
        )
    if answers.get(CODE) == "no" and "yes" in known.get(CODE, ()):
        _refuse_denied_code(model)


def _refuse_denied_code(model: RegisteredModel) -> None:
    bringing = ModelVersion.objects.filter(model=model, backend__in=CODE_BACKENDS).order_by("number").first()
    if bringing is not None:
        raise Invalid(
            _("v%(number)d runs on the %(backend)s backend, so the model does run code of its own.")
            % {"number": bringing.number, "backend": bringing.backend},
            code="code-denied",
            field=CODE,
        )
