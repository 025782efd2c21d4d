"""The forms of a review: a verdict with its signature, a remark, and handing it on."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext as _

from core.models import User
from models_registry.forms import LONGEST_REASON, RefusableForm
from models_registry.models import Verdict
from models_registry.signatures import Change


class ReviewForm(RefusableForm):
    """A verdict. Approving over a breaking change of the signature needs a tick of its own."""

    verdict = forms.ChoiceField(
        label=gettext_lazy("Verdict"),
        choices=Verdict.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a verdict.")},
    )
    accept_breaking = forms.BooleanField(required=False)
    comment = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea,
        error_messages={"required": gettext_lazy("Write a reason. It is kept with your verdict.")},
    )

    conditions = forms.CharField(
        label=gettext_lazy("Conditions of an approval"),
        required=False,
        max_length=LONGEST_REASON,
        help_text=gettext_lazy("One a line. Each becomes a finding that is due in 30 days."),
        widget=forms.Textarea,
    )
    ticked = forms.MultipleChoiceField(
        label=gettext_lazy("For you to check"), required=False, widget=forms.CheckboxSelectMultiple
    )
    password = forms.CharField(
        label=gettext_lazy("Your password"),
        strip=False,
        help_text=gettext_lazy("It signs your verdict. A sign-in within the last 5 minutes counts as well."),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": gettext_lazy("Give your password to sign.")},
    )

    def __init__(
        self,
        *args: Any,
        breaking: Sequence[Change] = (),
        checklist: Sequence[str] = (),
        is_proven: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.breaking, self.checklist = breaking, checklist
        field = self.fields["ticked"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(item, gettext(item)) for item in checklist]
        if not checklist:
            del self.fields["ticked"]
        if is_proven:
            del self.fields["password"]
        if breaking:
            self.fields["accept_breaking"].label = _("Clients of the older version can be changed in time")
        else:
            del self.fields["accept_breaking"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        approves = given.get("verdict") == Verdict.APPROVE
        if self.breaking and approves and not given.get("accept_breaking"):
            self.add_error("accept_breaking", _("Tick this to approve: the signature breaks older clients."))
        unticked = [item for item in self.checklist if item not in given.get("ticked", ())]
        if approves and unticked:
            self.add_error("ticked", _("Tick what you checked before you approve."))
        return given

    def signature(self) -> dict[str, Any]:
        """What is signed, for the service."""
        given = self.cleaned_data
        lines = [line.strip() for line in given["conditions"].splitlines()]
        return {
            "verdict": given["verdict"],
            "comment": self.signed_comment(),
            "ticked": given.get("ticked", []),
            "conditions": [{"text": line} for line in lines if line],
        }

    def signed_comment(self) -> str:
        """The comment, with the breaking changes that were accepted by it."""
        comment = str(self.cleaned_data["comment"])
        if not self.breaking or self.cleaned_data["verdict"] != Verdict.APPROVE:
            return comment
        accepted = " ".join(change.text for change in self.breaking)
        return f"{comment}\n\n" + _("Accepted: %(changes)s") % {"changes": accepted}


class CommentForm(RefusableForm):
    text = forms.CharField(
        label=gettext_lazy("Comment"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea,
        error_messages={"required": gettext_lazy("Write something first.")},
    )
    line = forms.IntegerField(label=gettext_lazy("About line of config.pbtxt"), required=False, min_value=1)
    parent = forms.IntegerField(required=False, widget=forms.HiddenInput)


class DelegateForm(RefusableForm):
    to = forms.ChoiceField(label=gettext_lazy("Hand it to"))
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=LONGEST_REASON,
        error_messages={"required": gettext_lazy("Say why you hand it on.")},
    )

    def __init__(self, *args: Any, people: Sequence[User] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(user.username, user.name) for user in people]
