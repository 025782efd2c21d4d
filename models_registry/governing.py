"""Gates that governance itself checks: open findings, and the questions on risk."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from models_registry import gates, guards
from models_registry.guards import Evidence
from models_registry.models import Finding, FindingState, ModelVersion, Severity
from models_registry.policies import Rules


def register_own() -> None:
    guards.register("no-blockers", no_blockers)
    guards.register("risk-answered", risk_answered)
    guards.register("review-current", review_current)


def no_blockers(version: ModelVersion) -> Evidence:
    """No finding of the highest severity is open."""
    found = Finding.objects.filter(version=version, state=FindingState.OPEN)
    blockers = [str(one) for one in found.filter(severity=Severity.BLOCKER).order_by("pk")]
    text = ngettext("%(n)d blocker is open", "%(n)d blockers are open", len(blockers))
    return Evidence(
        gate="no-blockers",
        title=_("Findings"),
        passed=not blockers,
        value=text % {"n": len(blockers)} if blockers else _("No blocker"),
        detail=_("Open: %(names)s.") % {"names": ", ".join(blockers)} if blockers else "",
        source=blockers[0] if blockers else "",
    )


def risk_answered(version: ModelVersion) -> Evidence:
    """The risk tier follows from answers to the questions that hold now."""
    answers = version.model.risk_answers
    questions = Rules.from_json(gates.current_policy().rules).questions
    open_ones = [each.key for each in questions if each.key not in answers]
    text = ngettext("%(n)d question is open", "%(n)d questions are open", len(open_ones))
    return Evidence(
        gate="risk-answered",
        title=_("Risk questions"),
        passed=not open_ones,
        value=text % {"n": len(open_ones)} if open_ones else _("Answered"),
        bound_to=" ".join(f"{key}={answers[key]}" for key in sorted(answers)),
        detail=_("The tier was chosen by hand.") if open_ones else _("The tier follows from the answers."),
    )


def review_current(version: ModelVersion) -> Evidence:
    """The model's periodic review is not overdue."""
    due = version.model.next_review_on
    overdue = due is not None and due < timezone.localdate()
    return Evidence(
        gate="review-current",
        title=_("Periodic review"),
        passed=not overdue,
        value=_("Overdue") if overdue else _("Not due"),
        detail=_("It was due on %(date)s.") % {"date": due.isoformat()} if overdue and due else "",
    )
