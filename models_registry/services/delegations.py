"""Handing a request to another reviewer; never to somebody who made what is reviewed."""

from django.db import transaction
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.errors import Conflict, Forbidden, Invalid, missing
from core.models import User
from models_registry.access import require_on_promotion
from models_registry.mailboxes import all_accounts
from models_registry.models import Delegation, PromotionRequest
from models_registry.services.approvals import roles_for
from models_registry.services.four_eyes import makers, refuse_makers, refuse_wrong_role
from models_registry.services.promotions import locked_promotion, refuse_decided

# So that a request does not go round for ever.
MOST_DELEGATIONS = 3


@transaction.atomic(durable=True)
def delegate_promotion(*, actor: Actor, promotion_id: int, to: str, reason: str) -> PromotionRequest:
    """Hand a request to another reviewer by name; to oneself means taking it.

    Raises:
        Forbidden: the actor or the receiver made what is reviewed, or may not review it.
        Conflict: it is decided, or was handed on MOST_DELEGATIONS times.
    """
    require_on_promotion(actor, "promotion.review", promotion_id=promotion_id)
    assert actor.user is not None
    if not reason.strip():
        raise Invalid(_("Say why you hand it on."), code="no-reason", field="reason")
    version, promotion = locked_promotion(promotion_id)
    refuse_decided(promotion)
    refuse_makers(actor.user, promotion)
    refuse_wrong_role(actor.user, promotion)
    receiver = User.objects.filter(username=to).first()
    if receiver is None:
        raise missing(_("person named “%(name)s”") % {"name": to})
    _refuse_receiver(receiver, promotion)
    if promotion.delegations.count() >= MOST_DELEGATIONS and receiver != actor.user:
        raise Conflict(
            _("%(request)s was handed on %(most)d times already.")
            % {"request": promotion, "most": MOST_DELEGATIONS},
            code="delegated-too-often",
            hint=_("Decide on it, or ask an admin."),
        )
    before = promotion.assigned_to.username if promotion.assigned_to else None
    Delegation.objects.create(
        promotion=promotion, from_user=actor.user, to_user=receiver, reason=reason.strip()
    )
    promotion.assigned_to = receiver
    promotion.save(update_fields=["assigned_to"])
    record(
        actor,
        "promotion.delegate",
        promotion,
        before={"assigned_to": before},
        after={"assigned_to": receiver.username},
        reason=reason,
        model_name=version.model.name,
    )
    return promotion


def _refuse_receiver(receiver: User, promotion: PromotionRequest) -> None:
    words = {"name": receiver.name}
    if receiver.pk in makers(promotion):
        raise Forbidden(
            _("%(name)s made or requested it and can't decide on it.") % words,
            code="four-eyes",
            hint=_("Choose somebody else."),
            field="to",
        )
    if not roles_for(receiver, promotion.version.model):
        raise Forbidden(
            _("%(name)s has no role that may decide on it.") % words,
            code="cannot-review",
            hint=_("Choose a reviewer or a validator of another team."),
            field="to",
        )
    given = promotion.reviews.filter(voided_at=None).values_list("reviewer_id", flat=True)
    if receiver.pk in all_accounts(given):
        raise Conflict(_("%(name)s has given a verdict already.") % words, code="reviewed", field="to")
