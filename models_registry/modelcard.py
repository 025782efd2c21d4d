"""The template of a model card: its sections, what belongs in each, and which tiers need which. Pure.

The sections cover what the technical documentation of the EU AI Act (Annex IV) asks about a model, and what
model cards usually hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

LONGEST_SECTION = 20_000
EVERY, ABOVE_LOW, HIGH = ("low", "medium", "high"), ("medium", "high"), ("high",)


@dataclass(frozen=True, slots=True)
class Section:
    """`annex` is the point of Annex IV that the section answers."""

    key: str
    title: "str | _StrPromise"
    help: "str | _StrPromise"
    annex: str
    tiers: tuple[str, ...]


SECTIONS: tuple[Section, ...] = (
    Section("purpose", _("Purpose"), _("What it decides or predicts, for whom."), "1(a)", EVERY),
    Section(
        "intended_use",
        _("Intended use"),
        _("Who may use it, in which situation, with which inputs, and what it must not be used for."),
        "1(a), 3",
        EVERY,
    ),
    Section(
        "limits",
        _("Known limits"),
        _("Where it is wrong more often, and how wrong; groups and inputs it was not tried on."),
        "3",
        ABOVE_LOW,
    ),
    Section(
        "training_data",
        _("Training data"),
        _("Which data, from where, of which time; how it was labelled and cleaned."),
        "2(d)",
        ABOVE_LOW,
    ),
    Section(
        "method",
        _("Method"),
        _("Kind of model, features, what was optimised, frameworks and their versions."),
        "2(b)",
        HIGH,
    ),
    Section(
        "evaluation",
        _("Evaluation"),
        _("Test data, metrics with their uncertainty, by group where that matters."),
        "2(g)",
        ABOVE_LOW,
    ),
    Section(
        "risks",
        _("Risks"),
        _("Harm it could do, to whom, and what keeps that from happening."),
        "2(e), 5",
        HIGH,
    ),
    Section(
        "oversight",
        _("Human oversight"),
        _("Who watches it, who can overrule it, how a wrong answer is noticed and corrected."),
        "2(e)",
        HIGH,
    ),
    Section(
        "upkeep",
        _("Upkeep"),
        _("When it is looked at again, what would make it be trained anew or retired."),
        "6, 9",
        HIGH,
    ),
)
KEYS = tuple(section.key for section in SECTIONS)


def missing(sections: Mapping[str, str], *, tier: str) -> list[Section]:
    """The sections that a model of this risk tier needs and that are empty."""
    return [
        section for section in SECTIONS if tier in section.tiers and not sections.get(section.key, "").strip()
    ]


def as_text(sections: Mapping[str, str]) -> str:
    """The card as one Markdown text, the same for the same sections; empty ones are left out."""
    written = [(key, sections.get(key, "").strip()) for key in KEYS]
    return "\n\n".join(f"## {key}\n\n{text}" for key, text in written if text)
