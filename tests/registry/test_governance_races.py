"""Two people at once: one wins, the other is told, and nobody waits for ever."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from core.errors import Conflict
from core.roles import Role
from models_registry import gates, policyseed, services
from models_registry.models import GatePolicy, PolicyState, Review
from tests.factories import a_promotion, a_user, a_version, acting

pytestmark = pytest.mark.django_db(transaction=True)
HARMLESS = {each["key"]: each["options"][0]["value"] for each in policyseed.QUESTIONS}


def together(*acts: Callable[[], object]) -> list[str]:
    """What each came to, when all begin at the same moment."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        start.wait()
        try:
            act()
        except Conflict as refused:
            return refused.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


def test_of_two_drafts_published_at_once_one_holds():
    author, other = a_user(Role.ADMIN), a_user(Role.ADMIN)
    drafts = []
    for _ in range(2):
        policy = services.draft_policy(actor=acting(author), rules=policyseed.rules(), note="More.")
        drafts.append(services.propose_policy(actor=acting(author), policy_id=policy.pk))

    outcomes = together(
        *(lambda pk=each.pk: services.publish_policy(actor=acting(other), policy_id=pk) for each in drafts)
    )

    assert outcomes == ["done", "policy-moved"]
    assert (
        gates.current_policy().number,
        GatePolicy.objects.filter(state=PolicyState.PUBLISHED).count(),
    ) == (2, 2)


@pytest.mark.parametrize("_round", range(3))
def test_a_verdict_and_another_tier_at_once_leave_no_approval_of_the_old_tier(_round):
    version, reviewer = a_version(), a_user(Role.REVIEWER)
    promotion = a_promotion(version, policy={"approvals": 2, "required": [], "shown": []})

    outcomes = together(
        lambda: services.review_promotion(
            actor=acting(reviewer), promotion_id=promotion.pk, verdict="approve", comment="Fine."
        ),
        lambda: services.answer_risk(
            actor=acting(version.created_by),
            model_name=version.model.name,
            answers=HARMLESS | {"safety": "yes"},
        ),
    )

    promotion.refresh_from_db()
    review, version.stage = Review.objects.get(), version.__class__.objects.get(pk=version.pk).stage
    assert outcomes == ["done", "done"]
    assert promotion.round == 2
    # Either it came first and is void, or it came second, for the policy of the new tier.
    assert (review.voided_at is not None) == (review.round == 1)
    assert version.stage == ("registered" if review.round == 1 else "testing")
