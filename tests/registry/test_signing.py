"""Who signs, in which role, with which proof, for exactly what; and what makes an approval void."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.actors import Actor, Door
from core.errors import Conflict, Forbidden, Invalid
from core.models import AuditEvent
from core.roles import Role
from models_registry import guards, policyseed, services
from models_registry.guards import Evidence
from models_registry.lifecycle import Stage
from models_registry.models import Finding, ModelVersion, PromotionRequest, PromotionState, Review
from tests.factories import a_model, a_promotion, a_user, a_version, acting

pytestmark = pytest.mark.django_db
TWO = {"approvals": 2, "required": ["signature-known"], "shown": []}
BOTH = TWO | {"needed_roles": ["reviewer", "validator"]}


def ask(version, **given):
    wish = {"actor": acting(version.created_by), "version_id": version.pk, "verb": "test", "reason": "Ready."}
    return services.request_promotion(**wish | given)


def sign(promotion, user, **given):
    wish = {"actor": acting(user), "promotion_id": promotion.pk, "verdict": "approve", "comment": "Fine."}
    return services.review_promotion(**wish | given)


def stage(promotion):
    return ModelVersion.objects.get(pk=promotion.version_id).stage


def two_accounts(*roles):
    first, second = a_user(*roles), a_user(*roles)
    first.email, second.email = "Robin@Example.org", "robin+2@example.org"
    first.save()
    second.save()
    return first, second


@pytest.mark.parametrize("door", list(Door))
def test_a_second_account_of_a_maker_approves_through_no_door(door):
    maker, twin = two_accounts(Role.ENGINEER, Role.REVIEWER)
    a_user(Role.REVIEWER)
    promotion = ask(a_version(model=a_model(owner=maker)))

    with pytest.raises(Forbidden) as refused:
        sign(promotion, twin, actor=acting(twin, door=door))

    assert (refused.value.code, stage(promotion), Review.objects.count()) == ("four-eyes", "registered", 0)


def test_two_accounts_of_one_person_are_one_approval():
    first, second = two_accounts(Role.REVIEWER)
    promotion = a_promotion(policy=TWO)
    sign(promotion, first)

    with pytest.raises(Conflict) as refused:
        sign(promotion, second)

    assert (refused.value.code, stage(promotion), Review.objects.count()) == ("reviewed", "registered", 1)


def test_each_needed_role_is_held_by_another_person():
    both, reviewer, validator = (
        a_user(Role.REVIEWER, Role.VALIDATOR),
        a_user(Role.REVIEWER),
        a_user(Role.VALIDATOR),
    )
    promotion = a_promotion(policy=BOTH)

    sign(promotion, both)
    assert stage(promotion) == Stage.REGISTERED
    sign(promotion, reviewer)
    assert stage(promotion) == Stage.TESTING

    other = a_promotion(policy=BOTH)
    sign(other, a_user(Role.REVIEWER))
    sign(other, reviewer)
    assert stage(other) == Stage.REGISTERED
    sign(other, validator)
    assert stage(other) == Stage.TESTING


@pytest.mark.parametrize("tie", ["team", "owner", "earlier version"])
def test_a_validator_of_the_models_own_team_is_refused(tie):
    validator = a_user(Role.VALIDATOR)
    model = a_model(team="Vision")
    promotion = a_promotion(a_version(model=model))
    if tie == "team":
        validator.team = " vision"
        validator.save()
    elif tie == "owner":
        model.owner = validator
        model.save()
    else:
        a_version(model=model, created_by=validator)

    with pytest.raises(Forbidden) as refused:
        sign(promotion, validator)

    assert (refused.value.code, stage(promotion)) == ("own-team", "registered")


def test_a_request_without_somebody_for_each_role_cannot_be_opened():
    rules = policyseed.rules()
    rules["steps"]["low"]["test"] |= {"approvals": 2, "needed_roles": ["reviewer", "validator"]}
    author, other = a_user(Role.ADMIN), a_user(Role.ADMIN)
    policy = services.draft_policy(actor=acting(author), rules=rules, note="Independent eyes.")
    services.propose_policy(actor=acting(author), policy_id=policy.pk)
    services.publish_policy(actor=acting(other), policy_id=policy.pk)
    a_user(Role.REVIEWER), a_user(Role.REVIEWER)
    version = a_version()

    with pytest.raises(Conflict) as refused:
        ask(version)

    assert (refused.value.code, refused.value.context["roles"]) == ("no-reviewer", ["validator"])
    a_user(Role.VALIDATOR)
    assert ask(version).policy_version == policy


@pytest.mark.parametrize("minutes", [None, 6])
def test_a_signature_needs_fresh_proof(minutes):
    reviewer, promotion = a_user(Role.REVIEWER), a_promotion()
    at = None if minutes is None else timezone.now() - timedelta(minutes=minutes)

    with pytest.raises(Forbidden) as refused:
        sign(promotion, reviewer, actor=Actor(user=reviewer, door=Door.PAGE, proved_at=at))

    assert (refused.value.code, Review.objects.count()) == ("reauthentication-required", 0)


def test_the_signature_says_who_when_why_and_what_it_covers():
    reviewer, version = a_user(Role.REVIEWER, username="ray"), a_version()
    promotion = ask(version)

    sign(promotion, reviewer, comment="The holdout set is fair.")

    manifest = Review.objects.get().manifest
    assert (manifest["name"], manifest["roles"]) == ("ray", ["reviewer"])
    assert manifest["meaning"] == f"approves that {version} becomes “Testing”"
    assert manifest["reason"] == "The holdout set is fair."
    assert manifest["covers"] == {
        "artifact": version.artifact_digest,
        "config": version.config_digest,
        "evidence": promotion.evidence_digest,
        "policy": "P-1",
    }
    assert AuditEvent.objects.get(verb="promotion.approve").after["signature"] == manifest


def test_who_lost_the_role_meanwhile_counts_no_more():
    first, second, third = a_user(Role.REVIEWER), a_user(Role.REVIEWER), a_user(Role.REVIEWER)
    promotion = a_promotion(policy=TWO)
    sign(promotion, first)
    first.role_names = [Role.LEARNER]
    first.save()

    sign(promotion, second)

    lost = Review.objects.get(reviewer=first)
    assert (stage(promotion), lost.voided_at is not None) == (Stage.REGISTERED, True)
    assert AuditEvent.objects.filter(verb="review.void").count() == 1
    sign(promotion, third)
    assert stage(promotion) == Stage.TESTING


def test_other_evidence_voids_what_was_approved(monkeypatch):
    reviewer, second, version = a_user(Role.REVIEWER), a_user(Role.REVIEWER), a_version()
    run = {"id": "B-1"}

    def evidence(_version):
        return Evidence(gate="signature-known", title="Run", passed=True, value="1 ms", bound_to=run["id"])

    monkeypatch.setitem(guards._checks, "signature-known", evidence)
    promotion = ask(version)
    PromotionRequest.objects.filter(pk=promotion.pk).update(policy=promotion.policy | {"approvals": 2})
    sign(promotion, reviewer)
    run["id"] = "B-2"

    with pytest.raises(Conflict) as refused:
        sign(promotion, second)
    assert (refused.value.code, refused.value.context["changed"]) == ("content-changed", ["signature-known"])

    again = services.resubmit_promotion(
        actor=acting(version.created_by), promotion_id=promotion.pk, reason="Measured again."
    )
    voided = Review.objects.get()
    assert (again.round, again.state, voided.void_reason) == (2, PromotionState.OPEN, "Measured again.")
    sign(promotion, reviewer)
    assert stage(promotion) == Stage.TESTING


def test_resubmitting_after_changes_were_asked_for_starts_from_none():
    first, second, version = a_user(Role.REVIEWER), a_user(Role.REVIEWER), a_version()
    promotion = a_promotion(version, policy=TWO)
    sign(promotion, first)
    sign(promotion, second, verdict="changes", comment="Say what the holdout set is.")
    assert PromotionRequest.objects.get().state == PromotionState.CHANGES

    with pytest.raises(Forbidden):
        services.resubmit_promotion(
            actor=acting(a_user(Role.ENGINEER)), promotion_id=promotion.pk, reason="Mine."
        )
    services.resubmit_promotion(
        actor=acting(version.created_by), promotion_id=promotion.pk, reason="Said it."
    )

    assert Review.objects.filter(voided_at=None).count() == 0
    assert [PromotionRequest.objects.get().state, stage(promotion)] == ["open", "registered"]
    sign(promotion, second)
    assert stage(promotion) == Stage.TESTING


def test_a_request_expires():
    reviewer, promotion = a_user(Role.REVIEWER), a_promotion(expires_at=timezone.now() - timedelta(hours=1))

    with pytest.raises(Conflict) as refused:
        sign(promotion, reviewer)
    assert (refused.value.code, Review.objects.count()) == ("request-expired", 0)

    assert services.expire_promotion(promotion_id=promotion.pk) is True
    assert services.expire_promotion(promotion_id=promotion.pk) is False
    assert PromotionRequest.objects.get().state == PromotionState.EXPIRED


def test_an_approval_needs_every_item_ticked_and_a_rejection_none():
    reviewer = a_user(Role.REVIEWER)
    promotion = a_promotion(
        policy=TWO | {"approvals": 1, "checklist": ["Limits are fine.", "Owner is on call."]}
    )

    with pytest.raises(Invalid) as refused:
        sign(promotion, reviewer, ticked=["Limits are fine."])
    assert refused.value.context["items"] == ["Owner is on call."]
    assert Review.objects.count() == 0
    sign(promotion, reviewer, ticked=["Limits are fine.", "Owner is on call."])

    assert Review.objects.get().ticked == ["Limits are fine.", "Owner is on call."]
    assert stage(promotion) == Stage.TESTING


def test_conditions_of_an_approval_become_findings():
    reviewer, promotion = a_user(Role.REVIEWER), a_promotion()

    sign(promotion, reviewer, conditions=[{"text": "Measure slice 4 by Friday."}])

    finding = Finding.objects.get()
    assert (finding.title, finding.is_condition, finding.owner) == (
        "Measure slice 4 by Friday.",
        True,
        promotion.requested_by,
    )
    assert finding.due_on == timezone.localdate() + timedelta(days=30)
