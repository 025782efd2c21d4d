"""Forms of findings, overrides and the questions on risk."""

from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from models_registry.forms import LONGEST_REASON, RefusableForm
from models_registry.lifecycle import Transition
from models_registry.models import OverrideVerdict, Severity
from models_registry.policies import Question


class SignedForm(RefusableForm):
    """A form that is signed with the password, unless the session was proven a moment ago."""

    password = forms.CharField(
        label=gettext_lazy("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": gettext_lazy("Give your password to sign.")},
    )

    def __init__(self, *args: Any, is_proven: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_proven:
            del self.fields["password"]
        else:
            self.order_fields([*(name for name in self.fields if name != "password"), "password"])


class FindingForm(RefusableForm):
    title = forms.CharField(label=gettext_lazy("What is wrong"), max_length=200)
    severity = forms.ChoiceField(
        label=gettext_lazy("Severity"),
        choices=Severity.choices,
        initial=Severity.MAJOR,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("An open blocker stops every promotion of this version."),
    )
    owner = forms.CharField(
        label=gettext_lazy("Owner"),
        required=False,
        max_length=150,
        help_text=gettext_lazy("The user name of who puts it right; empty means who made the version."),
    )
    due_on = forms.DateField(
        label=gettext_lazy("Due on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    detail = forms.CharField(
        label=gettext_lazy("How you found it, and what would settle it"),
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.Textarea,
    )


class DecideFindingForm(SignedForm):
    verdict = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=[
            ("close", gettext_lazy("It is put right")),
            ("accept", gettext_lazy("I accept the risk, with my name")),
        ],
        widget=forms.RadioSelect,
    )
    resolution = forms.CharField(
        label=gettext_lazy("Reason"), max_length=LONGEST_REASON, widget=forms.Textarea
    )


class OverrideForm(SignedForm):
    verb = forms.ChoiceField(label=gettext_lazy("Next stage"), widget=forms.RadioSelect)
    hours = forms.IntegerField(label=gettext_lazy("Needed for, hours"), min_value=1, max_value=72, initial=24)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        help_text=gettext_lazy("What happens if you wait for the review. It stays on the version for ever."),
        widget=forms.Textarea,
    )

    def __init__(self, *args: Any, steps: list[Transition], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["verb"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(step.verb, step.target.label) for step in steps]
        field.initial = steps[0].verb if steps else None


class JudgeForm(SignedForm):
    verdict = forms.ChoiceField(
        label=gettext_lazy("Verdict"), choices=OverrideVerdict.choices, widget=forms.RadioSelect
    )
    comment = forms.CharField(label=gettext_lazy("Reason"), max_length=LONGEST_REASON, widget=forms.Textarea)


class GrantForm(RefusableForm):
    username = forms.CharField(label=gettext_lazy("User name of the operator"), max_length=150)
    days = forms.IntegerField(label=gettext_lazy("For, days"), min_value=1, max_value=90, initial=30)
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=LONGEST_REASON)


class RiskForm(RefusableForm):
    """The questions of the policy, a field each."""

    def __init__(self, *args: Any, questions: tuple[Question, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in questions:
            self.fields[question.key] = forms.ChoiceField(
                label=gettext(question.text),
                choices=[(value, gettext(label)) for value, label, _tier in question.options],
                widget=forms.RadioSelect,
                error_messages={"required": gettext_lazy("Choose an answer.")},
            )


class PeriodicForm(SignedForm):
    comment = forms.CharField(
        label=gettext_lazy("What you looked at, and that it is still right"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea,
    )
