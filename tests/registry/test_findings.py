"""Findings stop what they must, until somebody else says that they are settled."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.actors import Actor, Door
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.models import AuditEvent
from core.roles import Role
from models_registry import services
from models_registry.models import Finding, FindingState, Severity
from tests.factories import a_user, a_version, acting

pytestmark = pytest.mark.django_db


def raised(version, severity=Severity.BLOCKER, **given):
    wish = {
        "actor": acting(a_user(Role.VALIDATOR)),
        "version_id": version.pk,
        "title": "Wrong on slice 4",
        "severity": severity,
        "due_on": timezone.localdate() + timedelta(days=7),
    }
    return services.raise_finding(**wish | given)


def ask(version):
    a_user(Role.REVIEWER)
    return services.request_promotion(
        actor=acting(version.created_by), version_id=version.pk, verb="test", reason="Ready."
    )


def test_an_open_blocker_stops_promotion_and_its_end_frees_it():
    version = a_version()
    finding = raised(version)

    with pytest.raises(Conflict) as refused:
        ask(version)
    assert refused.value.context["gates"] == ["no-blockers"]

    services.close_finding(
        actor=acting(a_user(Role.REVIEWER)), finding_id=finding.pk, resolution="Retrained."
    )
    assert ask(version).state == "open"


def test_a_blocker_raised_during_the_review_stops_the_approval():
    version, reviewer = a_version(), a_user(Role.REVIEWER)
    promotion = ask(version)
    raised(version, promotion_id=promotion.pk)

    with pytest.raises(Conflict) as refused:
        services.review_promotion(
            actor=acting(reviewer), promotion_id=promotion.pk, verdict="approve", comment="Fine."
        )

    version.refresh_from_db()
    assert (refused.value.code, version.stage) == ("gate-not-passed", "registered")


@pytest.mark.parametrize("severity", [Severity.MAJOR, Severity.MINOR])
def test_lesser_findings_inform(severity):
    version = a_version()
    raised(version, severity)

    assert ask(version).state == "open"


@pytest.mark.parametrize("verb", ["close", "accept"])
@pytest.mark.parametrize("second_account", [False, True])
def test_who_made_the_version_settles_nothing(verb, second_account):
    maker = a_user(Role.ENGINEER, Role.REVIEWER)
    version = a_version(created_by=maker)
    finding = raised(version)
    if second_account:
        maker.email, twin = "m@example.org", a_user(Role.REVIEWER)
        twin.email = "M@example.org"
        maker.save()
        twin.save()
        maker = twin

    write, words = services.close_finding, {"resolution": "Fine."}
    if verb == "accept":
        write, words = services.accept_finding, {"reason": "Fine."}

    with pytest.raises(Forbidden) as refused:
        write(actor=acting(maker), finding_id=finding.pk, **words)

    finding.refresh_from_db()
    assert (refused.value.code, finding.state) == ("four-eyes", FindingState.OPEN)


def test_an_accepted_risk_has_a_name_and_fresh_proof_and_is_not_the_owners():
    owner, other = a_user(Role.REVIEWER), a_user(Role.REVIEWER)
    finding = raised(a_version(), owner=owner.username)

    with pytest.raises(Forbidden) as refused:
        services.accept_finding(actor=acting(owner), finding_id=finding.pk, reason="Mine.")
    assert refused.value.code == "four-eyes"
    with pytest.raises(Forbidden) as refused:
        services.accept_finding(
            actor=Actor(user=other, door=Door.PAGE), finding_id=finding.pk, reason="Rare enough."
        )
    assert refused.value.code == "reauthentication-required"
    services.accept_finding(actor=acting(other), finding_id=finding.pk, reason="Rare enough.")

    finding.refresh_from_db()
    assert (finding.state, finding.decided_by, finding.resolution) == ("accepted", other, "Rare enough.")
    assert AuditEvent.objects.first().verb == "finding.accept"
    with pytest.raises(Conflict):
        services.close_finding(actor=acting(other), finding_id=finding.pk, resolution="Again.")


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"title": " "}, Invalid),
        ({"severity": "huge"}, Invalid),
        ({"due_on": timezone.localdate() - timedelta(days=2)}, Invalid),
        ({"owner": "nobody-here"}, Invalid),
        ({"promotion_id": 4711}, NotFound),
    ],
)
def test_a_wrong_finding_is_not_kept(given, error):
    with pytest.raises(error):
        raised(a_version(), **given)

    assert Finding.objects.count() == 0
    assert AuditEvent.objects.count() == 0


def test_learners_raise_nothing():
    with pytest.raises(Forbidden):
        raised(a_version(), actor=acting(a_user(Role.LEARNER)))


def test_a_condition_that_was_not_met_in_time_blocks():
    version = a_version()
    finding = raised(version, Severity.MAJOR)
    late = timezone.localdate() - timedelta(days=1)
    Finding.objects.filter(pk=finding.pk).update(due_on=late)

    assert services.meet_deadlines() == 0
    Finding.objects.filter(pk=finding.pk).update(is_condition=True)
    assert services.meet_deadlines() == 1
    assert services.meet_deadlines() == 0

    finding.refresh_from_db()
    assert (finding.severity, AuditEvent.objects.first().verb) == ("blocker", "finding.escalate")
