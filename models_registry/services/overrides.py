"""Emergency overrides: granted by an admin, used by an operator with a reason, judged by somebody else."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.errors import Conflict, Forbidden, Invalid, missing
from core.models import User
from models_registry import gates, guards
from models_registry.access import require_on_version
from models_registry.lifecycle import PROMOTIONS, next_stage
from models_registry.mailboxes import refuse_same_person
from models_registry.models import (
    ModelVersion,
    Override,
    OverrideGrant,
    OverrideVerdict,
)
from models_registry.policies import Policy
from models_registry.services.four_eyes import makers_of
from models_registry.services.stages import artifact_digest, locked_version, move, withdraw_open

LONGEST_GRANT_DAYS = 90
MOST_HOURS = 72
REVIEW_WITHIN = timedelta(hours=24)
# Not even in an emergency: what cannot be read or does not fit its configuration cannot be served.
HARD = gates.always(gates.REGISTER)


@transaction.atomic(durable=True)
def grant_override(*, actor: Actor, username: str, days: int, reason: str) -> OverrideGrant:
    """Let an operator override for some days; nobody grants it to themselves, by no account."""
    actor.require("override.grant")
    assert actor.user is not None
    _need_reason(reason)
    if not 1 <= days <= LONGEST_GRANT_DAYS:
        detail = _("A grant lasts 1 to %(days)d days.") % {"days": LONGEST_GRANT_DAYS}
        raise Invalid(detail, code="bad-life", field="days")
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise missing(_("person named “%(name)s”") % {"name": username})
    detail = _("Four eyes: nobody grants an override to themselves.")
    refuse_same_person(actor.user, [user.pk], detail=detail)
    grant = OverrideGrant.objects.create(
        user=user,
        granted_by=actor.user,
        reason=reason.strip(),
        expires_at=timezone.now() + timedelta(days=days),
    )
    record(actor, "override.grant", grant, after={"user": username, "days": days}, reason=reason)
    return grant


@transaction.atomic(durable=True)
def revoke_override(*, actor: Actor, grant_id: int) -> OverrideGrant:
    actor.require("override.grant")
    grant = OverrideGrant.objects.select_for_update(of=("self",)).filter(pk=grant_id).first()
    if grant is None:
        raise missing(_("grant with this id"))
    if grant.revoked_at is None:
        grant.revoked_at = timezone.now()
        grant.save(update_fields=["revoked_at"])
        record(actor, "override.revoke", grant, after={"user": grant.user.username})
    return grant


@transaction.atomic(durable=True)
def use_override(*, actor: Actor, version_id: int, verb: str, reason: str, hours: int) -> Override:
    """Take a step without its approvals and evidence; it shows on the version for ever.

    Raises:
        Forbidden: no operator, grant or fresh proof, a maker of the version, or never allowed by the policy.
        Conflict: the step is not open from here, the bytes changed, or a gate fails that must always hold.
    """
    require_on_version(actor, "override.use", version_id=version_id)
    assert actor.user is not None
    _need_reason(reason)
    _refuse_words(verb, hours)
    actor.require_proof()
    _refuse_ungranted(actor.user)
    version = locked_version(version_id)
    target = next_stage(verb, version.stage)
    step = gates.policy_for(version, verb)
    _refuse_forbidden(version, step, user=actor.user)
    guards.enforce(version, HARD)
    failed = [item.gate for item in guards.gather(version, step.required) if not item.passed]
    now = timezone.now()
    override = Override.objects.create(
        version=version,
        verb=verb,
        from_stage=version.stage,
        to_stage=target,
        reason=reason.strip(),
        failed_gates=failed,
        used_by=actor.user,
        ends_at=now + timedelta(hours=hours),
        review_due_at=now + REVIEW_WITHIN,
    )
    after = {"version": str(version), "to": target, "failed_gates": failed, "hours": hours}
    record(
        actor,
        "override.use",
        override,
        before={"stage": version.stage, "approvals_needed": step.approvals},
        after=after,
        reason=reason,
        model_name=version.model.name,
    )
    withdraw_open(version, actor=actor, by=str(override))
    move(version, verb, actor=actor, reason=reason.strip())
    return override


@transaction.atomic(durable=True)
def review_override(*, actor: Actor, override_id: int, verdict: str, comment: str) -> Override:
    """Judge an override afterwards; who used it, and who made the version, cannot.

    Raises:
        Forbidden: not a reviewer, no fresh proof, or involved.
        Conflict: it is judged already.
    """
    version_id = Override.objects.filter(pk=override_id).values_list("version_id", flat=True).first()
    require_on_version(actor, "promotion.review", version_id=version_id or 0)
    assert actor.user is not None
    _need_reason(comment)
    if verdict not in OverrideVerdict.values:
        names = ", ".join(OverrideVerdict.values)
        raise Invalid(_("A verdict is one of: %(verdicts)s.") % {"verdicts": names}, code="unknown-verdict")
    if version_id is None:
        raise missing(_("override with this id"))
    version = locked_version(version_id)
    override = Override.objects.select_for_update(of=("self",)).get(pk=override_id)
    detail = _("Four eyes: who used the override or made the version cannot judge it.")
    refuse_same_person(actor.user, [override.used_by_id, *makers_of(version)], detail=detail)
    actor.require_proof()
    if override.reviewed_at is not None:
        raise Conflict(_("%(override)s is judged already.") % {"override": override}, code="already-decided")
    override.verdict, override.comment = verdict, comment.strip()
    override.reviewed_by, override.reviewed_at = actor.user, timezone.now()
    override.save()
    record(
        actor,
        "override.review",
        override,
        after={
            "verdict": verdict,
            "version": str(version),
            "late": override.reviewed_at > override.review_due_at,
        },
        reason=comment,
        model_name=version.model.name,
    )
    return override


def _refuse_ungranted(user: User) -> None:
    granted = OverrideGrant.objects.filter(user=user, revoked_at=None, expires_at__gt=timezone.now())
    if not granted.exists():
        raise Forbidden(
            _("Nobody granted you an emergency override."),
            code="no-override-grant",
            hint=_("Ask an admin for one, or another operator who has it."),
        )


def _refuse_forbidden(version: ModelVersion, step: Policy, *, user: User) -> None:
    if not step.break_glass:
        raise Forbidden(
            _("The policy never lets this step be overridden for tier “%(tier)s”.")
            % {"tier": version.model.get_risk_tier_display()},
            code="override-not-allowed",
        )
    if user.pk in makers_of(version):
        raise Forbidden(
            _("Four eyes: who made %(version)s cannot override for it.") % {"version": version},
            code="four-eyes",
            hint=_("Ask another operator."),
        )
    if artifact_digest(version.files.all()) != version.artifact_digest:
        raise Conflict(
            _("The files of %(version)s are not those that were registered.") % {"version": version},
            code="content-changed",
            changed=["files"],
        )


def _refuse_words(verb: str, hours: int) -> None:
    if verb not in PROMOTIONS:
        names = ", ".join(PROMOTIONS)
        raise Invalid(
            _("A promotion is one of: %(verbs)s.") % {"verbs": names}, code="unknown-verb", field="verb"
        )
    if not 1 <= hours <= MOST_HOURS:
        detail = _("An override lasts 1 to %(hours)d hours.") % {"hours": MOST_HOURS}
        raise Invalid(detail, code="bad-life", field="hours")


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid(_("Give a reason. It is kept for ever."), code="no-reason", field="reason")
