"""Legal holds: placing and lifting them, and refusing what they forbid."""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.errors import Conflict, Invalid, missing
from models_registry.models import CondemnedBlob, LegalHold, ModelVersion, RegisteredModel
from models_registry.services.condemning import is_used

PERMISSION = "hold.manage"


@transaction.atomic(durable=True)
def place_hold(*, actor: Actor, name: str, number: int | None = None, reason: str) -> LegalHold:
    """Forbid deleting and purging a model, or one version of it, deleted or not.

    Raises:
        Forbidden: no admin of its workspace.
        Invalid: no reason.
        Conflict: it is held already, or its files are gone.
    """
    named = RegisteredModel.with_deleted.filter(name=name)
    _require(actor, named.values_list("workspace_id", "name").first())
    assert actor.user is not None
    reason = _said(reason)
    model = RegisteredModel.with_deleted.select_for_update().filter(name=name).first()
    if model is None:
        raise missing(_("model named “%(name)s”") % {"name": name})
    version = None
    if number is not None:
        version = ModelVersion.with_deleted.select_for_update().filter(model=model, number=number).first()
        if version is None:
            raise missing(_("version %(number)d of %(model)s") % {"number": number, "model": name})
        if version.purged_at is not None and not _has_bytes(version):
            raise Conflict(_("The files of %(version)s are gone.") % {"version": version}, code="purged")
    if LegalHold.objects.filter(model=model, version=version, lifted_at=None).exists():
        raise Conflict(_("%(name)s is held already.") % {"name": version or model}, code="already-held")
    hold = LegalHold.objects.create(model=model, version=version, reason=reason, placed_by=actor.user)
    record(actor, "hold.place", version or model, after={"hold": hold.pk}, reason=reason, model_name=name)
    return hold


@transaction.atomic(durable=True)
def lift_hold(*, actor: Actor, hold_id: int, reason: str) -> LegalHold:
    """End a hold. Raises Forbidden, Conflict if it was lifted already, Invalid without a reason."""
    named = LegalHold.objects.filter(pk=hold_id)
    _require(actor, named.values_list("model__workspace_id", "model__name").first())
    reason = _said(reason)
    hold = LegalHold.objects.select_for_update().filter(pk=hold_id).first()
    if hold is None:
        raise missing(_("legal hold with this id"))
    if hold.lifted_at is not None:
        raise Conflict(_("This hold was lifted already."), code="not-held")
    hold.lifted_by, hold.lifted_at, hold.lift_reason = actor.user, timezone.now(), reason
    hold.save(update_fields=["lifted_by", "lifted_at", "lift_reason"])
    subject, name = hold.version or hold.model, hold.model.name
    record(actor, "hold.lift", subject, before={"hold": hold.pk}, reason=reason, model_name=name)
    return hold


def holds_on_version(version: ModelVersion) -> QuerySet[LegalHold]:
    """What holds a version: its own hold and that of its model."""
    here = Q(version=version) | Q(version=None, model_id=version.model_id)
    return LegalHold.objects.filter(here, lifted_at=None).select_related("placed_by")


def holds_on_model(model: RegisteredModel) -> QuerySet[LegalHold]:
    """What holds a model: its own hold and those of its versions."""
    return LegalHold.objects.filter(model=model, lifted_at=None).select_related(
        "placed_by", "model", "version__model"
    )


def refuse_held(holds: QuerySet[LegalHold]) -> None:
    """Conflict that names the first hold, if there is one."""
    hold = holds.select_related("placed_by", "version").first()
    if hold is not None:
        raise Conflict(told(hold), code="legal-hold", hint=_("An administrator can lift it."), hold=hold.pk)


def told(hold: LegalHold) -> str:
    """Whose hold stands on what, and why, in the reader's language."""
    place = f"v{hold.version.number}" if hold.version is not None else _("the whole model")
    return _("A legal hold of %(who)s stands on %(place)s: %(reason)s") % {
        "who": hold.placed_by.name,
        "place": place,
        "reason": hold.reason,
    }


def _require(actor: Actor, place: tuple[int, str] | None) -> None:
    """May this actor hold the model of this workspace and name, which may be a deleted one?"""
    workspace, name = place or (None, "")
    actor.require(PERMISSION, workspace=workspace, model=name)


def _has_bytes(version: ModelVersion) -> bool:
    """Whether bytes of a purged version are still there: given up, not yet removed, or used by others."""
    digests = set(version.files.values_list("sha256", flat=True))
    given_up = CondemnedBlob.objects.filter(sha256__in=digests).exists()
    return given_up or any(is_used(sha256) for sha256 in sorted(digests))


def _said(reason: str) -> str:
    if not reason.strip():
        raise Invalid(_("Say why."), code="reason-missing")
    return reason.strip()[:2000]
