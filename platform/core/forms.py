"""Forms of the settings pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import Workspace
from core.roles import Role, Scope


class TokenForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    scopes = forms.MultipleChoiceField(
        label=_("May be used to"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[Scope.READ],
    )
    days = forms.IntegerField(label=_("Valid for, days"), min_value=1, max_value=365, initial=30)
    workspace = forms.CharField(
        label=_("Only in workspace"), required=False, help_text=_("Empty: wherever you may.")
    )
    model = forms.CharField(label=_("Only for model"), required=False, max_length=128)


class PersonForm(forms.Form):
    """A new account."""

    username = forms.CharField(label=_("Username"), max_length=64)
    name = forms.CharField(label=_("Name"), max_length=150, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    roles = forms.MultipleChoiceField(
        label=_("Roles everywhere"),
        choices=Role.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


class RolesForm(forms.Form):
    """Which roles somebody has in one place; without a workspace, everywhere."""

    workspace = forms.ChoiceField(label=_("Where"), required=False)
    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=Role.choices, widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = Workspace.objects.values_list("name", flat=True)
        place = self.fields["workspace"]
        assert isinstance(place, forms.ChoiceField)
        place.choices = [("", _("Everywhere")), *((name, name) for name in names)]


class WorkspaceForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=64)
    permissive = forms.BooleanField(
        label=_("For free experimentation"),
        required=False,
        help_text=_("Steps need no review there, and nothing of it may be deployed."),
    )


class ServiceAccountForm(forms.Form):
    username = forms.CharField(label=_("Name"), max_length=64)
    held_by = forms.CharField(label=_("Who answers for it"), max_length=150, help_text=_("A username."))
    roles = forms.MultipleChoiceField(
        label=_("Roles everywhere"),
        choices=[choice for choice in Role.choices if choice[0] != Role.ADMIN],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
