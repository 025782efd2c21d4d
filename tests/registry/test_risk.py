"""The risk tier follows from answers by rule; another tier means other reviewers."""

import pytest

from core.errors import Forbidden, Invalid
from core.models import AuditEvent
from core.roles import Role
from models_registry import policyseed, services
from models_registry.models import PromotionRequest, Review, RiskTier
from tests.factories import a_model, a_user, a_version, acting

pytestmark = pytest.mark.django_db
HARMLESS = {each["key"]: each["options"][0]["value"] for each in policyseed.QUESTIONS}


def answer(model, **given):
    return services.answer_risk(actor=acting(model.owner), model_name=model.name, answers=HARMLESS | given)


def test_answers_set_the_tier():
    model = a_model(risk_tier=RiskTier.HIGH)

    assert answer(model).risk_tier == RiskTier.LOW
    assert answer(model, external="yes").risk_tier == RiskTier.MEDIUM
    assert answer(model, personal_data="yes", decision="machine").risk_tier == RiskTier.HIGH
    event = AuditEvent.objects.first()
    assert (event.verb, event.before["tier"], event.after["tier"]) == ("model.risk", "medium", "high")


def test_another_tier_voids_approvals_and_brings_its_own_policy():
    reviewer, version = a_user(Role.REVIEWER), a_version()
    a_user(Role.REVIEWER)
    promotion = services.request_promotion(
        actor=acting(version.created_by), version_id=version.pk, verb="test", reason="Ready."
    )
    PromotionRequest.objects.filter(pk=promotion.pk).update(policy=promotion.policy | {"approvals": 2})
    services.review_promotion(
        actor=acting(reviewer), promotion_id=promotion.pk, verdict="approve", comment="Fine."
    )

    answer(version.model, safety="yes")

    promotion.refresh_from_db()
    review = Review.objects.get()
    assert (promotion.state, promotion.round, review.void_reason) == ("open", 2, "The risk tier became High.")
    step = policyseed.rules()["steps"]["high"]["test"]
    assert promotion.policy == step | {"required": ["intact", "scan-clean", *step["required"]]}
    assert set(AuditEvent.objects.values_list("verb", flat=True)) >= {
        "model.risk",
        "review.void",
        "promotion.rebind",
    }


def test_the_same_tier_leaves_approvals_alone():
    reviewer, version = a_user(Role.REVIEWER), a_version()
    promotion = services.request_promotion(
        actor=acting(version.created_by), version_id=version.pk, verb="test", reason="Ready."
    )

    answer(version.model)

    promotion.refresh_from_db()
    assert (promotion.round, reviewer.is_active) == (1, True)


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        (HARMLESS | {"rights": "maybe"}, "bad-answer"),
        (HARMLESS | {"size": "big"}, "bad-answer"),
        ({"rights": "no"}, "answers-missing"),
    ],
)
def test_wrong_answers_change_nothing(answers, code):
    model = a_model(risk_tier=RiskTier.HIGH)

    with pytest.raises(Invalid) as refused:
        services.answer_risk(actor=acting(model.owner), model_name=model.name, answers=answers)

    model.refresh_from_db()
    assert (refused.value.code, model.risk_tier, model.risk_answers) == (code, "high", {})


def test_code_that_a_version_brings_cannot_be_denied():
    model = a_model()
    a_version(model=model, backend="python")

    with pytest.raises(Invalid) as refused:
        answer(model, code="no")

    assert refused.value.code == "code-denied"
    assert answer(model, code="yes").risk_tier == RiskTier.MEDIUM


def test_who_registers_nothing_answers_nothing():
    model = a_model()

    with pytest.raises(Forbidden):
        services.answer_risk(actor=acting(a_user(Role.REVIEWER)), model_name=model.name, answers=HARMLESS)
