"""Shared by the services: lock a version, move its stage. Never called from outside them."""

import hashlib
from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.dispatch import after_commit
from core.errors import missing
from core.once import OnceOne, number, text
from models_registry.lifecycle import next_stage
from models_registry.models import (
    ModelVersion,
    PromotionRequest,
    PromotionState,
    RegisteredModel,
    VersionFile,
)


def locked_version(version_id: int) -> ModelVersion:
    """The version, its row and that of its model locked until the transaction ends, the model first."""
    line = ModelVersion.objects.filter(pk=version_id).values_list("model_id", flat=True)
    RegisteredModel.objects.select_for_update(no_key=True).filter(pk__in=list(line)).first()
    version = (
        ModelVersion.objects.select_for_update(of=("self",))
        .select_related("model")
        .filter(pk=version_id)
        .first()
    )
    if version is None:
        raise missing(_("version with this id"))
    return version


LARGEST_NUMBER = 2**31 - 1
_MODEL = OnceOne(
    lambda: (
        RegisteredModel.objects.select_for_update(of=("self",))
        .select_related("workspace")
        .filter(name=text("name"))
        .order_by()
    )
)
_VERSION = OnceOne(
    lambda: (
        ModelVersion.objects.select_for_update()
        .filter(model_id=number("model_id"), number=number("number"))
        .order_by()
    )
)


def locked_model(name: str) -> RegisteredModel:
    """The model with its workspace, its row locked until the transaction ends."""
    model = _MODEL.first(name=name)
    if model is None:
        raise missing(_("model named “%(name)s”") % {"name": name})
    return model


def locked_number(model: RegisteredModel, wanted: int) -> ModelVersion | None:
    """The version of a number of a model that is locked already, its own row locked too."""
    version = _VERSION.first(model_id=model.pk, number=wanted) if 0 < wanted <= LARGEST_NUMBER else None
    if version is not None:
        version.model = model
    return version


def move(version: ModelVersion, verb: str, *, actor: Actor, reason: str) -> None:
    """Take one step of the life cycle; the caller holds the lock and has checked permission and gates."""
    before = version.stage
    version.stage = next_stage(verb, before)
    version.stage_changed_at = timezone.now()
    version.stage_reason = reason
    version.save()
    record(
        actor,
        f"version.{verb}",
        version,
        before={"stage": before} | _aliases_of_ended(version),
        after={"stage": version.stage},
        reason=reason,
        model_name=version.model.name,
    )
    RegisteredModel.objects.filter(pk=version.model_id).update(changed_at=version.stage_changed_at)
    after_commit("serving.follow_version", version.pk)


def decide(promotion: PromotionRequest, state: PromotionState) -> None:
    promotion.state, promotion.decided_at = state, timezone.now()
    promotion.save(update_fields=["state", "decided_at"])


def withdraw_open(version: ModelVersion, *, actor: Actor, reason: str = "", **told: str) -> None:
    """End the open request of a version whose way is decided otherwise; the caller holds the lock."""
    asked = version.promotions.select_for_update(of=("self",))
    for promotion in asked.filter(state=PromotionState.OPEN):
        decide(promotion, PromotionState.WITHDRAWN)
        record(
            actor,
            "promotion.withdraw",
            promotion,
            before={"state": PromotionState.OPEN},
            after={"state": promotion.state, **told},
            reason=reason,
            model_name=version.model.name,
        )


def _aliases_of_ended(version: ModelVersion) -> dict[str, list[str]]:
    """Drop the aliases of a version whose life has ended, for clients deploy by them; their names."""
    aliases = list(version.aliases.order_by("name")) if version.is_ended else []
    for alias in aliases:
        alias.delete()
    return {"aliases": [alias.name for alias in aliases]} if aliases else {}


def artifact_digest(files: Iterable[VersionFile]) -> str:
    """One SHA-256 over all files: their paths, digests and sizes, in the order of the paths."""
    lines = sorted(f"{file.path}\0{file.sha256}\0{file.size_bytes}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
