"""Steps without review, in permissive workspaces alone; they mark a version for ever."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.errors import Forbidden, missing
from core.once import OnceOne, number
from models_registry.access import require_on_version
from models_registry.lifecycle import Stage
from models_registry.models import ModelVersion, RegisteredModel
from models_registry.permissive import UNREVIEWED

_MODEL = OnceOne(
    lambda: (
        RegisteredModel.objects.select_for_update(of=("self",))
        .select_related("workspace")
        .filter(versions__pk=number("pk"), versions__deleted_at=None)
        .order_by()
    )
)
_VERSION = OnceOne(lambda: ModelVersion.objects.select_for_update().filter(pk=number("pk")).order_by())


@transaction.atomic(durable=True)
def move_freely(
    *, actor: Actor, version_id: int, stage: Stage, retiring: frozenset[Stage] = frozenset()
) -> ModelVersion:
    """Set the stage of a version whose workspace is permissive.

    Args:
        retiring: other versions of the model in these stages are retired with it.

    Raises:
        Forbidden: the workspace asks for review.
    """
    require_on_version(actor, "promotion.request", version_id=version_id)
    model = _MODEL.first(pk=version_id)
    if model is None:
        raise missing(_("version with this id"))
    if not model.workspace.permissive:
        raise Forbidden(_("Steps in the workspace “%(name)s” are reviewed.") % {"name": model.workspace})
    moved = _VERSION.first(pk=version_id)
    if moved is None:
        raise missing(_("version with this id"))
    moved.model = model
    if retiring:
        found = ModelVersion.objects.select_for_update().filter(model=model, stage__in=retiring)
        for other in found.exclude(pk=version_id).order_by("number"):
            other.model = model
            _move(other, Stage.RETIRED, actor=actor)
    _move(moved, stage, actor=actor)
    model.save(update_fields=["changed_at"])
    return moved


def _move(version: ModelVersion, stage: Stage, *, actor: Actor) -> None:
    before, version.stage = version.stage, stage
    version.stage_changed_at, version.stage_reason = timezone.now(), ""
    version.tags = version.tags | {UNREVIEWED: "true"}
    version.save(update_fields=["stage", "stage_changed_at", "stage_reason", "tags", "changed_at"])
    record(
        actor,
        "version.move_freely",
        version,
        before={"stage": before},
        after={"stage": version.stage},
        model_name=version.model.name,
    )
