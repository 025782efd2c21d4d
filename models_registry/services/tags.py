"""Tags of models and versions: free words that describe and never decide."""

import re

from django.db import transaction
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.errors import Forbidden, Invalid
from models_registry.access import require_on_model, require_on_version
from models_registry.models import ModelVersion, RegisteredModel
from models_registry.services.stages import locked_model, locked_version

KEY = re.compile(r"^[\w.\-/: ]{1,250}$")
LONGEST_VALUE = 100_000
# Conch speaks under this prefix itself.
RESERVED = "conch."


def check_tag(key: str, value: str = "") -> None:
    """Raise Invalid or Forbidden unless this may be set as a tag."""
    if not KEY.match(key) or not key.strip():
        raise Invalid(
            _("“%(key)s” is not a tag's name.") % {"key": key[:80]},
            code="bad-tag",
            hint=_("Use 1 to 250 letters, digits, dashes, underscores, dots, spaces, colons and slashes."),
            field="key",
        )
    if key.startswith(RESERVED):
        raise Forbidden(
            _("Tags that start with “%(prefix)s” are written by Conch alone.") % {"prefix": RESERVED},
            code="reserved-tag",
        )
    if len(value) > LONGEST_VALUE:
        raise Invalid(
            _("A tag's value has at most %(limit)d characters.") % {"limit": LONGEST_VALUE},
            code="tag-too-long",
            field="value",
        )


@transaction.atomic(durable=True)
def set_model_tag(*, actor: Actor, name: str, key: str, value: str) -> RegisteredModel:
    """Set one tag of a model; the last one who sets it wins."""
    require_on_model(actor, "model.register", name=name)
    check_tag(key, value)
    model = locked_model(name)
    _write(actor, model, model_name=model.name, key=key, value=value)
    return model


@transaction.atomic(durable=True)
def delete_model_tag(*, actor: Actor, name: str, key: str) -> RegisteredModel:
    """Take a tag away from a model; harmless when it is not there."""
    require_on_model(actor, "model.register", name=name)
    check_tag(key)
    model = locked_model(name)
    _write(actor, model, model_name=model.name, key=key, value=None)
    return model


@transaction.atomic(durable=True)
def set_version_tag(*, actor: Actor, version_id: int, key: str, value: str) -> ModelVersion:
    """Set one tag of a version, at any stage; the last one who sets it wins."""
    require_on_version(actor, "version.register", version_id=version_id)
    check_tag(key, value)
    version = locked_version(version_id)
    _write(actor, version, model_name=version.model.name, key=key, value=value)
    return version


@transaction.atomic(durable=True)
def delete_version_tag(*, actor: Actor, version_id: int, key: str) -> ModelVersion:
    """Take a tag away from a version; harmless when it is not there."""
    require_on_version(actor, "version.register", version_id=version_id)
    check_tag(key)
    version = locked_version(version_id)
    _write(actor, version, model_name=version.model.name, key=key, value=None)
    return version


def _write(
    actor: Actor, row: RegisteredModel | ModelVersion, *, model_name: str, key: str, value: str | None
) -> None:
    before = row.tags.get(key)
    if before == value:
        return
    row.tags = {other: text for other, text in row.tags.items() if other != key}
    if value is not None:
        row.tags[key] = value
    row.save(update_fields=["tags", "changed_at"])
    kind = "version" if isinstance(row, ModelVersion) else "model"
    verb = f"{kind}.untag" if value is None else f"{kind}.tag"
    record(actor, verb, row, before={key: before}, after={key: value}, model_name=model_name)
