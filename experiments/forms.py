"""The form of a new benchmark. What a setting may be is decided by `plan.make`; the form only reads text."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from experiments import plan
from experiments.plan import Plan
from experiments.selectors import Candidate
from models_registry.models import ModelVersion

SEPARATORS = re.compile(r"[\s,;]+")


class LevelsField(forms.CharField):
    """Whole numbers, separated by commas or spaces."""

    def clean(self, value: Any) -> list[int]:
        words = [word for word in SEPARATORS.split(super().clean(value).strip()) if word]
        # Longer words are no level; int() would take its time over them.
        if not all(word.isdecimal() and len(word) < 6 for word in words):
            raise ValidationError(_("Write whole numbers, like 1, 4, 16."))
        return [int(word) for word in words]


class BenchmarkForm(forms.Form):
    version = forms.TypedChoiceField(label=gettext_lazy("Version"), coerce=int)
    levels = LevelsField(
        label=gettext_lazy("Concurrent requests"),
        max_length=200,
        help_text=gettext_lazy("Levels to measure one after the other, up to 12 between 1 and 256."),
    )
    seconds = forms.FloatField(
        label=gettext_lazy("Seconds per level"), help_text=gettext_lazy("1 to 60. Longer is steadier.")
    )
    warmup_seconds = forms.FloatField(
        label=gettext_lazy("Warm-up, seconds"),
        help_text=gettext_lazy("0 to 30, before each level, not counted."),
    )
    batch_size = forms.IntegerField(
        label=gettext_lazy("Batch size"), help_text=gettext_lazy("Rows in each request.")
    )
    timeout_seconds = forms.FloatField(
        label=gettext_lazy("Timeout, seconds"),
        help_text=gettext_lazy("A request that takes longer has failed."),
    )
    confirm_live = forms.BooleanField(
        label=gettext_lazy("Measure it although it serves traffic"),
        help_text=gettext_lazy("Its callers wait longer meanwhile. Only an operator may confirm this."),
        required=False,
    )

    def __init__(
        self, *args: Any, versions: list[ModelVersion], chosen: Candidate | None, **given: Any
    ) -> None:
        super().__init__(*args, **given)
        choices = {version.pk: str(version) for version in versions}
        if chosen is not None:
            choices.setdefault(chosen.version.pk, str(chosen.version))
        self.fields["version"].choices = list(choices.items())  # type: ignore[attr-defined]
        if chosen is None or not chosen.takes_traffic:
            del self.fields["confirm_live"]
        if chosen is not None:
            self.fields["batch_size"].help_text = _batch_help(chosen.max_batch)

    def settings(self) -> dict[str, Any]:
        """What was asked for, as `plan.make` takes it; of a valid form."""
        return {name: self.cleaned_data[name] for name in initial(plan.DEFAULTS) if name != "version"}

    def refuse(self, errors: dict[str, list[str]]) -> None:
        """Show what the service said about each field."""
        for name, sentences in errors.items():
            for sentence in sentences:
                self.add_error(name if name in self.fields else None, sentence)


def initial(given: Plan) -> dict[str, Any]:
    """A plan as the form shows it."""
    values = given.to_json()
    del values["confirm_live"]
    times = {name: f"{values[name]:g}" for name in ("seconds", "warmup_seconds", "timeout_seconds")}
    return values | times | {"levels": ", ".join(str(level) for level in given.levels)}


def _batch_help(max_batch: int) -> str:
    if max_batch == 0:
        return _("This version takes one request at a time, so it is 1.")
    return _("Rows in each request, up to %(most)d.") % {"most": max_batch}
