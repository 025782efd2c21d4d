"""Forms of what is said about a model or a version: facts, tags, aliases, metrics."""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy

from models_registry.forms import RefusableForm
from models_registry.services.facts import LONGEST_METRIC, LONGEST_SOURCE, TEXTS

LONGEST_ALIAS = 255
LONGEST_TAG = 1000


class FactsForm(RefusableForm):
    """What may be said about a model, and changed at any time."""

    display_name = forms.CharField(
        label=gettext_lazy("Display name"),
        required=False,
        max_length=TEXTS["display_name"],
        help_text=gettext_lazy("What people and MLflow clients call it; empty for the name itself."),
    )
    purpose = forms.CharField(
        label=gettext_lazy("Purpose"), required=False, max_length=TEXTS["purpose"], widget=forms.Textarea
    )
    intended_use = forms.CharField(
        label=gettext_lazy("Intended use"),
        required=False,
        max_length=TEXTS["intended_use"],
        widget=forms.Textarea,
    )
    limits = forms.CharField(
        label=gettext_lazy("Known limits"),
        required=False,
        max_length=TEXTS["limits"],
        widget=forms.Textarea,
    )
    task = forms.CharField(
        label=gettext_lazy("Task"),
        required=False,
        max_length=TEXTS["task"],
        help_text=gettext_lazy("Like “image classification”."),
    )
    team = forms.CharField(label=gettext_lazy("Team"), required=False, max_length=TEXTS["team"])
    next_review_on = forms.DateField(
        label=gettext_lazy("Next review"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class TagForm(RefusableForm):
    key = forms.CharField(label=gettext_lazy("Tag"), max_length=250)
    value = forms.CharField(label=gettext_lazy("Value"), required=False, max_length=LONGEST_TAG)


class AliasForm(RefusableForm):
    """Point an alias at a version; where it exists, it moves."""

    alias = forms.CharField(
        label=gettext_lazy("Alias"),
        max_length=LONGEST_ALIAS,
        help_text=gettext_lazy("Like “champion”. Clients load by it, so it follows the rules of stages."),
    )
    number = forms.TypedChoiceField(label=gettext_lazy("Version"), coerce=int)

    def __init__(self, *args: object, numbers: Sequence[int], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["number"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(number, f"v{number}") for number in numbers]


class MetricForm(RefusableForm):
    name = forms.CharField(label=gettext_lazy("Metric"), max_length=LONGEST_METRIC)
    value = forms.FloatField(label=gettext_lazy("Value"))
    source = forms.CharField(
        label=gettext_lazy("Source"),
        required=False,
        max_length=LONGEST_SOURCE,
        help_text=gettext_lazy("Where the raw numbers are."),
    )


class HoldForm(RefusableForm):
    """Why a model, or one version of it, must be kept."""

    reason = forms.CharField(
        label=gettext_lazy("Why it must be kept"),
        max_length=2000,
        widget=forms.Textarea,
        help_text=gettext_lazy("It is kept for ever."),
    )
