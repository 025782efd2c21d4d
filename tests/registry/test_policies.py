"""Policies are data under four eyes; what is published stays as it was."""

import copy

import pytest
from django.db import DatabaseError, transaction

from core.errors import Conflict, Forbidden, Invalid
from core.models import AuditEvent
from core.roles import Role
from models_registry import gates, policyseed, rehearsal, services
from models_registry.lifecycle import Stage
from models_registry.models import GatePolicy, PolicyState, RiskTier
from models_registry.policies import Policy, Rules, problems
from tests.factories import a_model, a_promotion, a_user, a_version, acting

pytestmark = pytest.mark.django_db


def changed(**deploy):
    rules = copy.deepcopy(policyseed.rules())
    rules["steps"]["low"]["deploy"] |= deploy
    return rules


def drafted(author, **deploy):
    return services.draft_policy(actor=acting(author), rules=changed(**deploy), note="Two eyes more.")


def proposed(author, **deploy):
    return services.propose_policy(actor=acting(author), policy_id=drafted(author, **deploy).pk)


def test_the_first_policy_is_there_without_anybody_having_made_it():
    policy = gates.current_policy()

    assert (policy.number, policy.state, policy.author) == (1, PolicyState.PUBLISHED, None)
    assert gates.current_policy() == policy
    assert gates.policy_for(a_version(), "test").required == (
        "intact",
        "scan-clean",
        "signature-known",
        "config-valid",
        "no-blockers",
    )


def test_another_admin_publishes_and_the_newest_holds():
    author, other, version = a_user(Role.ADMIN), a_user(Role.ADMIN), a_version()

    policy = services.publish_policy(actor=acting(other), policy_id=proposed(author, approvals=2).pk)

    assert (str(policy), gates.current_policy()) == ("P-2", policy)
    assert gates.policy_for(version, "deploy").approvals == 2
    assert list(AuditEvent.objects.order_by("pk").values_list("verb", "actor_name")) == [
        ("policy.draft", author.username),
        ("policy.propose", author.username),
        ("policy.publish", other.username),
    ]


@pytest.mark.parametrize("second_account", [False, True])
def test_nobody_publishes_what_they_wrote(second_account):
    author = a_user(Role.ADMIN)
    policy = proposed(author)
    if second_account:
        author.email, twin = "Ada+work@Example.org", a_user(Role.ADMIN)
        twin.email = "ada@example.ORG"
        author.save()
        twin.save()
        author = twin

    with pytest.raises(Forbidden) as refused:
        services.publish_policy(actor=acting(author), policy_id=policy.pk)

    policy.refresh_from_db()
    assert (refused.value.code, policy.state) == ("four-eyes", PolicyState.PROPOSED)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_only_admins_write_policies(role):
    with pytest.raises(Forbidden):
        drafted(a_user(role))

    assert GatePolicy.objects.exclude(state=PolicyState.PUBLISHED).count() == 0


@pytest.mark.parametrize(
    ("deploy", "words"),
    [
        ({"required": ["no-such-gate"]}, "nothing here can check the gate “no-such-gate”"),
        ({"approvals": 0}, "“approvals” is a number from 1 to 5"),
        ({"approvals": True}, "“approvals” is a number from 1 to 5"),
        ({"needed_roles": ["admin"]}, "the roles that approve are reviewer, validator"),
        ({"needed_roles": ["reviewer", "validator"]}, "it needs more roles than approvals"),
        ({"nonsense": 1}, "nothing knows “nonsense”"),
    ],
)
def test_a_policy_with_a_mistake_is_refused_on_save(deploy, words):
    with pytest.raises(Invalid) as refused:
        drafted(a_user(Role.ADMIN), **deploy)

    assert words in refused.value.context["problems"][0]
    assert GatePolicy.objects.filter(state=PolicyState.DRAFT).count() == 0


def test_a_published_policy_never_changes():
    author = a_user(Role.ADMIN)
    policy = gates.current_policy()

    for write in (services.propose_policy, services.publish_policy, services.discard_policy):
        with pytest.raises(Conflict) as refused:
            write(actor=acting(author), policy_id=policy.pk)
        assert refused.value.code == "policy-final"
    for statement in (lambda: GatePolicy.objects.filter(pk=policy.pk).update(note="x"), policy.delete):
        with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
            statement()


def test_a_draft_that_another_one_overtook_is_not_published():
    author, other = a_user(Role.ADMIN), a_user(Role.ADMIN)
    late = proposed(author, approvals=3)
    services.publish_policy(actor=acting(other), policy_id=proposed(author, approvals=2).pk)

    with pytest.raises(Conflict) as refused:
        services.publish_policy(actor=acting(other), policy_id=late.pk)

    assert refused.value.code == "policy-moved"
    assert gates.current_policy().number == 2


def test_a_saved_proposal_has_to_be_proposed_again():
    author, other = a_user(Role.ADMIN), a_user(Role.ADMIN)
    policy = proposed(author)

    with pytest.raises(Forbidden):
        services.save_policy(actor=acting(other), policy_id=policy.pk, rules=changed(), note="Mine now.")
    saved = services.save_policy(
        actor=acting(author), policy_id=policy.pk, rules=changed(approvals=2), note="More."
    )

    assert (saved.state, saved.proposed_by) == (PolicyState.DRAFT, None)
    with pytest.raises(Conflict):
        services.publish_policy(actor=acting(other), policy_id=policy.pk)


def test_a_rehearsal_says_what_would_change_and_writes_nothing():
    model = a_model(risk_answers={"rights": "yes"}, risk_tier=RiskTier.LOW)
    a_version(Stage.DEPLOYED, model=model)
    still = a_version(Stage.TESTING)
    request = a_promotion(a_version(Stage.TESTING), verb="deploy", target_stage="deployed")
    policy = drafted(a_user(Role.ADMIN), approvals=2, required=["benchmark"])

    found = {outcome.subject: outcome for outcome in rehearsal.rehearse(policy)}

    live, asked = found[f"{model.name} v1"], found[f"{request} {request.version}"]
    assert (live.tier_before, live.tier_after) == ("low", "high")
    assert live.changes[:2] == ["Tier low becomes high.", "Approvals: 1 becomes 2."]
    assert asked.failing == ["Benchmark"]
    assert "Approvals: 1 becomes 2." in asked.changes
    assert found[str(still)].changes == []
    assert AuditEvent.objects.count() == 1


def test_the_seed_has_no_mistake_and_a_tier_follows_from_answers():
    rules = Rules.from_json(policyseed.rules())

    assert problems(policyseed.rules(), gates={*policyseed.SERVED, "benchmark", "no-blockers", "risk-answered", "card-complete", "review-current"}) == []  # fmt: skip
    assert rules.tier({}) == "low"
    assert rules.tier({"external": "yes"}) == "medium"
    assert rules.tier({"personal_data": "yes", "decision": "machine"}) == "high"
    assert Policy.from_json({"approvals": 2, "required": ["loads"], "later": 1}).expires_days == 30
