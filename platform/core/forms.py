"""Forms of the settings pages."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.roles import Scope


class TokenForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    scopes = forms.MultipleChoiceField(
        label=_("May be used to"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[Scope.READ],
    )
    days = forms.IntegerField(label=_("Valid for, days"), min_value=1, max_value=365, initial=30)
