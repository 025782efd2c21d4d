"""Requests go from reviewer to reviewer, never to a maker; what is said stays."""

import pytest

from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.models import AuditEvent
from core.roles import Role
from models_registry import selectors, services
from models_registry.models import Comment, Delegation, PromotionState
from tests.factories import a_model, a_promotion, a_user, a_version, acting

pytestmark = pytest.mark.django_db


def hand(promotion, user, to, **given):
    wish = {"actor": acting(user), "promotion_id": promotion.pk, "to": to.username, "reason": "I am away."}
    return services.delegate_promotion(**wish | given)


def say(promotion, user, text="Why 64?", **given):
    return services.comment_on(actor=acting(user), promotion_id=promotion.pk, text=text, **given)


def test_a_request_that_was_handed_on_waits_for_its_receiver_alone():
    ray, rosa, promotion = a_user(Role.REVIEWER), a_user(Role.REVIEWER), a_promotion()

    hand(promotion, ray, rosa)

    assert [selectors.waiting_count(user) for user in (ray, rosa)] == [0, 1]
    event = AuditEvent.objects.get()
    assert (event.verb, event.after, event.reason) == (
        "promotion.delegate",
        {"assigned_to": rosa.username},
        "I am away.",
    )


@pytest.mark.parametrize("tie", ["maker", "second account", "no role", "own team", "judged"])
def test_it_reaches_nobody_who_may_not_decide(tie):
    ray, receiver = a_user(Role.REVIEWER), a_user(Role.REVIEWER)
    model = a_model(team="Vision")
    promotion = a_promotion(a_version(model=model), policy={"approvals": 2, "required": []})
    if tie == "maker":
        receiver = promotion.requested_by
        receiver.role_names = [Role.REVIEWER]
    elif tie == "second account":
        receiver.email = "maker@example.org"
        model.owner.email = "Maker@example.org"
        model.owner.save()
    elif tie == "no role":
        receiver.role_names = [Role.ADMIN]
    elif tie == "own team":
        receiver.role_names, receiver.team = [Role.VALIDATOR], "vision"
    else:
        services.review_promotion(
            actor=acting(receiver), promotion_id=promotion.pk, verdict="approve", comment="Fine."
        )
    receiver.save()

    with pytest.raises((Forbidden, Conflict)):
        hand(promotion, ray, receiver)

    promotion.refresh_from_db()
    assert (promotion.assigned_to, Delegation.objects.count()) == (None, 0)


def test_a_maker_hands_nothing_on():
    both = a_user(Role.ENGINEER, Role.REVIEWER)
    promotion = a_promotion(a_version(created_by=both))

    with pytest.raises(Forbidden) as refused:
        hand(promotion, both, a_user(Role.REVIEWER))

    assert refused.value.code == "four-eyes"


def test_it_does_not_go_round_for_ever():
    people, promotion = [a_user(Role.REVIEWER) for _ in range(5)], a_promotion()
    for giver, receiver in zip(people, people[1:4], strict=False):
        hand(promotion, giver, receiver)

    with pytest.raises(Conflict) as refused:
        hand(promotion, people[3], people[4])

    assert refused.value.code == "delegated-too-often"
    hand(promotion, people[4], people[4])
    promotion.refresh_from_db()
    assert promotion.assigned_to == people[4]


def test_who_is_unknown_receives_nothing():
    promotion, ray = a_promotion(), a_user(Role.REVIEWER)

    with pytest.raises(NotFound):
        services.delegate_promotion(actor=acting(ray), promotion_id=promotion.pk, to="ghost", reason="x")
    with pytest.raises(Invalid):
        hand(promotion, ray, a_user(Role.REVIEWER), reason=" ")


def test_comments_are_answered_in_one_level_of_threads():
    promotion, erin = a_promotion(), a_user(Role.ENGINEER)

    first = say(promotion, erin, line=1)
    second = say(promotion, erin, "Memory.", parent_id=first.pk)
    third = say(promotion, erin, "I see.", parent_id=second.pk)

    assert (first.line, second.parent, third.parent) == (1, first, first)
    assert AuditEvent.objects.filter(verb="promotion.comment").count() == 3


@pytest.mark.parametrize(
    ("given", "error"), [({"text": " "}, Invalid), ({"line": 4711}, Invalid), ({"parent_id": 4711}, NotFound)]
)
def test_a_comment_about_nothing_is_not_kept(given, error):
    with pytest.raises(error):
        say(a_promotion(), a_user(Role.ENGINEER), **given)

    assert Comment.objects.count() == 0


def test_an_answer_stays_on_its_request():
    other, erin = a_promotion(), a_user(Role.ENGINEER)
    comment = say(other, erin)

    with pytest.raises(NotFound):
        say(a_promotion(), erin, parent_id=comment.pk)


def test_a_decided_request_can_still_be_talked_about_but_not_handed_on():
    promotion, ray = a_promotion(state=PromotionState.WITHDRAWN), a_user(Role.REVIEWER)

    assert say(promotion, ray).pk
    with pytest.raises(Conflict):
        hand(promotion, ray, a_user(Role.REVIEWER))
