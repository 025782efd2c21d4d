"""The sentence under each h1: what is so, and what comes next."""

from collections.abc import Collection, Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import moments, quantities
from models_registry import filepaths
from models_registry.guards import Evidence
from models_registry.lifecycle import ENDED, Stage, promotions_from
from models_registry.models import Inspection, ModelVersion, PromotionRequest, PromotionState
from models_registry.pages.tones import approvals_left
from models_registry.panels import Share
from models_registry.selectors import Trouble

MOST_REASON = 200


def of_models(*, total: int, serving: int, trouble: Trouble) -> str:
    if not total:
        return _("Nothing is registered yet. A model begins with a name and one file.")
    counted = {"total": quantities.number(total), "serving": quantities.number(serving)}
    text = ngettext("%(total)s model, %(serving)s serving.", "%(total)s models, %(serving)s serving.", total)
    if not trouble.count:
        return text % counted
    words = {"name": trouble.names[0], "more": quantities.number(trouble.count - 1)}
    if trouble.count == 1:
        return f"{text % counted} " + _("%(name)s needs a look.") % words
    if trouble.count == 2:
        words["other"] = trouble.names[1]
        return f"{text % counted} " + _("%(name)s and %(other)s need a look.") % words
    return f"{text % counted} " + _("%(name)s and %(more)s more need a look.") % words


def of_model(
    *, count: int, shares: Sequence[Share], requests: Collection[PromotionRequest], failed: bool
) -> str:
    """What has the traffic, and what may change that next."""
    if not count:
        return _("It has no versions yet. Register the first one.")
    sentences = [_traffic(shares)]
    if failed:
        sentences.append(_("A server could not do what is wished; see where it runs."))
    newest = max(requests, key=lambda request: request.version.number, default=None)
    if newest is not None:
        sentences.append(_asked(newest))
    return " ".join(sentences)


def of_version(
    version: ModelVersion,
    *,
    request: PromotionRequest | None,
    evidence: Mapping[str, Sequence[Evidence]],
    share: float | None,
) -> str:
    """Where a version is in its life and what stands before the next step.

    Args:
        request: the newest promotion request, whatever its state.
        evidence: by verb, what each next step requires.
    """
    if version.stage == Stage.DRAFT:
        return _draft(version)
    if version.stage in ENDED:
        return _ended(version)
    now = _now(version, share=share)
    if request is not None and request.state == PromotionState.OPEN:
        return f"{now} {_asked(request)}"
    if (
        request is not None
        and request.state == PromotionState.CHANGES
        and request.from_stage == version.stage
    ):
        return f"{now} " + _("Reviewers asked for changes in %(request)s.") % {"request": request}
    following = _following(version, evidence)
    return f"{now} {following}".strip()


def _traffic(shares: Sequence[Share]) -> str:
    if not shares:
        return _("No version takes traffic.")
    first = {"version": f"v{shares[0].number}", "share": quantities.percent(shares[0].percent / 100)}
    if len(shares) == 1:
        return _("%(version)s answers %(share)s of the traffic.") % first
    second = {"other": f"v{shares[1].number}", "rest": quantities.percent(shares[1].percent / 100)}
    return _("%(version)s answers %(share)s of the traffic and %(other)s %(rest)s.") % (first | second)


def _asked(request: PromotionRequest) -> str:
    left = approvals_left(request)
    text = ngettext(
        "v%(number)d can move on to “%(stage)s” after %(left)d more approval.",
        "v%(number)d can move on to “%(stage)s” after %(left)d more approvals.",
        left,
    )
    words = {"number": request.version.number, "stage": request.get_target_stage_display(), "left": left}
    return text % words


def _draft(version: ModelVersion) -> str:
    file = filepaths.main(list(version.files.all()))
    words = {"version": version, "file": file.path if file else ""}
    if version.inspection == Inspection.NONE:
        return _("%(version)s is a draft without a file. Upload one to go on.") % words
    if version.inspection == Inspection.FAILED:
        return _("%(file)s can't be registered. Upload another file to go on.") % words
    if version.inspection == Inspection.NEEDED:
        return _("%(file)s is read, but doesn't tell its inputs and outputs. Declare them to go on.") % words
    if version.inspection == Inspection.PASSED:
        return _("%(file)s is read. Check its configuration, then register the version.") % words
    return _("Conch is reading %(file)s.") % words


def _ended(version: ModelVersion) -> str:
    words = {
        "version": version,
        "at": moments.absolute(version.stage_changed_at),
        "reason": version.stage_reason[:MOST_REASON],
    }
    if version.stage == Stage.RETIRED:
        return _("%(version)s was retired on %(at)s: “%(reason)s”") % words
    return _("%(version)s was rejected on %(at)s: “%(reason)s”") % words


def _now(version: ModelVersion, *, share: float | None) -> str:
    words = {"version": version, "name": version.model.name}
    if share:
        words["share"] = quantities.percent(share / 100)
        return _("%(version)s answers %(share)s of the traffic of %(name)s.") % words
    if version.stage == Stage.REGISTERED:
        return _("%(version)s is registered and never changes.") % words
    if version.stage == Stage.DEPLOYED:
        return _("%(version)s is deployed but takes no traffic.") % words
    return _("%(version)s runs beside production and takes no traffic.") % words


def _following(version: ModelVersion, evidence: Mapping[str, Sequence[Evidence]]) -> str:
    steps = promotions_from(version.stage)
    if not steps:
        return ""
    # The last of the steps leads furthest; what it lacks is what the reader has to bring.
    step = steps[-1]
    missing = [item.title for item in evidence.get(step.verb, ()) if not item.passed]
    words = {"stage": step.target.label, "missing": ", ".join(missing)}
    if missing:
        return _("For “%(stage)s” it lacks evidence: %(missing)s.") % words
    return _("It has what “%(stage)s” requires; promotion can be requested.") % words
