"""May this actor do this to that model? Its workspace is looked up only where it matters."""

from core.actors import Actor
from core.models import Workspace
from models_registry.models import ModelVersion, PromotionRequest, RegisteredModel


def require_on_model(actor: Actor, permission: str, *, name: str) -> None:
    """Raise Forbidden unless the actor may do this to the model of this name."""
    if not actor.may(permission):
        _require(
            actor, permission, RegisteredModel.objects.filter(name=name).values_list("workspace_id", "name")
        )


def require_on_version(actor: Actor, permission: str, *, version_id: int) -> None:
    """Raise Forbidden unless the actor may do this to this version's model."""
    if not actor.may(permission):
        rows = ModelVersion.objects.filter(pk=version_id)
        _require(actor, permission, rows.values_list("model__workspace_id", "model__name"))


def require_on_promotion(actor: Actor, permission: str, *, promotion_id: int) -> None:
    """Raise Forbidden unless the actor may do this to the model whose promotion this is."""
    if not actor.may(permission):
        rows = PromotionRequest.objects.filter(pk=promotion_id)
        _require(actor, permission, rows.values_list("version__model__workspace_id", "version__model__name"))


def require_in_workspace(
    actor: Actor, permission: str, *, workspace: str = Workspace.DEFAULT, name: str
) -> None:
    """Raise Forbidden unless the actor may do this to a model, yet to be made, in this workspace."""
    if not actor.may(permission):
        found = Workspace.objects.filter(name=workspace).values_list("pk", flat=True).first()
        actor.require(permission, workspace=found, model=name)


def _require(actor: Actor, permission: str, places: object) -> None:
    # What does not exist is in no workspace; whoever asks for it learns no more than that they may not.
    workspace, name = places.first() or (None, "")  # type: ignore[attr-defined]
    actor.require(permission, workspace=workspace, model=name)
