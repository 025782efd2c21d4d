"""Tags of the serving pages: states as tones, steps in words, and the chip of one name on a server."""

from django import template
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from serving.drift import Seen
from serving.models import Deployment, Phase, Route, StepState
from serving.pages.tones import PHASE_TONES, STEP_TEXTS, STEP_TONES

register = template.Library()


@register.filter
def phase_tone(row: Deployment | Route) -> str:
    return PHASE_TONES[row.phase]


@register.filter
def phase_word(row: Deployment | Route) -> str | Promise:
    return Phase(row.phase).label


@register.filter
def step_tone(state: str) -> str:
    return STEP_TONES[StepState(state)]


@register.filter
def step_word(state: str) -> str | Promise:
    return StepState(state).label


@register.filter
def step_text(name: str) -> str | Promise:
    return STEP_TEXTS.get(name, name)


@register.inclusion_tag("serving/chip.html")
def chip(seen: Seen, kind: str, stale: bool = False) -> dict[str, object]:
    """One name on a server. `kind` is ready, missing, leaving or unwanted; grey where the news is old."""
    label, row = _label(seen), seen.deployment or seen.route
    drawn: dict[str, object] = {"url": _url(seen), "reason": seen.reason, "tone": "", "label": label}
    if kind == "unwanted":
        drawn |= {"label": _("%(name)s, not wanted here") % {"name": label}, "tone": "warn"}
    elif kind != "ready" and row is not None:
        words = {"name": label, "phase": Phase(row.phase).label}
        drawn |= {"label": _("%(name)s, %(phase)s") % words, "tone": PHASE_TONES[row.phase]}
    return drawn | {"stale": stale}


def _label(seen: Seen) -> str:
    if seen.deployment is not None:
        return str(seen.deployment.version)
    if seen.route is not None and seen.route.version is not None:
        return f"{seen.name} → v{seen.route.version.number}"
    return seen.name


def _url(seen: Seen) -> str:
    if seen.deployment is not None:
        return reverse("serving:deployment_detail", args=[seen.deployment.pk])
    return reverse("models_registry:model_detail", args=[seen.name]) if seen.route is not None else ""
