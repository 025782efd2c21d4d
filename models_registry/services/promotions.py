"""Promotion requests: asked, resubmitted, withdrawn, expired. Verdicts on them are in `reviews`."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import WORKER, Actor
from core.audit import record
from core.errors import Conflict, Forbidden, Invalid, missing
from models_registry import gates, guards
from models_registry.access import require_on_promotion, require_on_version
from models_registry.guards import Evidence
from models_registry.lifecycle import PROMOTIONS, next_stage
from models_registry.models import ModelVersion, PromotionRequest, PromotionState
from models_registry.policies import Policy
from models_registry.services.approvals import bind, rebind
from models_registry.services.four_eyes import makers, refuse_without_reviewers
from models_registry.services.stages import decide, locked_version

__all__ = ["makers"]
RESUBMITTED_FROM = frozenset({PromotionState.OPEN, PromotionState.CHANGES})


@transaction.atomic(durable=True)
def request_promotion(*, actor: Actor, version_id: int, verb: str, reason: str) -> PromotionRequest:
    """Ask reviewers to move a version on; policy, evidence and digests are kept with the request.

    Raises:
        Conflict: the step is not open from here, a gate does not hold, a request is open already,
            or there is nobody who may approve it.
    """
    if verb not in PROMOTIONS:
        raise Invalid(
            _("A promotion is one of: %(verbs)s.") % {"verbs": ", ".join(PROMOTIONS)},
            code="unknown-verb",
            field="verb",
        )
    require_on_version(actor, PROMOTIONS[verb].permission, version_id=version_id)
    assert actor.user is not None
    _need_reason(reason)
    version = locked_version(version_id)
    target = next_stage(verb, version.stage)
    policy = gates.current_policy()
    step = gates.policies_in(policy, version)[verb]
    evidence = _evidence(version, step)
    refuse_without_reviewers(version, requester=actor.user, step=step)
    promotion = PromotionRequest(
        version=version,
        verb=verb,
        from_stage=version.stage,
        target_stage=target,
        requested_by=actor.user,
        reason=reason.strip(),
    )
    bind(promotion, version, step=step, policy_id=policy.pk, evidence=evidence)
    _open(promotion)
    after = {
        "version": str(version),
        "verb": verb,
        "from": version.stage,
        "to": target,
        "policy": str(policy),
    }
    record(actor, "promotion.request", promotion, after=after, reason=reason, model_name=version.model.name)
    return promotion


@transaction.atomic(durable=True)
def resubmit_promotion(*, actor: Actor, promotion_id: int, reason: str) -> PromotionRequest:
    """Ask again, with the content, evidence and policy of now; every verdict given so far is void.

    Raises:
        Forbidden: not who asked first.
        Conflict: it is decided, the version has moved, a gate does not hold, or another request is open.
    """
    require_on_promotion(actor, "promotion.request", promotion_id=promotion_id)
    assert actor.user is not None
    _need_reason(reason)
    version, promotion = locked_promotion(promotion_id)
    if promotion.state not in RESUBMITTED_FROM:
        refuse_decided(promotion)
    _refuse_others(actor, promotion)
    if version.stage != promotion.from_stage:
        raise Conflict(
            _("%(version)s has moved since.") % {"version": version},
            code="illegal-transition",
            hint=_("Open a new request."),
        )
    policy = gates.current_policy()
    step = gates.policies_in(policy, version)[promotion.verb]
    _evidence(version, step)
    refuse_without_reviewers(version, requester=actor.user, step=step)
    promotion.state, promotion.decided_at = PromotionState.OPEN, None
    promotion.reason = reason.strip()
    _open(promotion)
    rebind(promotion, step=step, policy_id=policy.pk, actor=actor, reason=reason.strip())
    return promotion


@transaction.atomic(durable=True)
def withdraw_promotion(*, actor: Actor, promotion_id: int) -> PromotionRequest:
    """Take one's own open request back."""
    require_on_promotion(actor, "promotion.request", promotion_id=promotion_id)
    version, promotion = locked_promotion(promotion_id)
    refuse_decided(promotion)
    _refuse_others(actor, promotion)
    decide(promotion, PromotionState.WITHDRAWN)
    record(
        actor,
        "promotion.withdraw",
        promotion,
        before={"state": PromotionState.OPEN},
        after={"state": promotion.state},
        model_name=version.model.name,
    )
    return promotion


@transaction.atomic(durable=True)
def expire_promotion(*, promotion_id: int) -> bool:
    """Close a request whose time is over; False when it is not, or decided meanwhile."""
    version, promotion = locked_promotion(promotion_id)
    if promotion.state != PromotionState.OPEN or not is_expired(promotion):
        return False
    decide(promotion, PromotionState.EXPIRED)
    record(
        WORKER,
        "promotion.expire",
        promotion,
        before={"state": PromotionState.OPEN},
        after={"state": promotion.state},
        model_name=version.model.name,
    )
    return True


def locked_promotion(promotion_id: int) -> tuple[ModelVersion, PromotionRequest]:
    """A request and its version, both rows locked, the version first."""
    version_id = PromotionRequest.objects.filter(pk=promotion_id).values_list("version_id", flat=True).first()
    if version_id is None:
        raise missing(_("promotion request with this id"))
    version = locked_version(version_id)
    promotion = (
        PromotionRequest.objects.select_for_update(of=("self",))
        .select_related("requested_by")
        .get(pk=promotion_id)
    )
    promotion.version = version
    return version, promotion


def is_expired(promotion: PromotionRequest) -> bool:
    return promotion.expires_at is not None and promotion.expires_at <= timezone.now()


def refuse_decided(promotion: PromotionRequest) -> None:
    """Conflict unless the request is open and its time is not over."""
    if promotion.state == PromotionState.OPEN and not is_expired(promotion):
        return
    if promotion.state == PromotionState.OPEN:
        raise Conflict(
            _("%(request)s has expired.") % {"request": promotion},
            code="request-expired",
            hint=_("Open a new request; evidence grows old."),
        )
    last = promotion.reviews.select_related("reviewer").last()
    who = last.reviewer.name if last else promotion.requested_by.name
    raise Conflict(
        _("%(request)s is %(state)s already, by %(who)s.")
        % {"request": promotion, "state": promotion.get_state_display(), "who": who},
        code="already-decided",
        hint=_("Open the request again to see what happened."),
        state=promotion.state,
    )


def _evidence(version: ModelVersion, step: Policy) -> list[Evidence]:
    return guards.enforce(version, step.required) + guards.gather(version, step.shown)


def _open(promotion: PromotionRequest) -> None:
    try:
        with transaction.atomic():
            promotion.save()
    except IntegrityError as error:
        raise Conflict(
            _("%(version)s has an open request already.") % {"version": promotion.version},
            code="request-open",
            hint=_("Wait for its decision, or withdraw it first."),
        ) from error


def _refuse_others(actor: Actor, promotion: PromotionRequest) -> None:
    if promotion.requested_by != actor.user:
        raise Forbidden(
            _("Only %(name)s, who opened it, can withdraw or resubmit this request.")
            % {"name": promotion.requested_by.name}
        )


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid(_("Say why; reviewers read it first."), code="no-reason", field="reason")
