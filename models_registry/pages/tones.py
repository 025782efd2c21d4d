"""States of the registry as the six tones, with their words."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import moments, quantities
from models_registry import panels
from models_registry.lifecycle import Stage
from models_registry.models import Inspection, ModelVersion, PromotionRequest, PromotionState, Verdict

Status = tuple[str, str | Promise]
STAGE_TONES = {
    Stage.DRAFT: "idle",
    Stage.REGISTERED: "ok",
    Stage.TESTING: "ok",
    Stage.AB_TESTING: "ok",
    Stage.DEPLOYED: "ok",
    Stage.RETIRED: "idle",
    Stage.REJECTED: "bad",
}
INSPECTIONS: dict[str, Status] = {
    Inspection.NONE: ("wait", gettext_lazy("No file yet")),
    Inspection.PENDING: ("run", gettext_lazy("Checking")),
    Inspection.RUNNING: ("run", gettext_lazy("Checking")),
    Inspection.PASSED: ("wait", gettext_lazy("Read")),
    Inspection.FAILED: ("bad", gettext_lazy("Check failed")),
    Inspection.NEEDED: ("wait", gettext_lazy("Needs its signature")),
}
PROMOTION_TONES = {
    PromotionState.OPEN: "wait",
    PromotionState.APPROVED: "ok",
    PromotionState.CHANGES: "warn",
    PromotionState.REJECTED: "bad",
    PromotionState.WITHDRAWN: "idle",
    PromotionState.EXPIRED: "idle",
}
VERDICT_TONES: dict[str, str] = {Verdict.APPROVE: "ok", Verdict.CHANGES: "warn", Verdict.REJECT: "bad"}
VERDICT_WORDS: dict[str, str | Promise] = {
    Verdict.APPROVE: gettext_lazy("approved"),
    Verdict.CHANGES: gettext_lazy("asked for changes"),
    Verdict.REJECT: gettext_lazy("rejected"),
}


def approvals_given(request: PromotionRequest) -> int:
    return sum(
        review.verdict == Verdict.APPROVE and review.voided_at is None for review in request.reviews.all()
    )


def approvals_left(request: PromotionRequest) -> int:
    return max(request.approvals_needed - approvals_given(request), 0)


def of_model(rank: int) -> Status:
    """The tone and word of a model by the rank of its worst state; a model at rest serves nobody."""
    known = panels.concerns()
    if rank < len(known):
        return known[rank].tone, known[rank].word
    return "idle", _("Not serving")


def of_version(
    version: ModelVersion, *, request: PromotionRequest | None = None, share: float | None = None
) -> Status:
    """The pill beside a version's name: its stage, unless a person or a machine is at work on it."""
    if version.stage == Stage.DRAFT:
        tone, word = INSPECTIONS[version.inspection]
        return ("idle", Stage.DRAFT.label) if version.inspection == Inspection.PASSED else (tone, word)
    if request is not None and request.state == PromotionState.OPEN:
        return of_request(request)
    label = str(Stage(version.stage).label)
    if share:
        words = {"stage": label, "share": quantities.percent(share / 100)}
        return "ok", _("%(stage)s, %(share)s") % words
    return STAGE_TONES[Stage(version.stage)], label


def of_request(request: PromotionRequest) -> Status:
    if request.state == PromotionState.OPEN:
        left = approvals_left(request)
        if request.is_overdue:
            return "warn", _("Overdue")
        return "wait", ngettext("Needs %(n)d approval", "Needs %(n)d approvals", left) % {"n": left}
    state = PromotionState(request.state)
    return PROMOTION_TONES[state], state.label


def since(version: ModelVersion) -> str:
    """When a version came to where it is, for a card."""
    return moments.relative(version.stage_changed_at)
