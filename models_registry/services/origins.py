"""Where a version comes from."""

import re

from django.db import transaction
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.errors import Conflict, Invalid
from models_registry.models import ORIGIN_LENGTHS, ModelVersion
from models_registry.services.stages import locked_version

# A link that is shown must not run anything.
LINK = re.compile(r"^https?://\S+$")


@transaction.atomic(durable=True)
def set_origin(
    *, actor: Actor, version_id: int, derived_from: int | None = None, **given: str
) -> ModelVersion:
    """Say where a version comes from, until its first promotion; what is left out becomes empty.

    Args:
        derived_from: the number of an older version of the same model.
        given: any of ORIGIN_LENGTHS.

    Raises:
        Conflict: reviewers have judged the version by its origin already.
        Invalid: no such older version, a text too long, or a link that is none.
    """
    actor.require("version.register")
    version = locked_version(version_id)
    if not version.may_change_origin:
        raise Conflict(
            _("%(version)s is %(stage)s: where it comes from is part of what was reviewed.")
            % {"version": version, "stage": version.get_stage_display()},
            code="origin-reviewed",
            hint=_("Write what is new into the notes."),
        )
    wanted = {field: given.get(field, "").strip() for field in ORIGIN_LENGTHS}
    for field, text in wanted.items():
        if len(text) > ORIGIN_LENGTHS[field]:
            raise Invalid(
                _("At most %(limit)d characters fit here.") % {"limit": ORIGIN_LENGTHS[field]},
                code="too-long",
                field=field,
            )
    if wanted["run_link"] and not LINK.match(wanted["run_link"]):
        raise Invalid(_("A link starts with http:// or https://."), code="bad-link", field="run_link")
    parent = _parent(version, derived_from)
    before = _told(version)
    for field, text in wanted.items():
        setattr(version, field, text)
    version.derived_from = parent
    after = _told(version)
    if after != before:
        version.save(update_fields=[*ORIGIN_LENGTHS, "derived_from", "changed_at"])
        record(actor, "version.origin", version, before=before, after=after, model_name=version.model.name)
    return version


def _parent(version: ModelVersion, number: int | None) -> ModelVersion | None:
    if number is None:
        return None
    parent = ModelVersion.objects.filter(
        model_id=version.model_id, number=number, number__lt=version.number
    ).first()
    if parent is None:
        raise Invalid(
            _("There is no older version v%(number)d of this model.") % {"number": number},
            code="bad-parent",
            field="derived_from",
        )
    return parent


def _told(version: ModelVersion) -> dict[str, object]:
    parent = version.derived_from.number if version.derived_from else None
    return {field: getattr(version, field) for field in ORIGIN_LENGTHS} | {"derived_from": parent}
