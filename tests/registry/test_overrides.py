"""In an emergency one operator moves a version alone, and somebody else judges that afterwards."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.actors import Actor, Door
from core.errors import Conflict, Forbidden, Invalid
from core.models import AuditEvent
from core.roles import Role
from models_registry import policyseed, services
from models_registry.lifecycle import Stage
from models_registry.models import Finding, Inspection, ModelVersion, Override, PromotionRequest, VersionFile
from tests.factories import a_promotion, a_user, a_version, acting

pytestmark = pytest.mark.django_db


@pytest.fixture
def otto():
    user = a_user(Role.OPERATOR)
    services.grant_override(
        actor=acting(a_user(Role.ADMIN)), username=user.username, days=7, reason="On call."
    )
    return user


def use(user, version, **given):
    wish = {
        "actor": acting(user),
        "version_id": version.pk,
        "verb": "deploy",
        "reason": "The live one answers nonsense.",
        "hours": 4,
    }
    return services.use_override(**wish | given)


def judge(override, user, **given):
    wish = {"actor": acting(user), "override_id": override.pk, "verdict": "justified", "comment": "It was."}
    return services.review_override(**wish | given)


def stage(version):
    return ModelVersion.objects.get(pk=version.pk).stage


def test_a_granted_operator_moves_a_version_past_its_gates_and_that_is_kept(otto):
    version = a_version(Stage.TESTING)
    promotion = a_promotion(version, verb="deploy", target_stage="deployed")

    override = use(otto, version)

    assert (stage(version), override.failed_gates) == (Stage.DEPLOYED, ["loads", "golden-outputs"])
    assert PromotionRequest.objects.get(pk=promotion.pk).state == "withdrawn"
    assert list(AuditEvent.objects.values_list("verb", flat=True))[:3] == [
        "version.deploy",
        "promotion.withdraw",
        "override.use",
    ]


@pytest.mark.parametrize("why", ["none", "revoked", "ended"])
def test_without_a_grant_nobody_overrides(otto, why):
    version = a_version(Stage.TESTING)
    user = otto if why != "none" else a_user(Role.OPERATOR)
    grant = otto.override_grants.get()
    if why == "revoked":
        services.revoke_override(actor=acting(a_user(Role.ADMIN)), grant_id=grant.pk)
    elif why == "ended":
        otto.override_grants.update(expires_at=timezone.now())

    with pytest.raises(Forbidden) as refused:
        use(user, version)

    assert (refused.value.code, stage(version), Override.objects.count()) == (
        "no-override-grant",
        "testing",
        0,
    )


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OPERATOR])
def test_only_operators_override(role):
    user, version = a_user(role), a_version(Stage.TESTING)
    services.grant_override(actor=acting(a_user(Role.ADMIN)), username=user.username, days=7, reason="x")

    with pytest.raises(Forbidden):
        use(user, version)

    assert stage(version) == Stage.TESTING


def test_nobody_grants_it_to_themselves():
    ada, twin = a_user(Role.ADMIN), a_user(Role.OPERATOR)
    ada.email = twin.email = "ada@example.org"
    ada.save()
    twin.save()

    for user in (ada, twin):
        with pytest.raises(Forbidden):
            services.grant_override(actor=acting(ada), username=user.username, days=1, reason="Me.")
    with pytest.raises(Forbidden):
        services.grant_override(actor=acting(twin), username=ada.username, days=1, reason="No admin.")


def test_a_stolen_session_overrides_nothing(otto):
    with pytest.raises(Forbidden) as refused:
        use(otto, a_version(Stage.TESTING), actor=Actor(user=otto, door=Door.PAGE))

    assert refused.value.code == "reauthentication-required"


def test_what_an_override_cannot_replace(otto):
    version = a_version(Stage.TESTING)
    for change, error in (
        ({"inspection": Inspection.FAILED}, Conflict),
        ({"inspection": Inspection.PASSED, "created_by": otto}, Forbidden),
    ):
        ModelVersion.objects.filter(pk=version.pk).update(**change)
        with pytest.raises(error):
            use(otto, version)
    ModelVersion.objects.filter(pk=version.pk).update(created_by=version.created_by)
    VersionFile.objects.filter(version=version).update(sha256="f" * 64)
    with pytest.raises(Conflict) as refused:
        use(otto, version)
    assert (refused.value.code, stage(version), Override.objects.count()) == ("content-changed", "testing", 0)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"hours": 0}, Invalid),
        ({"hours": 100}, Invalid),
        ({"reason": " "}, Invalid),
        ({"verb": "test"}, Conflict),
    ],
)
def test_a_wrong_wish_changes_nothing(otto, given, error):
    version = a_version(Stage.TESTING)

    with pytest.raises(error):
        use(otto, version, **given)

    assert (stage(version), Override.objects.count()) == ("testing", 0)


def test_the_policy_can_forbid_it(otto):
    rules = policyseed.rules()
    rules["steps"]["low"]["deploy"]["break_glass"] = False
    author, other = a_user(Role.ADMIN), a_user(Role.ADMIN)
    policy = services.draft_policy(actor=acting(author), rules=rules, note="Never.")
    services.propose_policy(actor=acting(author), policy_id=policy.pk)
    services.publish_policy(actor=acting(other), policy_id=policy.pk)

    with pytest.raises(Forbidden) as refused:
        use(otto, a_version(Stage.TESTING))

    assert refused.value.code == "override-not-allowed"


def test_somebody_else_judges_it(otto):
    version, reviewer = a_version(Stage.TESTING), a_user(Role.REVIEWER)
    override = use(otto, version)
    otto.role_names = [Role.OPERATOR, Role.REVIEWER]
    otto.save()
    del otto.roles
    maker = version.created_by
    maker.role_names = [Role.REVIEWER]
    maker.save()

    for involved in (otto, maker):
        with pytest.raises(Forbidden) as refused:
            judge(override, involved)
        assert refused.value.code == "four-eyes"
    judged = judge(override, reviewer, verdict="unjustified", comment="It could wait.")

    assert (judged.verdict, judged.reviewed_by) == ("unjustified", reviewer)
    with pytest.raises(Conflict):
        judge(override, reviewer)


def test_an_override_that_nobody_judged_in_time_becomes_a_blocker(otto):
    version = a_version(Stage.TESTING)
    override = use(otto, version)
    assert services.meet_deadlines() == 0
    Override.objects.update(review_due_at=timezone.now() - timedelta(minutes=1))

    assert services.meet_deadlines() == 1
    assert services.meet_deadlines() == 0

    finding = Finding.objects.get()
    assert (finding.severity, finding.owner, finding.raised_by) == ("blocker", otto, None)
    assert finding.title == f"{override} was not judged in time"
    assert Override.objects.get().is_overdue is True
