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
    wished = seen.wished
    label, tone = wished.label if wished else seen.name, ""
    if kind == "unwanted":
        label, tone = _("%(name)s, not wanted here") % {"name": label}, "warn"
    elif kind != "ready" and wished is not None:
        tone = PHASE_TONES[wished.phase]
        label = _("%(name)s, %(phase)s") % {"name": label, "phase": wished.phase.label}
    return {"label": label, "url": _url(seen), "reason": seen.reason, "tone": tone, "stale": stale}


def _url(seen: Seen) -> str:
    if seen.wished is None:
        return ""
    if seen.wished.route:
        return reverse("models_registry:model_detail", args=[seen.name])
    return reverse("serving:deployment_detail", args=[seen.wished.pk])
