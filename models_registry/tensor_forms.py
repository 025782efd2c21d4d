"""Forms of declared tensors: a row each, empty rows count for nothing."""

from typing import Any, TypeAlias

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from models_registry import declaring
from models_registry.forms import LONGEST_CONFIG, RefusableForm
from models_registry.models import ModelVersion

SPARE_ROWS = 2


class TensorForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=declaring.LONGEST_NAME, required=False)
    datatype = forms.ChoiceField(
        label=gettext_lazy("Data type"),
        required=False,
        choices=[("", "–"), *((kind, kind) for kind in declaring.DATATYPES)],
    )
    dims = forms.CharField(label=gettext_lazy("Sizes"), max_length=200, required=False)

    def clean_dims(self) -> list[int]:
        parts = self.cleaned_data["dims"].strip("[] ").replace(",", " ").split()
        try:
            return [int(part) for part in parts]
        except ValueError:
            raise forms.ValidationError(_("Write whole numbers, like 3, 224, 224.")) from None


# The rows of one side.
TensorForms = forms.formset_factory(
    TensorForm,
    extra=SPARE_ROWS,
    max_num=declaring.MOST_TENSORS,
    absolute_max=declaring.MOST_TENSORS,
)


Rows: TypeAlias = "forms.BaseFormSet[TensorForm]"


def tensors(rows: Rows) -> list[dict[str, Any]]:
    """What was typed, row by row; call it after `is_valid`."""
    typed = [form.cleaned_data for form in rows.forms if form.cleaned_data]
    return [row for row in typed if row.get("name") or row.get("datatype") or row.get("dims")]


class DeclarationForm(RefusableForm):
    batchable = forms.BooleanField(
        label=gettext_lazy("Requests can be batched"),
        required=False,
        help_text=gettext_lazy(
            "Every tensor has one more dimension in front, and rows don't influence each other."
        ),
    )
    config_text = forms.CharField(
        label=gettext_lazy("Or a full config.pbtxt instead"),
        required=False,
        strip=False,
        max_length=LONGEST_CONFIG,
        widget=forms.Textarea,
    )


def forms_for(version: ModelVersion) -> tuple[DeclarationForm, dict[str, Rows]]:
    """Unbound forms with what inspection suggests, or with what was declared before."""
    known = version.signature or version.facts.get("suggested", {})
    sides = {}
    for side in ("inputs", "outputs"):
        rows = [
            {
                "name": tensor["name"],
                "datatype": tensor.get("datatype", ""),
                "dims": ", ".join(str(size) for size in tensor.get("dims", ())),
            }
            for tensor in known.get(side, ())
        ]
        sides[side] = TensorForms(initial=rows, prefix=side)
    return DeclarationForm(initial={"batchable": known.get("batchable")}), sides
