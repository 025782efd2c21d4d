"""Writes to gate policies: one admin proposes, another publishes, and what is published stays."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.errors import Conflict, Forbidden, Invalid, missing
from models_registry import gates, guards, policies
from models_registry.mailboxes import refuse_same_person
from models_registry.models import GatePolicy, PolicyState

UNFINISHED = frozenset({PolicyState.DRAFT, PolicyState.PROPOSED})


@transaction.atomic(durable=True)
def draft_policy(*, actor: Actor, rules: dict[str, Any], note: str) -> GatePolicy:
    """Begin the next policy from this document.

    Raises:
        Invalid: the document has a mistake, such as a gate that nothing can check; `problems` lists them.
    """
    actor.require("policy.edit")
    assert actor.user is not None
    _refuse_wrong(rules)
    policy = GatePolicy.objects.create(
        rules=rules, note=note.strip(), based_on=gates.current_policy(), author=actor.user
    )
    record(actor, "policy.draft", policy, after={"based_on": str(policy.based_on), "rules": rules})
    return policy


@transaction.atomic(durable=True)
def save_policy(*, actor: Actor, policy_id: int, rules: dict[str, Any], note: str) -> GatePolicy:
    """Change one's own draft; a proposed one becomes a draft again."""
    actor.require("policy.edit")
    _refuse_wrong(rules)
    policy = _locked(policy_id)
    _refuse_others(actor, policy)
    before = policy.rules
    policy.rules, policy.note = rules, note.strip()
    policy.state, policy.proposed_by, policy.proposed_at = PolicyState.DRAFT, None, None
    policy.save()
    record(actor, "policy.save", policy, before={"rules": before}, after={"rules": rules})
    return policy


@transaction.atomic(durable=True)
def propose_policy(*, actor: Actor, policy_id: int) -> GatePolicy:
    """Ask another admin to publish a draft."""
    actor.require("policy.edit")
    policy = _locked(policy_id)
    _refuse_others(actor, policy)
    if not policy.note:
        raise Invalid(
            _("Say why the policy changes; who publishes it reads that."), code="no-reason", field="note"
        )
    policy.state, policy.proposed_by, policy.proposed_at = PolicyState.PROPOSED, actor.user, timezone.now()
    policy.save()
    record(actor, "policy.propose", policy, after={"state": policy.state}, reason=policy.note)
    return policy


@transaction.atomic(durable=True)
def publish_policy(*, actor: Actor, policy_id: int) -> GatePolicy:
    """Make a proposed policy the one that holds; open requests keep the one they were asked under.

    Raises:
        Forbidden: the actor wrote or proposed it, with whichever account.
        Conflict: it is not proposed, or another policy was published since it was begun.
    """
    actor.require("policy.edit")
    assert actor.user is not None
    policy = _locked(policy_id)
    if policy.state != PolicyState.PROPOSED:
        raise Conflict(
            _("%(policy)s is not proposed.") % {"policy": policy},
            code="not-proposed",
            hint=_("Its author has to propose it first."),
        )
    detail = _("Four eyes: who wrote or proposed a policy cannot publish it.")
    refuse_same_person(actor.user, [policy.author_id, policy.proposed_by_id], detail=detail)
    _refuse_wrong(policy.rules)
    GatePolicy.objects.select_for_update(of=("self",)).get(pk=gates.current_policy().pk)
    # Read again under the lock: two admins may publish two drafts at once.
    current = gates.current_policy()
    if policy.based_on_id != current.pk or current.number is None:
        raise Conflict(
            _("%(current)s was published since this draft was begun.") % {"current": current},
            code="policy-moved",
            hint=_("Begin a new draft from it."),
        )
    policy.number, policy.state = current.number + 1, PolicyState.PUBLISHED
    policy.published_by, policy.published_at = actor.user, timezone.now()
    policy.save()
    record(
        actor,
        "policy.publish",
        policy,
        before={"policy": str(current), "rules": current.rules},
        after={"policy": str(policy), "rules": policy.rules},
        reason=policy.note,
    )
    return policy


@transaction.atomic(durable=True)
def discard_policy(*, actor: Actor, policy_id: int) -> GatePolicy:
    """Give up a draft or a proposal; any admin may."""
    actor.require("policy.edit")
    policy = _locked(policy_id)
    before = policy.state
    policy.state = PolicyState.DISCARDED
    policy.save()
    record(actor, "policy.discard", policy, before={"state": before}, after={"state": policy.state})
    return policy


def _locked(policy_id: int) -> GatePolicy:
    policy = GatePolicy.objects.select_for_update(of=("self",)).filter(pk=policy_id).first()
    if policy is None:
        raise missing(_("policy with this id"))
    if policy.state not in UNFINISHED:
        raise Conflict(
            _("%(policy)s is %(state)s and does not change any more.")
            % {"policy": policy, "state": policy.get_state_display()},
            code="policy-final",
            hint=_("Begin a new draft."),
        )
    return policy


def _refuse_others(actor: Actor, policy: GatePolicy) -> None:
    if policy.author != actor.user:
        raise Forbidden(_("Only who began this draft can change or propose it."), hint=_("Begin your own."))


def _refuse_wrong(rules: dict[str, Any]) -> None:
    found = policies.problems(rules, gates=guards.known())
    if found:
        raise Invalid(" ".join(found), code="bad-policy", field="rules", problems=found)
