"""What an approval is worth: whose it is, in which role, for exactly which content. Used inside services."""

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from core.actors import Actor
from core.audit import record
from core.models import User
from core.roles import Role
from models_registry import guards
from models_registry.guards import Evidence
from models_registry.mailboxes import all_accounts
from models_registry.models import ModelVersion, PromotionRequest, RegisteredModel, Review, Verdict
from models_registry.policies import APPROVING, Policy


@dataclass(frozen=True, slots=True)
class Quorum:
    """How far a request is: people who approved, and roles of which nobody has."""

    given: int
    needed: int
    lacking: tuple[str, ...]

    @property
    def is_met(self) -> bool:
        return self.given >= self.needed and not self.lacking


def roles_for(user: User, model: RegisteredModel, *, developers: Collection[int] | None = None) -> set[str]:
    """The roles in which a person's approval counts for this model: who develops it does not validate it.

    `developers` of the model, if the caller has read them already.
    """
    if not user.is_active or user.is_service:
        return set()
    held = set(APPROVING) & user.roles_in(model.workspace_id)
    if Role.VALIDATOR not in held:
        return held
    same_team = bool(model.team) and user.team.strip().casefold() == model.team.strip().casefold()
    theirs = same_team or user.pk in (developers_of(model) if developers is None else developers)
    return held - {Role.VALIDATOR.value} if theirs else held


def developers_of(model: RegisteredModel) -> set[int]:
    """The accounts of the model's owner and of all who made a version of it."""
    return all_accounts({model.owner_id, *model.versions.values_list("created_by_id", flat=True)})


def standing(promotion: PromotionRequest) -> list[Review]:
    """The approvals that count: of this round, not void, and for the content the request is bound to."""
    return [review for review in promotion.reviews.all() if stands(review, promotion)]


def stands(review: Review, promotion: PromotionRequest) -> bool:
    return (
        review.verdict == Verdict.APPROVE
        and review.voided_at is None
        and (review.round, review.artifact_digest, review.config_digest, review.evidence_digest)
        == (
            promotion.round,
            promotion.artifact_digest,
            promotion.config_digest,
            promotion.evidence_digest,
        )
    )


def quorum(promotion: PromotionRequest, reviews: Sequence[Review]) -> Quorum:
    """How far these approvals lead, by the roles they were signed in."""
    step = Policy.from_json(promotion.policy)
    lacking = uncovered(step.needed_roles, [set(review.roles) for review in reviews])
    return Quorum(len(reviews), step.approvals, lacking)


def uncovered(needed: Sequence[str], people: Sequence[set[str]]) -> tuple[str, ...]:
    """The roles that remain when each person stands for at most one; as few as possible."""
    if not needed:
        return ()
    first, rest = needed[0], needed[1:]
    best: tuple[str, ...] = (first, *uncovered(rest, people))
    for place, roles in enumerate(people):
        if first in roles:
            others = [*people[:place], *people[place + 1 :]]
            best = min(best, uncovered(rest, others), key=len)
        if not best:
            break
    return best


def evidence_digest(evidence: Iterable[Evidence], *, required: Iterable[str]) -> str:
    """SHA-256 over what the required evidence rests on; the same in every language."""
    wanted = set(required)
    bound = sorted((item.gate, item.bound_to) for item in evidence if item.gate in wanted)
    return hashlib.sha256(json.dumps(bound, separators=(",", ":")).encode()).hexdigest()


def bind(
    promotion: PromotionRequest,
    version: ModelVersion,
    *,
    step: Policy,
    policy_id: int,
    evidence: Sequence[Evidence],
) -> None:
    """Bind a request to the content, the evidence and the policy of now; its clocks start again."""
    now = timezone.now()
    promotion.policy, promotion.policy_version_id = step.to_json(), policy_id
    promotion.evidence = [item.to_json() for item in evidence]
    promotion.artifact_digest, promotion.config_digest = version.artifact_digest, version.config_digest
    promotion.evidence_digest = evidence_digest(evidence, required=step.required)
    promotion.asked_at = now
    promotion.due_at = now + timedelta(hours=step.sla_hours)
    promotion.expires_at = now + timedelta(days=step.expires_days)


def rebind(
    promotion: PromotionRequest, *, step: Policy, policy_id: int, actor: Actor, reason: str
) -> list[Review]:
    """Bind an existing request anew; what was approved before is void, with this reason."""
    version = promotion.version
    evidence = guards.gather(version, (*step.required, *step.shown))
    before = {"round": promotion.round, "approvals": promotion.approvals_needed}
    bind(promotion, version, step=step, policy_id=policy_id, evidence=evidence)
    voided = void(promotion, promotion.reviews.filter(voided_at=None), reason=reason, actor=actor)
    promotion.round += 1
    promotion.save()
    after = {"round": promotion.round, "approvals": promotion.approvals_needed, "policy": policy_id}
    record(
        actor,
        "promotion.rebind",
        promotion,
        before=before,
        after=after,
        reason=reason,
        model_name=version.model.name,
    )
    return voided


def void(
    promotion: PromotionRequest, reviews: Iterable[Review], *, reason: str, actor: Actor
) -> list[Review]:
    """Make reviews count no more; they stay, with the reason."""
    ended = list(reviews)
    for review in ended:
        review.voided_at, review.void_reason = timezone.now(), reason
        review.save(update_fields=["voided_at", "void_reason"])
        record(
            actor,
            "review.void",
            promotion,
            before={"reviewer": review.reviewer.username, "verdict": review.verdict},
            after={"void": True},
            reason=reason,
            model_name=promotion.version.model.name,
        )
    return ended


def recheck(promotion: PromotionRequest, *, actor: Actor, reason: str) -> list[Review]:
    """The approvals that count at this moment; those whose reviewer lost the role meanwhile become void."""
    counted: list[Review] = []
    lost: list[Review] = []
    model = promotion.version.model
    for review in promotion.reviews.select_related("reviewer").order_by("pk"):
        if not stands(review, promotion):
            continue
        held = roles_for(review.reviewer, model)
        (counted if held else lost).append(review)
        review.roles = sorted(held.intersection(review.roles) or held)
    void(promotion, lost, reason=reason, actor=actor)
    return counted
