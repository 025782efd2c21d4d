"""What a reader may do with a version, from the transition table; what they may not says why."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core.actors import Actor
from models_registry import panels
from models_registry.lifecycle import TRANSITIONS, Stage, promotions_from
from models_registry.models import ModelVersion, PromotionRequest, PromotionState, RegisteredModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A link that looks like a button; with a `why` it is off and says so."""

    id: str
    label: str | Promise
    icon: str
    url: str
    why: str = ""
    tone: str = ""


def refusal(actor: Actor, permission: str, *, model: RegisteredModel | None = None) -> str:
    """Why this actor may not (do that to this model), or nothing."""
    workspace = model.workspace_id if model else None
    return actor.why_not(permission, workspace=workspace, model=model.name if model else "")


def of_version(version: ModelVersion, *, actor: Actor, request: PromotionRequest | None) -> list[Button]:
    """Try it, measure it, move it on, end it; the one that moves it on is the primary one."""
    is_open = request is not None and request.state == PromotionState.OPEN
    found = used_by(version, actor=actor)
    if is_open:
        assert request is not None
        url = reverse("models_registry:review_detail", args=[request.pk])
        label = _("Open %(request)s") % {"request": request}
        found.append(Button(id="review", label=label, icon="git-pull-request-arrow", url=url, tone="pri"))
    here = [transition for transition in TRANSITIONS.values() if version.stage in transition.sources]
    if any(transition.reviewed for transition in here) and not is_open:
        permission = next(transition.permission for transition in here if transition.reviewed)
        found.append(_move(version, "promote", _("Request promotion"), actor=actor, permission=permission))
    for transition in here:
        if transition.verb == "register":
            label = _("Go on registering")
            found.append(_move(version, "wizard", label, actor=actor, permission=transition.permission))
        elif transition.verb == "retire":
            found.append(
                _move(version, "retire", transition.label, actor=actor, permission=transition.permission)
            )
    return found + in_emergency(version, actor=actor)


def in_emergency(version: ModelVersion, *, actor: Actor) -> list[Button]:
    """The override, for those whose it is; to everybody else it is no button at all."""
    if not promotions_from(version.stage) or not actor.may("override.use"):
        return []
    url = reverse("models_registry:override_use", args=[version.model.name, version.number])
    return [Button(id="override", label=_("Emergency override"), icon="triangle-alert", url=url)]


def used_by(version: ModelVersion, *, actor: Actor) -> list[Button]:
    """What upper apps offer to do with a version."""
    return [
        Button(
            id=action.id,
            label=action.label,
            icon=action.icon,
            url=action.url,
            why=action.why or refusal(actor, action.permission, model=version.model),
        )
        for action in panels.actions.gather(version)
        if version.stage != Stage.DRAFT
    ]


def register(actor: Actor) -> Button:
    why = refusal(actor, "model.register")
    url = reverse("models_registry:register_model")
    return Button(id="register", label=_("Register model"), icon="plus", url=url, why=why, tone="pri")


def register_version(model: RegisteredModel, *, actor: Actor) -> Button:
    why = refusal(actor, "version.register", model=model)
    url = reverse("models_registry:register_version", args=[model.name])
    return Button(id="register", label=_("Register version"), icon="plus", url=url, why=why, tone="pri")


_ICONS = {"promote": "git-pull-request-arrow", "wizard": "arrow-right", "retire": "archive"}
_TONES = {"promote": "pri", "wizard": "pri", "retire": "danger"}


def _move(version: ModelVersion, verb: str, label: str | Promise, *, actor: Actor, permission: str) -> Button:
    url = reverse(f"models_registry:version_{verb}", args=[version.model.name, version.number])
    return Button(
        id=verb,
        label=label,
        icon=_ICONS[verb],
        url=url,
        why=refusal(actor, permission, model=version.model),
        tone=_TONES[verb],
    )
