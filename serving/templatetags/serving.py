"""Filters of the serving pages: states as tones, steps in words."""

from django import template
from django.utils.functional import Promise

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
