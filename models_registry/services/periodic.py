"""Periodic reviews: somebody who does not make a model looks at it again, as often as its tier asks."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.errors import Forbidden, Invalid
from models_registry import gates
from models_registry.access import require_on_model
from models_registry.models import RegisteredModel
from models_registry.services.approvals import developers_of
from models_registry.services.stages import locked_model

DAYS_A_MONTH = 30


@transaction.atomic(durable=True)
def complete_review(*, actor: Actor, model_name: str, comment: str) -> RegisteredModel:
    """Say that a model is still right; the next review is due after the months of its tier.

    Raises:
        Forbidden: no reviewer, no fresh proof, or one of those who make the model.
    """
    require_on_model(actor, "promotion.review", name=model_name)
    actor.require_proof()
    assert actor.user is not None
    if not comment.strip():
        raise Invalid(_("Say what you looked at."), code="no-comment", field="comment")
    model = locked_model(model_name)
    if actor.user.pk in developers_of(model):
        raise Forbidden(
            _("Four eyes: who makes %(model)s cannot review it.") % {"model": model},
            code="four-eyes",
            hint=_("Ask another reviewer."),
        )
    before = model.next_review_on
    model.next_review_on = next_review(model)
    model.save(update_fields=["next_review_on", "changed_at"])
    record(
        actor,
        "model.review",
        model,
        before={"next_review_on": before and before.isoformat()},
        after={"next_review_on": model.next_review_on.isoformat()},
        reason=comment,
        model_name=model.name,
    )
    return model


def next_review(model: RegisteredModel) -> date:
    """When a model of this tier that is reviewed today is due again."""
    months = int(gates.current_policy().rules.get("review_months", {}).get(model.risk_tier, 12))
    return timezone.localdate() + timedelta(days=months * DAYS_A_MONTH)
