"""A person says what the inputs and outputs of a draft are, where its files don't tell."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.errors import Conflict, Invalid
from models_registry import declaring, gates, modelconfig
from models_registry.access import require_on_version
from models_registry.inspection import configfile, sentences
from models_registry.inspection.refused import Refused
from models_registry.inspection.report import remark
from models_registry.models import Inspection, ModelVersion
from models_registry.services.files import refuse_unless_draft
from models_registry.services.stages import locked_version

Tensors = Sequence[Mapping[str, Any]]


@transaction.atomic(durable=True)
def declare_signature(
    *, actor: Actor, version_id: int, inputs: Tensors, outputs: Tensors, batchable: bool = False
) -> ModelVersion:
    """Keep a declared signature of a draft and derive its config.pbtxt.

    Args:
        inputs: tensors with `name`, `datatype`, `dims` (without the batch) and perhaps `optional`.

    Raises:
        Conflict: no draft, or its files tell their signature themselves.
        Invalid: with `problems` (field, message); the draft stays as it was.
    """
    version = _undeclared(actor, version_id)
    signature = declaring.signature(inputs=inputs, outputs=outputs, batchable=batchable, facts=version.facts)
    text = modelconfig.derive(
        signature, backend=version.backend, model_format=version.facts.get("format", "")
    )
    return _keep(version, actor=actor, signature=signature, config_text=text)


@transaction.atomic(durable=True)
def declare_by_config(*, actor: Actor, version_id: int, text: str) -> ModelVersion:
    """As `declare_signature`, from a full config.pbtxt, which becomes the draft's configuration."""
    version = _undeclared(actor, version_id)
    config = modelconfig.parse(text.replace("\r\n", "\n"))
    try:
        told = configfile.signature(config)
    except Refused as refused:
        detail, hint = sentences.refusal(refused.code, refused.particulars)
        raise Invalid(detail, code=refused.code, hint=hint) from refused
    signature = declaring.signature(
        inputs=told.get("inputs", ()),
        outputs=told.get("outputs", ()),
        batchable=bool(told.get("batchable")),
        facts=version.facts,
    )
    # Shapes that a config states in a special way, like one value a row, are kept as it states them.
    return _keep(
        version,
        actor=actor,
        signature=told | {"batchable": signature["batchable"]},
        config_text=configfile.kept(config, backend=version.backend),
    )


def _undeclared(actor: Actor, version_id: int) -> ModelVersion:
    require_on_version(actor, "version.register", version_id=version_id)
    version = locked_version(version_id)
    refuse_unless_draft(version)
    if version.inspection != Inspection.NEEDED and not version.facts.get("declared_by"):
        raise Conflict(
            _("The signature of %(version)s is not to be declared.") % {"version": version},
            code="signature-not-asked",
            hint=_("Its files tell it themselves, or have not been read yet."),
        )
    return version


def _keep(
    version: ModelVersion, *, actor: Actor, signature: dict[str, Any], config_text: str
) -> ModelVersion:
    assert actor.user is not None
    before = version.signature
    version.signature, version.config_text = signature, config_text
    problems = gates.config_problems(version, config_text)
    if problems:
        raise Invalid(
            problems[0].message,
            code="bad-config",
            hint=problems[0].hint,
            problems=[problem.to_json() for problem in problems],
        )
    who = actor.user.username
    others = [one for one in version.warnings if not _said_before(one)]
    version.warnings = [*others, remark("declared", who=who), remark("not-run", backend=version.backend)]
    version.facts |= {"declared_by": who}
    version.inspection, version.config_edited_by = Inspection.PASSED, actor.user
    version.save()
    record(actor, "version.signature", version, before=before, after=signature, model_name=version.model.name)
    return version


def _said_before(warning: object) -> bool:
    return isinstance(warning, dict) and warning.get("code") in {"declared", "not-run"}
