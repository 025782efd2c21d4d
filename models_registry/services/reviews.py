"""Verdicts: signed by a proven person, in a role, for this very content; the last moves the version."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.actors import Actor
from core.audit import record
from core.errors import Conflict, Invalid
from core.models import User
from models_registry import gates, guards
from models_registry.access import require_on_promotion
from models_registry.lifecycle import Stage
from models_registry.mailboxes import all_accounts
from models_registry.models import (
    Finding,
    ModelVersion,
    PromotionRequest,
    PromotionState,
    RegisteredModel,
    Review,
    Severity,
    Verdict,
)
from models_registry.policies import Policy
from models_registry.services.approvals import evidence_digest, quorum, recheck
from models_registry.services.four_eyes import refuse_makers, refuse_wrong_role
from models_registry.services.periodic import next_review
from models_registry.services.promotions import locked_promotion, refuse_decided
from models_registry.services.stages import artifact_digest, decide, move

LONGEST_CONDITION = 200
MOST_CONDITIONS = 10
CONDITION_DUE = timedelta(days=30)
MEANINGS = {
    Verdict.APPROVE: "approves that %(version)s becomes “%(stage)s”",
    Verdict.CHANGES: "asks for changes before %(version)s becomes “%(stage)s”",
    Verdict.REJECT: "rejects %(version)s",
}


@transaction.atomic(durable=True)
def review_promotion(
    *,
    actor: Actor,
    promotion_id: int,
    verdict: str,
    comment: str,
    ticked: Collection[str] = (),
    conditions: Sequence[Mapping[str, Any]] = (),
) -> PromotionRequest:
    """Sign a verdict; the last approval that the policy needs moves the version in the same transaction.

    Args:
        ticked: items of the policy's checklist that the reviewer checked; an approval needs all of them.
        conditions: of an approval, each with `text` and perhaps `due_on`; they become findings.

    Raises:
        Forbidden: not a reviewer, no fresh proof of who it is, or a maker of what is reviewed (four eyes).
        Conflict: decided or expired, reviewed by the same person, changed content, or a gate that fell.
        Invalid: no reason, an unticked item, or a condition without words.
    """
    require_on_promotion(actor, "promotion.review", promotion_id=promotion_id)
    assert actor.user is not None
    _refuse_words(verdict, comment)
    version, promotion = locked_promotion(promotion_id)
    roles = _refuse_reviewer(promotion, actor=actor)
    _refuse_changed(version, promotion)
    if verdict == Verdict.APPROVE:
        _refuse_unticked(promotion, ticked)
        _refuse_evidence(version, promotion)
    review = _sheet(promotion, user=actor.user, verdict=verdict, comment=comment, roles=roles)
    review.ticked = sorted(ticked)
    review.conditions = _conditions(conditions) if verdict == Verdict.APPROVE else []
    review.manifest = _manifest(review, actor=actor)
    review.save()
    record(
        actor,
        f"promotion.{verdict}",
        promotion,
        before={"state": PromotionState.OPEN},
        after={"version": str(version), "verdict": verdict, "signature": review.manifest},
        reason=comment,
        model_name=version.model.name,
    )
    _follow(version, promotion, verdict=verdict, reason=comment.strip(), actor=actor)
    return promotion


def _follow(
    version: ModelVersion, promotion: PromotionRequest, *, verdict: str, reason: str, actor: Actor
) -> None:
    """What a verdict leads to; the approvals are looked at again, as of now, before the version moves."""
    if verdict == Verdict.CHANGES:
        decide(promotion, PromotionState.CHANGES)
    elif verdict == Verdict.REJECT:
        guards.enforce(version, gates.RETIRE)
        move(version, "reject", actor=actor, reason=reason)
        decide(promotion, PromotionState.REJECTED)
    else:
        lost = _("The reviewer no longer holds a role that may approve this.")
        counted = recheck(promotion, actor=actor, reason=lost)
        if quorum(promotion, counted).is_met:
            move(version, promotion.verb, actor=actor, reason=promotion.reason)
            decide(promotion, PromotionState.APPROVED)
            _open_conditions(promotion, counted, actor=actor)
            _first_review(version)


def _open_conditions(promotion: PromotionRequest, reviews: Sequence[Review], *, actor: Actor) -> None:
    """Conditions of an approval become findings, so that they are tracked to their end."""
    for review in reviews:
        for condition in review.conditions:
            finding = Finding.objects.create(
                version=promotion.version,
                promotion=promotion,
                is_condition=True,
                title=condition["text"],
                severity=Severity.MAJOR,
                owner=promotion.requested_by,
                due_on=date.fromisoformat(condition["due_on"]),
                raised_by=review.reviewer,
            )
            after = {"title": finding.title, "due_on": condition["due_on"], "condition_of": str(promotion)}
            name = promotion.version.model.name
            record(actor, "finding.raise", finding, after=after, model_name=name)


def _conditions(given: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    kept = []
    for each in given:
        text, due_on = str(each.get("text", "")).strip(), each.get("due_on")
        if not text or len(text) > LONGEST_CONDITION or len(given) > MOST_CONDITIONS:
            raise Invalid(
                _("A condition has 1 to %(most)d characters, and there are at most %(count)d.")
                % {"most": LONGEST_CONDITION, "count": MOST_CONDITIONS},
                code="bad-condition",
                field="conditions",
            )
        due = due_on if isinstance(due_on, date) else timezone.localdate() + CONDITION_DUE
        kept.append({"text": text, "due_on": due.isoformat()})
    return kept


def _manifest(review: Review, *, actor: Actor) -> dict[str, Any]:
    """The signature as it would be printed: who, when, what it means, why, how proven, and what it covers."""
    promotion = review.promotion
    with override("en"):
        words = {"version": str(promotion.version), "stage": str(promotion.get_target_stage_display())}
        meaning = MEANINGS[Verdict(review.verdict)] % words
    return {
        "name": review.reviewer.name,
        "username": review.reviewer.username,
        "roles": review.roles,
        "meaning": meaning,
        "reason": review.comment,
        "signed_at": timezone.now().isoformat(timespec="seconds"),
        "proof": actor.auth,
        "door": actor.door.value,
        "covers": {
            "artifact": review.artifact_digest,
            "config": review.config_digest,
            "evidence": review.evidence_digest,
            "policy": str(promotion.policy_version or ""),
        },
    }


def _refuse_second(user: User, promotion: PromotionRequest) -> None:
    reviewers = promotion.reviews.filter(voided_at=None).values_list("reviewer_id", flat=True)
    if user.pk in all_accounts(reviewers):
        raise Conflict(_("You have reviewed %(request)s already.") % {"request": promotion}, code="reviewed")


def _refuse_changed(version: ModelVersion, promotion: PromotionRequest) -> None:
    now = {
        "files": (artifact_digest(version.files.all()), promotion.artifact_digest),
        "config": (version.config_digest, promotion.config_digest),
        "stage": (version.stage, promotion.from_stage),
    }
    changed = [name for name, (one, other) in now.items() if one != other]
    if changed:
        _refuse_as_changed(promotion, changed)


def _refuse_evidence(version: ModelVersion, promotion: PromotionRequest) -> None:
    step = Policy.from_json(promotion.policy)
    found = guards.enforce(version, gates.always(step.required))
    if not promotion.evidence_digest:
        return
    if evidence_digest(found, required=step.required) != promotion.evidence_digest:
        before = {item["gate"]: item.get("bound_to", "") for item in promotion.evidence}
        _refuse_as_changed(
            promotion, [item.gate for item in found if item.bound_to != before.get(item.gate, "")]
        )


def _refuse_as_changed(promotion: PromotionRequest, changed: list[str]) -> None:
    raise Conflict(
        _("%(version)s is not what this request was opened for; changed: %(changed)s.")
        % {"version": promotion.version, "changed": ", ".join(changed)},
        code="content-changed",
        hint=_("Who asked resubmits it; approvals given so far are then void."),
        changed=changed,
    )


def _refuse_unticked(promotion: PromotionRequest, ticked: Collection[str]) -> None:
    left = [item for item in Policy.from_json(promotion.policy).checklist if item not in ticked]
    if left:
        raise Invalid(
            _("Tick what you checked before you approve: %(items)s") % {"items": " ".join(left)},
            code="not-ticked",
            field="ticked",
            items=left,
        )


def _refuse_words(verdict: str, comment: str) -> None:
    if verdict not in Verdict.values:
        raise Invalid(
            _("A verdict is one of: %(verdicts)s.") % {"verdicts": ", ".join(Verdict.values)},
            code="unknown-verdict",
            field="verdict",
        )
    if not comment.strip():
        raise Invalid(_("Write a reason. It is kept with your verdict."), code="no-comment", field="comment")


def _refuse_reviewer(promotion: PromotionRequest, *, actor: Actor) -> set[str]:
    """The roles this person signs in; refused when the request or the person does not allow it."""
    assert actor.user is not None
    refuse_decided(promotion)
    refuse_makers(actor.user, promotion)
    roles = refuse_wrong_role(actor.user, promotion)
    actor.require_proof()
    _refuse_second(actor.user, promotion)
    return roles


def _sheet(promotion: PromotionRequest, *, user: User, verdict: str, comment: str, roles: set[str]) -> Review:
    """A verdict on what the request is bound to, not yet signed."""
    return Review(
        promotion=promotion,
        reviewer=user,
        verdict=verdict,
        comment=comment.strip(),
        artifact_digest=promotion.artifact_digest,
        config_digest=promotion.config_digest,
        evidence_digest=promotion.evidence_digest,
        round=promotion.round,
        roles=sorted(roles),
    )


def _first_review(version: ModelVersion) -> None:
    """A model that has come to serve is looked at again after the months of its tier."""
    if version.stage == Stage.DEPLOYED and version.model.next_review_on is None:
        due = next_review(version.model)
        RegisteredModel.objects.filter(pk=version.model_id, next_review_on=None).update(next_review_on=due)
