"""Models are looked at again; the figures say how governance is doing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.accounts import create_token
from core.errors import Conflict, Forbidden
from core.models import AuditEvent
from core.roles import Role, Scope
from models_registry import figures, guards, services
from models_registry.lifecycle import Stage
from models_registry.models import PromotionRequest, RiskTier
from tests.factories import PASSWORD, a_model, a_promotion, a_user, a_version, acting

pytestmark = pytest.mark.django_db


def approve(promotion, user):
    return services.review_promotion(
        actor=acting(user), promotion_id=promotion.pk, verdict="approve", comment="Fine."
    )


def test_a_model_that_comes_to_serve_is_due_again_as_its_tier_asks():
    model = a_model(risk_tier=RiskTier.HIGH)
    promotion = a_promotion(a_version(Stage.TESTING, model=model), verb="deploy", target_stage="deployed")

    approve(promotion, a_user(Role.REVIEWER))

    model.refresh_from_db()
    assert model.next_review_on == timezone.localdate() + timedelta(days=180)


def test_an_overdue_review_stops_what_needs_it_until_somebody_looks():
    model = a_model(next_review_on=timezone.localdate() - timedelta(days=1))
    version, ray = a_version(Stage.TESTING, model=model), a_user(Role.REVIEWER)

    with pytest.raises(Conflict) as refused:
        guards.enforce(version, ["review-current"])
    assert refused.value.context["gates"] == ["review-current"]
    maker = model.owner
    maker.role_names = [Role.REVIEWER]
    maker.save()
    with pytest.raises(Forbidden) as refused:
        services.complete_review(actor=acting(maker), model_name=model.name, comment="Fine.")
    assert refused.value.code == "four-eyes"
    services.complete_review(actor=acting(ray), model_name=model.name, comment="Drift is small.")

    version.model.refresh_from_db()
    assert version.model.next_review_on == timezone.localdate() + timedelta(days=720)
    assert guards.enforce(version, ["review-current"])[0].passed
    assert AuditEvent.objects.get().verb == "model.review"


def test_the_page_takes_a_signed_review(client):
    model = a_model(next_review_on=timezone.localdate() - timedelta(days=1))
    client.force_login(a_user(Role.REVIEWER))
    address = f"/models/{model.name}/policy/"

    assert "Overdue since" in client.get("/reviews/due/").content.decode()
    assert client.post(address, {"comment": "Fine.", "password": "wrong"}).status_code == 422
    assert client.post(address, {"comment": "Fine.", "password": PASSWORD}).status_code == 302

    model.refresh_from_db()
    assert model.next_review_on > timezone.localdate()


def test_the_figures_equal_what_happened(client):
    ray, erin = a_user(Role.REVIEWER, username="ray"), a_user(Role.ENGINEER, username="erin")
    for _ in range(2):
        promotion = a_promotion(a_version(created_by=erin), requested_by=erin)
        earlier = timezone.now() - timedelta(hours=10)
        PromotionRequest.objects.filter(pk=promotion.pk).update(created_at=earlier)
        approve(promotion, ray)
    a_promotion(due_at=timezone.now() - timedelta(hours=1))

    found = figures.governance()

    assert (found.decided, found.lead_hours, found.overdue_requests) == (2, {"testing": 10.0}, 1)
    assert [(pair.requester, pair.reviewer, pair.approvals, pair.share) for pair in found.pairs] == [
        ("erin", "ray", 2, 1.0)
    ]
    _token, secret = create_token(actor=acting(ray), name="t", scopes=[Scope.READ, Scope.REVIEW])
    bearer = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/governance/figures/", headers=bearer).json() == found.to_json()
    model = a_model()
    done = client.post(
        f"/api/v1/models/{model.name}/periodic-review/",
        {"comment": "Fine."},
        "application/json",
        headers=bearer,
    )
    assert done.json()["next_review_on"] == (timezone.localdate() + timedelta(days=720)).isoformat()
