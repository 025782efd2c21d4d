"""Forms of the registry. They carry what was typed; what may be kept is decided by the services."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import PlatformError
from models_registry import modelcard
from models_registry.lifecycle import Transition
from models_registry.models import ORIGIN_LENGTHS, ModelVersion, RiskTier, Verdict
from models_registry.signatures import Change

LONGEST_REASON = 4000
LONGEST_NOTES = 20_000
# A browser stops here, a little above what is valid, so that the answer can name the size.
LONGEST_CONFIG = 1_100_000


class RefusableForm(forms.Form):
    """A form whose service may refuse it."""

    def refuse(self, error: PlatformError) -> None:
        """Show a refusal beside its field, or above the form."""
        field = str(error.context.get("field", ""))
        self.add_error(field if field in self.fields else None, str(error))


class ModelForm(RefusableForm):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=200,
        help_text=gettext_lazy(
            "Callers use it, and it never changes. Lower-case letters, digits, dashes and underscores."
        ),
    )
    purpose = forms.CharField(
        label=gettext_lazy("Purpose"),
        required=False,
        max_length=LONGEST_NOTES,
        help_text=gettext_lazy("What it decides, for whom, and what it must not be used for."),
        widget=forms.Textarea,
    )
    team = forms.CharField(label=gettext_lazy("Team"), required=False, max_length=80)
    risk_tier = forms.ChoiceField(
        label=gettext_lazy("Risk tier"),
        choices=RiskTier.choices,
        initial=RiskTier.LOW,
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "It decides which evidence and how many approvals each step needs. High needs two for “Deployed”."
        ),
    )


class ConfigForm(RefusableForm):
    config_text = forms.CharField(
        label="config.pbtxt", strip=False, widget=forms.Textarea, max_length=LONGEST_CONFIG
    )


class NotesForm(RefusableForm):
    notes = forms.CharField(
        label=gettext_lazy("Notes"),
        required=False,
        max_length=LONGEST_NOTES,
        help_text=gettext_lazy("For people: where it comes from, what changed. They stay editable."),
        widget=forms.Textarea,
    )


class CardForm(RefusableForm):
    """A model card, a field a section."""

    based_on = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, tier: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for section in modelcard.SECTIONS:
            title = section.title
            self.fields[section.key] = forms.CharField(
                label=_("%(title)s (needed)") % {"title": title} if tier in section.tiers else title,
                required=False,
                max_length=modelcard.LONGEST_SECTION,
                help_text=section.help,
                widget=forms.Textarea,
            )


class OriginForm(RefusableForm):
    """Where a version comes from."""

    derived_from = forms.TypedChoiceField(
        label=gettext_lazy("Derived from"), required=False, coerce=int, empty_value=None
    )
    dataset = forms.CharField(
        label=gettext_lazy("Dataset"),
        required=False,
        max_length=ORIGIN_LENGTHS["dataset"],
        help_text=gettext_lazy("Its name and version, or where it lies."),
    )
    run_id = forms.CharField(
        label=gettext_lazy("Run"),
        required=False,
        max_length=ORIGIN_LENGTHS["run_id"],
        help_text=gettext_lazy("The id of the training run."),
    )
    run_link = forms.CharField(
        label=gettext_lazy("Link to the run"), required=False, max_length=ORIGIN_LENGTHS["run_link"]
    )
    source_commit = forms.CharField(
        label=gettext_lazy("Commit"), required=False, max_length=ORIGIN_LENGTHS["source_commit"]
    )
    source_uri = forms.CharField(
        label=gettext_lazy("Source"),
        required=False,
        max_length=ORIGIN_LENGTHS["source_uri"],
        help_text=gettext_lazy("Where the file was taken from."),
    )

    def __init__(self, *args: Any, older: Iterable[ModelVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["derived_from"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("No other version")), *((each.number, f"v{each.number}") for each in older)]


class ReasonForm(RefusableForm):
    """Why a version's life ends."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        help_text=gettext_lazy("It is kept with the version."),
        widget=forms.Textarea,
        error_messages={"required": gettext_lazy("Give a reason. It is kept with the version.")},
    )


class PromoteForm(RefusableForm):
    verb = forms.ChoiceField(label=gettext_lazy("Next stage"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        help_text=gettext_lazy("Reviewers read it first: what is better, and how you know."),
        widget=forms.Textarea,
        error_messages={"required": gettext_lazy("Say why; reviewers read it first.")},
    )

    def __init__(self, *args: Any, steps: Sequence[Transition], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["verb"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(step.verb, step.target.label) for step in steps]
        field.initial = steps[0].verb if steps else None


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

    def __init__(self, *args: Any, breaking: Sequence[Change] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.breaking = breaking
        if breaking:
            self.fields["accept_breaking"].label = _("Clients of the older version can be changed in time")
        else:
            del self.fields["accept_breaking"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        approves = given.get("verdict") == Verdict.APPROVE
        if self.breaking and approves and not given.get("accept_breaking"):
            self.add_error("accept_breaking", _("Tick this to approve: the signature breaks older clients."))
        return given

    def signed_comment(self) -> str:
        """The comment, with the breaking changes that were accepted by it."""
        comment = str(self.cleaned_data["comment"])
        if not self.breaking or self.cleaned_data["verdict"] != Verdict.APPROVE:
            return comment
        accepted = " ".join(change.text for change in self.breaking)
        return f"{comment}\n\n" + _("Accepted: %(changes)s") % {"changes": accepted}


class FileForm(RefusableForm):
    """The upload of a browser without JavaScript."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        allow_empty_file=True,
        error_messages={"required": gettext_lazy("Choose a file first.")},
    )
