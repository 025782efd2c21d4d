"""Writes to models and versions."""

import hashlib
import re

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.actors import Actor
from core.audit import record
from core.errors import Conflict, Invalid
from models_registry import gates, guards, modelconfig
from models_registry.access import require_in_workspace, require_on_model, require_on_version
from models_registry.lifecycle import TRANSITIONS, next_stage
from models_registry.models import (
    NAME_PATTERN,
    RESERVED_NAMES,
    Inspection,
    ModelVersion,
    RegisteredModel,
    RiskTier,
)
from models_registry.services.files import refuse_unless_draft
from models_registry.services.stages import artifact_digest, locked_model, locked_version, move, withdraw_open


@transaction.atomic(durable=True)
def register_model(
    *, actor: Actor, name: str, purpose: str = "", team: str = "", risk_tier: str = RiskTier.LOW
) -> RegisteredModel:
    """Add a model without versions.

    Raises:
        Invalid: the name does not fit, or the risk tier is unknown.
        Conflict: the name is taken.
    """
    require_in_workspace(actor, "model.register", name=name)
    assert actor.user is not None
    _refuse_name(name)
    if risk_tier not in RiskTier.values:
        raise Invalid(
            _("The risk tier is one of: %(tiers)s.") % {"tiers": ", ".join(RiskTier.values)},
            code="bad-risk-tier",
            field="risk_tier",
        )
    try:
        with transaction.atomic():
            model = RegisteredModel.objects.create(
                name=name, purpose=purpose, team=team, risk_tier=risk_tier, owner=actor.user
            )
    except IntegrityError as error:
        raise Conflict(
            _("A model named “%(name)s” exists already.") % {"name": name},
            code="name-taken",
            hint=_("Register a version of it, or choose another name."),
            field="name",
        ) from error
    after = {"name": name, "purpose": purpose, "team": team, "risk_tier": risk_tier}
    record(actor, "model.register", model, after=after, model_name=name)
    return model


@transaction.atomic(durable=True)
def create_version(*, actor: Actor, model_name: str) -> ModelVersion:
    """Open a draft; its number is given here and never to another."""
    require_on_model(actor, "version.register", name=model_name)
    assert actor.user is not None
    model = locked_model(model_name)
    version = ModelVersion.objects.create(
        model=model, number=model.next_number, created_by=actor.user, stage_changed_at=timezone.now()
    )
    model.next_number += 1
    model.save(update_fields=["next_number", "changed_at"])
    record(actor, "version.create", version, after={"number": version.number}, model_name=model.name)
    return version


@transaction.atomic(durable=True)
def save_config(*, actor: Actor, version_id: int, text: str) -> ModelVersion:
    """Keep an edited config.pbtxt of a draft.

    Raises:
        Invalid: with `problems` (line, column, message, hint); the draft keeps its former text.
    """
    require_on_version(actor, "version.register", version_id=version_id)
    version = locked_version(version_id)
    refuse_unless_draft(version)
    _require_inspected(version)
    text = text.replace("\r\n", "\n")
    problems = gates.config_problems(version, text)
    if problems:
        raise Invalid(
            ngettext(
                "The configuration has %(count)d problem.",
                "The configuration has %(count)d problems.",
                len(problems),
            )
            % {"count": len(problems)},
            code="bad-config",
            hint=_("Mend the lines named below; nothing was saved."),
            problems=[problem.to_json() for problem in problems],
        )
    before = hashlib.sha256(version.config_text.encode()).hexdigest()
    version.config_text, version.config_edited_by = text, actor.user
    version.save(update_fields=["config_text", "config_edited_by"])
    after = hashlib.sha256(text.encode()).hexdigest()
    record(
        actor,
        "version.config",
        version,
        before={"sha256": before},
        after={"sha256": after},
        model_name=version.model.name,
    )
    return version


@transaction.atomic(durable=True)
def edit_notes(*, actor: Actor, version_id: int, notes: str) -> ModelVersion:
    """Change the free notes, which are not part of what a version is."""
    require_on_version(actor, "version.register", version_id=version_id)
    version = locked_version(version_id)
    before, version.notes = version.notes, notes[:20_000]
    version.save(update_fields=["notes", "changed_at"])
    record(
        actor,
        "version.notes",
        version,
        before={"notes": before},
        after={"notes": version.notes},
        model_name=version.model.name,
    )
    return version


@transaction.atomic(durable=True)
def register_version(*, actor: Actor, version_id: int) -> ModelVersion:
    """Turn a draft into an immutable version, bound to the digests of its files and configuration."""
    require_on_version(actor, TRANSITIONS["register"].permission, version_id=version_id)
    version = locked_version(version_id)
    next_stage("register", version.stage)
    guards.enforce(version, gates.REGISTER)
    version.config_digest = modelconfig.digest(version.config_text)
    version.artifact_digest = artifact_digest(version.files.all())
    move(version, "register", actor=actor, reason="")
    return version


@transaction.atomic(durable=True)
def retire_version(*, actor: Actor, version_id: int, reason: str) -> ModelVersion:
    """End a version's life: it is unloaded, kept for the record, and never served again.

    Raises:
        Conflict: it serves traffic (gate `not-served`), or its stage has no way to retire.
        Invalid: no reason was given.
    """
    require_on_version(actor, TRANSITIONS["retire"].permission, version_id=version_id)
    if not reason.strip():
        raise Invalid(_("Give a reason. It is kept with the version."), code="no-reason", field="reason")
    version = locked_version(version_id)
    next_stage("retire", version.stage)
    guards.enforce(version, gates.RETIRE)
    withdraw_open(version, actor=actor, reason=reason)
    move(version, "retire", actor=actor, reason=reason.strip())
    return version


def _refuse_name(name: str) -> None:
    if not re.fullmatch(NAME_PATTERN, name):
        raise Invalid(
            _("“%(name)s” is not a model name that Conch accepts.") % {"name": name[:80]},
            code="bad-name",
            hint=_(
                "Use 1 to 64 lower-case letters, digits, dashes and underscores, a letter or digit first."
            ),
            field="name",
        )
    if name in RESERVED_NAMES:
        raise Invalid(
            _("“%(name)s” is a name that Conch keeps for itself.") % {"name": name},
            code="reserved-name",
            hint=_("Choose another name."),
            field="name",
        )


def _require_inspected(version: ModelVersion) -> None:
    if version.inspection != Inspection.PASSED:
        raise Conflict(
            _("The file of %(version)s has not been read yet.") % {"version": version},
            code="not-inspected",
            hint=_("Upload a file and wait for its signature."),
        )
