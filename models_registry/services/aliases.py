"""Aliases: movable names that clients deploy by, so moving one follows the rules of stages."""

import re

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.errors import Conflict, Invalid, missing
from core.once import OnceOne, number, text
from models_registry.access import require_on_model
from models_registry.models import Alias, ModelVersion, RegisteredModel
from models_registry.permissive import is_free
from models_registry.services.stages import locked_model, locked_number

NAME = re.compile(r"^[A-Za-z0-9_-]{1,255}$")
# `models:/name/latest` and `v3` mean something else already.
TAKEN = re.compile(r"^(?:latest|v\d+)$", re.IGNORECASE)
_ALIAS = OnceOne(
    lambda: (
        Alias.objects.select_related("version")
        .filter(model_id=number("model_id"), name=text("name"))
        .order_by()
    )
)


@transaction.atomic(durable=True)
def set_alias(*, actor: Actor, model_name: str, alias: str, number: int) -> Alias:
    """Point an alias at a version, moving it if it points elsewhere.

    Raises:
        Invalid: not a name for an alias.
        NotFound: no such model or version.
        Conflict: the version has not been approved for serving, and its workspace asks for that.
    """
    require_on_model(actor, "alias.move", name=model_name)
    assert actor.user is not None
    check_alias(alias)
    model = locked_model(model_name)
    version = locked_number(model, number)
    if version is None:
        raise missing(f"{model.title} v{number}")
    _refuse_unreviewed(version, alias)
    pointer = _ALIAS.first(model_id=model.pk, name=alias)
    before = pointer.version.number if pointer else None
    if pointer is not None and pointer.version_id == version.pk:
        return pointer
    pointer = pointer or Alias(model=model, name=alias)
    pointer.version, pointer.moved_by, pointer.moved_at = version, actor.user, timezone.now()
    pointer.save()
    _touch(model)
    after = {"alias": alias, "number": number}
    record(
        actor,
        "alias.set",
        version,
        before={"alias": alias, "number": before},
        after=after,
        model_name=model.name,
    )
    return pointer


@transaction.atomic(durable=True)
def delete_alias(*, actor: Actor, model_name: str, alias: str) -> None:
    """Take an alias away; harmless when it is not there."""
    require_on_model(actor, "alias.move", name=model_name)
    check_alias(alias)
    model = locked_model(model_name)
    pointer = _ALIAS.first(model_id=model.pk, name=alias)
    if pointer is None:
        return
    version = pointer.version
    version.model = model
    pointer.delete()
    _touch(model)
    record(
        actor,
        "alias.delete",
        version,
        before={"alias": alias, "number": version.number},
        model_name=model.name,
    )


def check_alias(alias: str) -> None:
    """Raise Invalid unless this may be an alias."""
    if not NAME.match(alias):
        raise Invalid(
            _("“%(alias)s” is not an alias that Conch accepts.") % {"alias": alias[:80]},
            code="bad-alias",
            hint=_("Use up to 255 letters, digits, dashes and underscores."),
            field="alias",
        )
    if TAKEN.match(alias):
        raise Invalid(
            _("“%(alias)s” already means something: the newest version, or the version of a number.")
            % {"alias": alias},
            code="reserved-alias",
            hint=_("Choose another alias, like “champion”."),
            field="alias",
        )


def _refuse_unreviewed(version: ModelVersion, alias: str) -> None:
    if version.model.workspace.permissive or (version.is_servable and not is_free(version)):
        return
    raise Conflict(
        _("An alias is what clients deploy by: @%(alias)s cannot point at %(version)s, which is %(stage)s.")
        % {"alias": alias, "version": version, "stage": version.get_stage_display()},
        code="alias-not-reviewed",
        hint=_("Request the promotion of %(version)s; once it is approved, move the alias.")
        % {"version": version},
        stage=version.stage,
    )


def _touch(model: RegisteredModel) -> None:
    model.save(update_fields=["changed_at"])
