"""The life of a version as data: buttons, API actions, permission checks and docs read this table."""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Conflict, NotFound


class Stage(TextChoices):
    DRAFT = "draft", gettext_lazy("Draft")
    REGISTERED = "registered", gettext_lazy("Registered")
    TESTING = "testing", gettext_lazy("Testing")
    AB_TESTING = "ab_testing", gettext_lazy("A/B testing")
    DEPLOYED = "deployed", gettext_lazy("Deployed")
    RETIRED = "retired", gettext_lazy("Retired")
    REJECTED = "rejected", gettext_lazy("Rejected")


SERVABLE = frozenset({Stage.TESTING, Stage.AB_TESTING, Stage.DEPLOYED})
ENDED = frozenset({Stage.RETIRED, Stage.REJECTED})


@dataclass(frozen=True, slots=True)
class Transition:
    """One edge of the life cycle. `reviewed` edges run only through an approved promotion request."""

    verb: str
    label: str | Promise
    sources: frozenset[Stage]
    target: Stage
    permission: str
    reviewed: bool = False


TRANSITIONS: dict[str, Transition] = {
    transition.verb: transition
    for transition in (
        Transition(
            "register",
            gettext_lazy("Register"),
            frozenset({Stage.DRAFT}),
            Stage.REGISTERED,
            "version.register",
        ),
        Transition(
            "test",
            gettext_lazy("Promote to testing"),
            frozenset({Stage.REGISTERED}),
            Stage.TESTING,
            "promotion.request",
            reviewed=True,
        ),
        Transition(
            "ab_test",
            gettext_lazy("Promote to A/B testing"),
            frozenset({Stage.TESTING}),
            Stage.AB_TESTING,
            "promotion.request",
            reviewed=True,
        ),
        Transition(
            "deploy",
            gettext_lazy("Promote to deployed"),
            frozenset({Stage.TESTING, Stage.AB_TESTING}),
            Stage.DEPLOYED,
            "promotion.request",
            reviewed=True,
        ),
        Transition(
            "reject",
            gettext_lazy("Reject"),
            frozenset({Stage.REGISTERED, Stage.TESTING, Stage.AB_TESTING}),
            Stage.REJECTED,
            "promotion.review",
        ),
        Transition(
            "retire",
            gettext_lazy("Retire"),
            frozenset({Stage.REGISTERED, Stage.TESTING, Stage.AB_TESTING, Stage.DEPLOYED}),
            Stage.RETIRED,
            "version.retire",
        ),
    )
}
PROMOTIONS = {verb: transition for verb, transition in TRANSITIONS.items() if transition.reviewed}


def next_stage(verb: str, current: str) -> Stage:
    """The stage that `verb` leads to; Conflict when `current` does not allow it."""
    transition = TRANSITIONS.get(verb)
    if transition is None:
        raise NotFound(_("There is no transition “%(verb)s”.") % {"verb": verb}, code="unknown-verb")
    if current not in transition.sources:
        raise Conflict(
            _("A version that is %(stage)s cannot take the step “%(verb)s”.")
            % {"stage": Stage(current).label, "verb": transition.label},
            code="illegal-transition",
            verb=verb,
            stage=current,
        )
    return transition.target


def promotions_from(stage: str) -> list[Transition]:
    """The reviewed steps that lead on from a stage."""
    return [transition for transition in PROMOTIONS.values() if stage in transition.sources]
