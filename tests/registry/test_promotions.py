"""Four eyes, one winner, evidence at the moment it counts."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from core.actors import Door
from core.errors import Conflict, Forbidden, Invalid
from core.models import AuditEvent, User
from core.roles import Role
from models_registry import services
from models_registry.lifecycle import Stage
from models_registry.models import (
    Inspection,
    ModelVersion,
    PromotionRequest,
    PromotionState,
    Review,
    VersionFile,
)
from models_registry.services.four_eyes import able
from tests.factories import a_model, a_promotion, a_user, a_version, acting

pytestmark = pytest.mark.django_db


def ask(version, **given):
    wish = {"actor": acting(version.created_by), "version_id": version.pk, "verb": "test", "reason": "Ready."}
    return services.request_promotion(**wish | given)


def approve(promotion, user, **given):
    wish = {"actor": acting(user), "promotion_id": promotion.pk, "verdict": "approve", "comment": "Fine."}
    return services.review_promotion(**wish | given)


def test_an_approved_request_moves_the_version_and_records_both():
    reviewer, version = a_user(Role.REVIEWER), a_version()
    promotion = ask(version)

    approve(promotion, reviewer)

    version.refresh_from_db()
    promotion.refresh_from_db()
    assert (version.stage, promotion.state) == (Stage.TESTING, PromotionState.APPROVED)
    assert list(AuditEvent.objects.order_by("pk").values_list("verb", "actor_name")) == [
        ("promotion.request", version.created_by.username),
        ("promotion.approve", reviewer.username),
        ("version.test", reviewer.username),
    ]


@pytest.mark.parametrize("door", list(Door))
@pytest.mark.parametrize("maker", ["creator", "uploader", "editor", "requester"])
def test_no_maker_approves_through_any_door(door, maker):
    both = a_user(Role.ENGINEER, Role.REVIEWER, Role.ADMIN)
    a_user(Role.REVIEWER)
    version = a_version()
    promotion = a_promotion(version)
    if maker == "creator":
        ModelVersion.objects.filter(pk=version.pk).update(created_by=both)
    elif maker == "uploader":
        VersionFile.objects.filter(version=version).update(uploaded_by=both)
    elif maker == "editor":
        ModelVersion.objects.filter(pk=version.pk).update(config_edited_by=both)
    else:
        PromotionRequest.objects.filter(pk=promotion.pk).update(requested_by=both)

    with pytest.raises(Forbidden) as refused:
        approve(promotion, both, actor=acting(both, door=door))

    assert refused.value.code == "four-eyes"
    version.refresh_from_db()
    assert version.stage == Stage.REGISTERED
    assert Review.objects.count() == 0
    assert AuditEvent.objects.count() == 0


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.REVIEWER, Role.VALIDATOR}))
def test_only_reviewers_review(role):
    promotion = a_promotion()

    with pytest.raises(Forbidden):
        approve(promotion, a_user(role))

    assert Review.objects.count() == 0


def test_a_superuser_is_no_reviewer():
    promotion, root = a_promotion(), a_user()
    root.is_superuser = root.is_staff = True
    root.save()

    with pytest.raises(Forbidden):
        approve(promotion, root)


def test_two_approvals_are_two_people():
    first, second, version = a_user(Role.REVIEWER), a_user(Role.REVIEWER), a_version()
    promotion = a_promotion(version, policy={"approvals": 2, "required": ["signature-known"], "shown": []})

    approve(promotion, first)
    with pytest.raises(Conflict) as again:
        approve(promotion, first)
    version.refresh_from_db()
    assert (again.value.code, version.stage) == ("reviewed", Stage.REGISTERED)

    approve(promotion, second)
    version.refresh_from_db()
    assert version.stage == Stage.TESTING


def test_changes_requested_close_the_request_and_leave_the_version():
    reviewer, version = a_user(Role.REVIEWER), a_version()
    promotion = ask(version)

    approve(promotion, reviewer, verdict="changes", comment="Add the holdout figures.")

    promotion.refresh_from_db()
    version.refresh_from_db()
    assert (promotion.state, version.stage) == (PromotionState.CHANGES, Stage.REGISTERED)
    assert ask(version).state == PromotionState.OPEN


def test_a_rejected_version_ends():
    reviewer, version = a_user(Role.REVIEWER), a_version()

    approve(ask(version), reviewer, verdict="reject", comment="Biased on slice 4.")

    version.refresh_from_db()
    assert (version.stage, version.stage_reason) == (Stage.REJECTED, "Biased on slice 4.")


def test_bytes_changed_after_the_request_void_the_approval():
    reviewer, version = a_user(Role.REVIEWER), a_version()
    promotion = ask(version)
    VersionFile.objects.filter(version=version).update(sha256="f" * 64)

    with pytest.raises(Conflict) as refused:
        approve(promotion, reviewer)

    version.refresh_from_db()
    assert (refused.value.code, version.stage) == ("content-changed", Stage.REGISTERED)
    assert Review.objects.count() == 0


def test_a_gate_that_fell_since_the_request_stops_the_approval():
    reviewer, version = a_user(Role.REVIEWER), a_version()
    promotion = ask(version)
    ModelVersion.objects.filter(pk=version.pk).update(inspection=Inspection.FAILED)

    with pytest.raises(Conflict) as refused:
        approve(promotion, reviewer)

    assert refused.value.context["gates"] == ["signature-known"]
    assert Review.objects.count() == 0


def test_one_open_request_at_a_time():
    a_user(Role.REVIEWER)
    version = a_version()
    ask(version)

    with pytest.raises(Conflict) as refused:
        ask(version)

    assert refused.value.code == "request-open"
    assert PromotionRequest.objects.count() == 1


def test_two_accounts_of_one_person_are_one_reviewer():
    version = a_version()
    for address in ("ray@example.org", "Ray+second@example.org"):
        User.objects.filter(pk=a_user(Role.REVIEWER).pk).update(email=address)

    assert len(able(version, barred=())) == 1


def test_a_request_that_nobody_may_approve_cannot_be_opened():
    version = a_version(model=a_model(owner=a_user(Role.ENGINEER, Role.REVIEWER)))

    with pytest.raises(Conflict) as refused:
        ask(version)

    assert refused.value.code == "no-reviewer"


@pytest.mark.parametrize(
    ("given", "error"),
    [({"verb": "retire"}, Invalid), ({"verb": "deploy"}, Conflict), ({"reason": "  "}, Invalid)],
)
def test_a_wrong_request_changes_nothing(given, error):
    a_user(Role.REVIEWER)
    version = a_version()

    with pytest.raises(error):
        ask(version, **given)

    assert PromotionRequest.objects.count() == 0
    assert AuditEvent.objects.count() == 0


def test_only_the_requester_withdraws():
    version = a_version()
    promotion = a_promotion(version)

    with pytest.raises(Forbidden):
        services.withdraw_promotion(actor=acting(a_user(Role.ENGINEER)), promotion_id=promotion.pk)
    services.withdraw_promotion(actor=acting(version.created_by), promotion_id=promotion.pk)

    promotion.refresh_from_db()
    assert promotion.state == PromotionState.WITHDRAWN


@pytest.mark.django_db(transaction=True)
def test_two_people_approving_at_once_one_wins_and_the_other_is_told():
    reviewers = [a_user(Role.REVIEWER), a_user(Role.REVIEWER)]
    version = a_version()
    promotion = a_promotion(version)
    together = threading.Barrier(2)

    def try_to(user):
        together.wait()
        try:
            approve(promotion, user)
        except Conflict as refused:
            return refused.code
        finally:
            connection.close()
        return "approved"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(try_to, reviewers))

    version.refresh_from_db()
    assert outcomes == ["already-decided", "approved"]
    assert version.stage == Stage.TESTING
    assert Review.objects.count() == 1
    assert AuditEvent.objects.filter(verb="version.test").count() == 1
