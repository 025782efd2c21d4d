"""Steps without review, in permissive workspaces alone; they mark a version for ever."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.errors import Forbidden, missing
from models_registry.access import require_on_version
from models_registry.lifecycle import Stage
from models_registry.models import ModelVersion, RegisteredModel
from models_registry.permissive import UNREVIEWED


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
    model_id = ModelVersion.objects.filter(pk=version_id).values_list("model_id", flat=True).first()
    if model_id is None:
        raise missing(_("version with this id"))
    model = (
        RegisteredModel.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=model_id)
    )
    if not model.workspace.permissive:
        raise Forbidden(_("Steps in the workspace “%(name)s” are reviewed.") % {"name": model.workspace})
    found = ModelVersion.objects.select_for_update().filter(model=model).order_by("number")
    moved = found.get(pk=version_id)
    moved.model = model
    for other in found.filter(stage__in=retiring).exclude(pk=version_id):
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
