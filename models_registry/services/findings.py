"""Findings: raised by anybody who checks, closed or accepted by somebody who did not make the version."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.errors import Conflict, Forbidden, Invalid, missing
from core.models import User
from models_registry.access import require_on_version
from models_registry.mailboxes import refuse_same_person
from models_registry.models import Finding, FindingState, ModelVersion, PromotionRequest, Severity
from models_registry.services.four_eyes import makers_of
from models_registry.services.stages import locked_version

LONGEST_TITLE = 200


@transaction.atomic(durable=True)
def raise_finding(
    *,
    actor: Actor,
    version_id: int,
    title: str,
    severity: str,
    due_on: date,
    detail: str = "",
    owner: str = "",
    promotion_id: int | None = None,
) -> Finding:
    """Write down what is wrong with a version; an open blocker stops its promotion.

    Args:
        owner: the name of who has to put it right; the version's creator if empty.
        promotion_id: the request in whose review it came up.

    Raises:
        Invalid: no title, an unknown severity, or a date that is over.
    """
    require_on_version(actor, "finding.raise", version_id=version_id)
    version = locked_version(version_id)
    _refuse_words(title, severity, due_on)
    responsible = _person(owner) if owner else version.created_by
    promotion = None
    if promotion_id is not None:
        promotion = PromotionRequest.objects.filter(pk=promotion_id, version=version).first()
        if promotion is None:
            raise missing(_("request of %(version)s with this id") % {"version": version})
    finding = Finding.objects.create(
        version=version,
        promotion=promotion,
        title=title.strip(),
        detail=detail.strip(),
        severity=severity,
        owner=responsible,
        due_on=due_on,
        raised_by=actor.user,
    )
    after = {
        "title": finding.title,
        "severity": severity,
        "owner": responsible.username,
        "due_on": due_on.isoformat(),
        "version": str(version),
    }
    record(actor, "finding.raise", finding, after=after, reason=detail, model_name=version.model.name)
    return finding


@transaction.atomic(durable=True)
def close_finding(*, actor: Actor, finding_id: int, resolution: str) -> Finding:
    """Say that it is put right. Whoever made the version does not, however many accounts they have."""
    _require_decide(actor, finding_id)
    version, finding = _locked(finding_id)
    detail = _("Four eyes: who made %(version)s cannot close a finding on it.") % {"version": version}
    _refuse_makers(actor, version, detail=detail)
    return _decide(finding, FindingState.CLOSED, resolution, actor=actor)


@transaction.atomic(durable=True)
def accept_finding(*, actor: Actor, finding_id: int, reason: str) -> Finding:
    """Take the risk on, by name; neither a maker of the version nor the finding's owner may."""
    _require_decide(actor, finding_id)
    actor.require_proof()
    version, finding = _locked(finding_id)
    assert actor.user is not None
    detail = _("Four eyes: who made %(version)s, or owns a finding, cannot accept its risk.")
    detail = detail % {"version": version}
    _refuse_makers(actor, version, detail=detail)
    refuse_same_person(actor.user, [finding.owner_id], detail=detail)
    return _decide(finding, FindingState.ACCEPTED, reason, actor=actor)


def _require_decide(actor: Actor, finding_id: int) -> None:
    version_id = Finding.objects.filter(pk=finding_id).values_list("version_id", flat=True).first()
    require_on_version(actor, "finding.decide", version_id=version_id or 0)


def _decide(finding: Finding, state: FindingState, words: str, *, actor: Actor) -> Finding:
    if not words.strip():
        raise Invalid(_("Give a reason. It is kept with the finding."), code="no-reason", field="resolution")
    finding.state, finding.resolution = state, words.strip()
    finding.decided_by, finding.decided_at = actor.user, timezone.now()
    finding.save()
    record(
        actor,
        "finding.close" if state == FindingState.CLOSED else "finding.accept",
        finding,
        before={"state": FindingState.OPEN},
        after={"state": state, "severity": finding.severity, "by": actor.user.name if actor.user else ""},
        reason=words,
        model_name=finding.version.model.name,
    )
    return finding


def _locked(finding_id: int) -> tuple[ModelVersion, Finding]:
    version_id = Finding.objects.filter(pk=finding_id).values_list("version_id", flat=True).first()
    if version_id is None:
        raise missing(_("finding with this id"))
    version = locked_version(version_id)
    finding = Finding.objects.select_for_update(of=("self",)).get(pk=finding_id)
    finding.version = version
    if finding.state != FindingState.OPEN:
        raise Conflict(
            _("%(finding)s is decided: %(state)s.")
            % {"finding": finding, "state": finding.get_state_display()},
            code="already-decided",
        )
    return version, finding


def _refuse_makers(actor: Actor, version: ModelVersion, *, detail: str) -> None:
    if actor.user is None or actor.user.pk in makers_of(version):
        raise Forbidden(detail, code="four-eyes", hint=_("Ask a reviewer."))


def _refuse_words(title: str, severity: str, due_on: date) -> None:
    if not title.strip() or len(title) > LONGEST_TITLE:
        raise Invalid(
            _("A title has 1 to %(most)d characters.") % {"most": LONGEST_TITLE},
            code="no-title",
            field="title",
        )
    if severity not in Severity.values:
        raise Invalid(
            _("A severity is one of: %(names)s.") % {"names": ", ".join(Severity.values)},
            code="bad-severity",
            field="severity",
        )
    if due_on < timezone.localdate():
        raise Invalid(_("This date is over."), code="date-over", field="due_on")


def _person(username: str) -> User:
    found = User.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise Invalid(
            _("Nobody here is named “%(name)s”.") % {"name": username}, code="no-such-person", field="owner"
        )
    return found
