"""Promotion requests and reviews: four eyes, one winner, evidence checked again at the moment it counts."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.actors import Actor
from core.audit import record
from core.errors import Conflict, Forbidden, Invalid, missing
from core.models import User
from core.roles import Role
from models_registry import gates, guards
from models_registry.access import require_on_promotion, require_on_version
from models_registry.lifecycle import PROMOTIONS, next_stage
from models_registry.models import (
    ModelVersion,
    PromotionRequest,
    PromotionState,
    Review,
    Verdict,
)
from models_registry.services.stages import artifact_digest, locked_version, move


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
    if not reason.strip():
        raise Invalid(_("Say why; reviewers read it first."), code="no-reason", field="reason")
    version = locked_version(version_id)
    target = next_stage(verb, version.stage)
    policy = gates.policy_for(version, verb)
    evidence = guards.enforce(version, policy.required) + guards.gather(version, policy.shown)
    _refuse_without_reviewers(version, requester=actor.user, needed=policy.approvals)
    try:
        with transaction.atomic():
            promotion = PromotionRequest.objects.create(
                version=version,
                verb=verb,
                from_stage=version.stage,
                target_stage=target,
                requested_by=actor.user,
                reason=reason.strip(),
                policy=policy.to_json(),
                evidence=[item.to_json() for item in evidence],
                artifact_digest=version.artifact_digest,
                config_digest=version.config_digest,
            )
    except IntegrityError as error:
        raise Conflict(
            _("%(version)s has an open request already.") % {"version": version},
            code="request-open",
            hint=_("Wait for its decision, or withdraw it first."),
        ) from error
    after = {"version": str(version), "verb": verb, "from": version.stage, "to": target}
    record(actor, "promotion.request", promotion, after=after, reason=reason, model_name=version.model.name)
    return promotion


@transaction.atomic(durable=True)
def review_promotion(*, actor: Actor, promotion_id: int, verdict: str, comment: str) -> PromotionRequest:
    """Give a verdict; the last approval that the policy needs moves the version in the same transaction.

    Raises:
        Forbidden: not a reviewer, or a maker of what is reviewed (four eyes).
        Conflict: decided meanwhile, reviewed by the same person, changed bytes, or a gate that fell.
    """
    require_on_promotion(actor, "promotion.review", promotion_id=promotion_id)
    assert actor.user is not None
    if verdict not in Verdict.values:
        raise Invalid(
            _("A verdict is one of: %(verdicts)s.") % {"verdicts": ", ".join(Verdict.values)},
            code="unknown-verdict",
            field="verdict",
        )
    if not comment.strip():
        raise Invalid(_("Write a reason. It is kept with your verdict."), code="no-comment", field="comment")
    version, promotion = _locked(promotion_id)
    _refuse_decided(promotion)
    _refuse_makers(actor.user, promotion)
    _refuse_changed(version, promotion)
    _add_review(actor.user, promotion, verdict=verdict, comment=comment.strip())
    record(
        actor,
        f"promotion.{verdict}",
        promotion,
        before={"state": PromotionState.OPEN},
        after={"version": str(version), "verdict": verdict},
        reason=comment,
        model_name=version.model.name,
    )
    if verdict == Verdict.APPROVE:
        _approve(version, promotion, actor=actor)
    elif verdict == Verdict.REJECT:
        guards.enforce(version, gates.RETIRE)
        move(version, "reject", actor=actor, reason=comment.strip())
        _decide(promotion, PromotionState.REJECTED)
    else:
        _decide(promotion, PromotionState.CHANGES)
    return promotion


@transaction.atomic(durable=True)
def withdraw_promotion(*, actor: Actor, promotion_id: int) -> PromotionRequest:
    """Take one's own open request back."""
    require_on_promotion(actor, "promotion.request", promotion_id=promotion_id)
    version, promotion = _locked(promotion_id)
    _refuse_decided(promotion)
    if promotion.requested_by != actor.user:
        raise Forbidden(
            _("Only %(name)s, who opened it, can withdraw this request.")
            % {"name": promotion.requested_by.name}
        )
    _decide(promotion, PromotionState.WITHDRAWN)
    record(
        actor,
        "promotion.withdraw",
        promotion,
        before={"state": PromotionState.OPEN},
        after={"state": promotion.state},
        model_name=version.model.name,
    )
    return promotion


def makers(promotion: PromotionRequest) -> set[int]:
    """The ids of those who may not decide: who requested, created, uploaded or last edited."""
    version = promotion.version
    uploaders = version.files.values_list("uploaded_by_id", flat=True)
    ids = {promotion.requested_by_id, version.created_by_id, version.config_edited_by_id, *uploaders}
    return {pk for pk in ids if pk is not None}


def _locked(promotion_id: int) -> tuple[ModelVersion, PromotionRequest]:
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


def _approve(version: ModelVersion, promotion: PromotionRequest, *, actor: Actor) -> None:
    approvals = promotion.reviews.filter(verdict=Verdict.APPROVE).count()
    if approvals < promotion.approvals_needed:
        return
    guards.enforce(version, dict.fromkeys([*gates.ALWAYS, *promotion.policy["required"]]))
    move(version, promotion.verb, actor=actor, reason=promotion.reason)
    _decide(promotion, PromotionState.APPROVED)


def _decide(promotion: PromotionRequest, state: PromotionState) -> None:
    promotion.state, promotion.decided_at = state, timezone.now()
    promotion.save(update_fields=["state", "decided_at"])


def _add_review(user: User, promotion: PromotionRequest, *, verdict: str, comment: str) -> None:
    try:
        with transaction.atomic():
            Review.objects.create(
                promotion=promotion,
                reviewer=user,
                verdict=verdict,
                comment=comment,
                artifact_digest=promotion.artifact_digest,
                config_digest=promotion.config_digest,
            )
    except IntegrityError as error:
        raise Conflict(
            _("You have reviewed %(request)s already.") % {"request": promotion}, code="reviewed"
        ) from error


def _refuse_decided(promotion: PromotionRequest) -> None:
    if promotion.state == PromotionState.OPEN:
        return
    last = promotion.reviews.select_related("reviewer").last()
    who = last.reviewer.name if last else promotion.requested_by.name
    raise Conflict(
        _("%(request)s is %(state)s already, by %(who)s.")
        % {"request": promotion, "state": promotion.get_state_display(), "who": who},
        code="already-decided",
        hint=_("Open the request again to see what happened."),
        state=promotion.state,
    )


def _refuse_makers(user: User, promotion: PromotionRequest) -> None:
    if user.pk in makers(promotion):
        raise Forbidden(
            _("Four eyes: who registered, uploaded, edited or requested %(version)s cannot decide on it.")
            % {"version": promotion.version},
            code="four-eyes",
            hint=_("Ask another reviewer."),
        )


def _refuse_changed(version: ModelVersion, promotion: PromotionRequest) -> None:
    now = (artifact_digest(version.files.all()), version.config_digest)
    if now != (promotion.artifact_digest, promotion.config_digest) or version.stage != promotion.from_stage:
        raise Conflict(
            _("%(version)s is not what this request was opened for.") % {"version": version},
            code="content-changed",
            hint=_("Withdraw the request and open a new one."),
        )


def _refuse_without_reviewers(version: ModelVersion, *, requester: User, needed: int) -> None:
    excluded = makers(PromotionRequest(version=version, requested_by=requester))
    able = (
        User.objects.filter(role_names__contains=[Role.REVIEWER], is_active=True)
        .exclude(pk__in=excluded)
        .count()
    )
    if able < needed:
        raise Conflict(
            ngettext(
                "This step needs %(needed)d reviewer who did not make the version; there are %(able)d.",
                "This step needs %(needed)d reviewers who did not make the version; there are %(able)d.",
                needed,
            )
            % {"needed": needed, "able": able},
            code="no-reviewer",
            hint=_("Ask an admin to name another reviewer."),
        )
