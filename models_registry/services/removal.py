"""Deleting and restoring: rows, files, numbers and names are kept; what was deleted is only not seen."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core import moments
from core.actors import Actor
from core.audit import record
from core.dispatch import after_commit
from core.errors import Conflict, missing
from models_registry import gates, guards
from models_registry.access import require_on_model, require_on_version
from models_registry.models import Alias, ModelVersion, RegisteredModel
from models_registry.services.holds import holds_on_model, holds_on_version, refuse_held
from models_registry.services.stages import locked_model, withdraw_open


@transaction.atomic(durable=True)
def delete_model(*, actor: Actor, name: str, reason: str = "") -> RegisteredModel:
    """Take a model and its versions out of sight; its name stays taken.

    Raises:
        Conflict: one of its versions serves traffic, or a legal hold stands.
    """
    require_on_model(actor, "model.delete", name=name)
    model, now = locked_model(name), timezone.now()
    refuse_held(holds_on_model(model))
    versions = list(ModelVersion.objects.select_for_update().filter(model=model).order_by("number"))
    for version in versions:
        version.model = model
        _refuse_served(version)
    aliases = _drop(Alias.objects.filter(model=model).order_by("name"))
    for version in versions:
        _delete(version, actor=actor, now=now, reason=reason)
    model.deleted_at = now
    model.save(update_fields=["deleted_at", "changed_at"])
    before = {"versions": [version.number for version in versions], "aliases": aliases}
    record(actor, "model.delete", model, before=before, reason=reason, model_name=model.name)
    return model


@transaction.atomic(durable=True)
def restore_model(*, actor: Actor, name: str) -> RegisteredModel:
    """Bring a deleted model back with the versions that were deleted with it, without its aliases.

    Versions whose files are gone stay deleted.
    """
    require_on_model(actor, "model.restore", name=name)
    found = RegisteredModel.with_deleted.select_for_update().filter(name=name, deleted_at__isnull=False)
    model = found.first()
    if model is None:
        raise missing(_("deleted model named “%(name)s”") % {"name": name})
    versions = ModelVersion.with_deleted.filter(model=model, deleted_at=model.deleted_at, purged_at=None)
    numbers = sorted(versions.values_list("number", flat=True))
    versions.update(deleted_at=None)
    model.deleted_at = None
    model.save(update_fields=["deleted_at", "changed_at"])
    record(actor, "model.restore", model, after={"versions": numbers}, model_name=model.name)
    return model


@transaction.atomic(durable=True)
def delete_version(*, actor: Actor, version_id: int, reason: str = "") -> ModelVersion:
    """Take a version out of sight and drop its aliases; its number is never given again.

    Raises:
        Conflict: it serves traffic, or a legal hold stands.
    """
    require_on_version(actor, "model.delete", version_id=version_id)
    model, version = _locked(ModelVersion.objects.filter(pk=version_id))
    refuse_held(holds_on_version(version))
    _refuse_served(version)
    aliases = _drop(Alias.objects.filter(version=version).order_by("name"))
    _delete(version, actor=actor, now=timezone.now(), reason=reason)
    model.save(update_fields=["changed_at"])
    before = {"stage": version.stage, "aliases": aliases}
    record(actor, "version.delete", version, before=before, reason=reason, model_name=model.name)
    return version


@transaction.atomic(durable=True)
def restore_version(*, actor: Actor, model_name: str, number: int) -> ModelVersion:
    """Bring a deleted version of a model that is there back, without its aliases."""
    require_on_model(actor, "model.restore", name=model_name)
    deleted = ModelVersion.with_deleted.filter(deleted_at__isnull=False)
    model, version = _locked(deleted.filter(model__name=model_name, number=number))
    if model.deleted_at is not None:
        raise Conflict(
            _("%(model)s itself is deleted.") % {"model": model.title},
            code="model-deleted",
            hint=_("Restore the model first."),
        )
    if version.purged_at is not None:
        raise Conflict(
            _("The files of %(version)s were removed %(when)s.")
            % {"version": version, "when": moments.absolute(version.purged_at)},
            code="purged",
            hint=_("Register them again as a new version; the trail names their digests."),
        )
    version.deleted_at = None
    version.save(update_fields=["deleted_at", "changed_at"])
    record(actor, "version.restore", version, after={"stage": version.stage}, model_name=model.name)
    return version


def _locked(found: QuerySet[ModelVersion]) -> tuple[RegisteredModel, ModelVersion]:
    """The one version found, after its model: models are locked first everywhere."""
    keys = found.values_list("model_id", "pk").first()
    if keys is None:
        raise missing(_("version with this id"))
    model = RegisteredModel.with_deleted.select_for_update().get(pk=keys[0])
    version = ModelVersion.with_deleted.select_for_update().get(pk=keys[1])
    version.model = model
    return model, version


def _refuse_served(version: ModelVersion) -> None:
    if version.is_servable:
        guards.enforce(version, gates.RETIRE)


def _delete(version: ModelVersion, *, actor: Actor, now: datetime, reason: str) -> None:
    withdraw_open(version, actor=actor, reason=reason)
    version.deleted_at, version.inspection_due_at = now, None
    version.save(update_fields=["deleted_at", "inspection_due_at", "changed_at"])
    after_commit("serving.follow_version", version.pk)


def _drop(found: QuerySet[Alias]) -> dict[str, int]:
    aliases = {alias.name: alias.version.number for alias in found.select_related("version")}
    found.delete()
    return aliases
