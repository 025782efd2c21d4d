"""The form of a webhook."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.webhooks import payloads
from core.webhooks.wanted import Wanted


class WebhookForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    url = forms.CharField(
        label=_("Address"), max_length=2000, help_text=_("Conch posts here. It must start with https://.")
    )
    description = forms.CharField(label=_("What it is for"), max_length=2000, required=False)
    events = forms.MultipleChoiceField(label=_("Events"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Names of the API, the same in every language.
        self.fields["events"].choices = [(name, name) for name in payloads.names()]  # type: ignore[attr-defined]

    def wanted(self) -> Wanted:
        return Wanted(**{name: self.cleaned_data[name] for name in ("name", "url", "description", "events")})


class NewWebhookForm(WebhookForm):
    secret = forms.CharField(
        label=_("Secret"),
        max_length=200,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Posts are signed with it. Leave it empty and Conch makes one."),
    )
