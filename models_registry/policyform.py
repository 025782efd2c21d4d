"""A gate policy as a form: a group of fields for each step of each tier."""

import json
from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from models_registry import guards
from models_registry.forms import RefusableForm
from models_registry.lifecycle import PROMOTIONS
from models_registry.models import RiskTier
from models_registry.policies import APPROVING, LIMITS, TIERS, VERBS

LISTS = ("required", "shown", "needed_roles")
NUMBERS = ("approvals", "expires_days", "sla_hours")


class Readable(json.JSONEncoder):
    """JSON for people: indented, letters as they are."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"indent": 1, "ensure_ascii": False})


class PolicyForm(RefusableForm):
    note = forms.CharField(
        label=gettext_lazy("Why it changes"),
        required=False,
        max_length=4000,
        help_text=gettext_lazy("Who publishes it reads this first."),
        widget=forms.Textarea,
    )
    questions = forms.JSONField(
        encoder=Readable,
        label=gettext_lazy("Questions on risk"),
        help_text=gettext_lazy(
            "JSON: a list of questions, each with “key”, “text” and “options” of “value”, “label” and “tier”."
        ),
        widget=forms.Textarea,
    )
    combined = forms.JSONField(
        encoder=Readable,
        label=gettext_lazy("Answers that together mean a tier"),
        required=False,
        help_text=gettext_lazy("JSON: a list of “when”, an object of answers by question, and “tier”."),
        widget=forms.Textarea,
    )

    def __init__(self, *args: Any, rules: dict[str, Any], note: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rules = rules
        self.fields["note"].initial = note
        for name in ("questions", "combined"):
            self.fields[name].initial = rules.get(name, [])
        for tier in TIERS:
            for verb in VERBS:
                self._add(f"{tier}-{verb}", rules["steps"][tier][verb])

    def groups(self) -> Iterator[tuple[str, list[BoundField]]]:
        """The steps with their fields, for the template."""
        for tier in TIERS:
            for verb in VERBS:
                words = {"tier": RiskTier(tier).label, "stage": PROMOTIONS[verb].target.label}
                prefix = f"{tier}-{verb}-"
                names = [name for name in self.fields if name.startswith(prefix)]
                yield _("%(tier)s: to “%(stage)s”") % words, [self[name] for name in names]

    def document(self) -> dict[str, Any]:
        """The rules as they were typed."""
        given = self.cleaned_data
        steps = {tier: {verb: self._step(f"{tier}-{verb}") for verb in VERBS} for tier in TIERS}
        return self.rules | {
            "steps": steps,
            "questions": given["questions"],
            "combined": given["combined"] or [],
        }

    def _step(self, prefix: str) -> dict[str, Any]:
        given = {name: self.cleaned_data[f"{prefix}-{name}"] for name in (*NUMBERS, *LISTS, "break_glass")}
        lines = self.cleaned_data[f"{prefix}-checklist"].splitlines()
        return given | {"checklist": [line.strip() for line in lines if line.strip()]}

    def _add(self, prefix: str, step: dict[str, Any]) -> None:
        # A gate of an older policy that nothing checks any more stays visible, so that it can be taken out.
        gates = [
            (gate, gate) for gate in sorted({*guards.known(), *step["required"], *step.get("shown", ())})
        ]
        for name, label in (
            ("approvals", _("Approvals")),
            ("expires_days", _("A request expires after, days")),
            ("sla_hours", _("A verdict is due after, hours")),
        ):
            least, most = LIMITS[name]
            self.fields[f"{prefix}-{name}"] = forms.IntegerField(
                label=label, min_value=least, max_value=most, initial=step.get(name, least)
            )
        roles = [(role, role) for role in APPROVING]
        for name, label, choices in (
            ("required", _("Required gates"), gates),
            ("shown", _("Gates that only inform"), gates),
            ("needed_roles", _("Roles of which each must approve"), roles),
        ):
            self.fields[f"{prefix}-{name}"] = forms.MultipleChoiceField(
                label=label,
                choices=choices,
                required=False,
                initial=step.get(name, []),
                widget=forms.CheckboxSelectMultiple,
            )
        self.fields[f"{prefix}-checklist"] = forms.CharField(
            label=_("Checklist of who approves, one item a line"),
            required=False,
            initial="\n".join(step.get("checklist", ())),
            widget=forms.Textarea,
        )
        self.fields[f"{prefix}-break_glass"] = forms.BooleanField(
            label=_("May be overridden in an emergency"),
            required=False,
            initial=step.get("break_glass", True),
        )
