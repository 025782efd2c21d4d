"""What happens when nobody acted in time: requests expire, conditions and overrides become blockers."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import WORKER
from core.audit import record
from models_registry.models import Finding, FindingState, Override, PromotionRequest, PromotionState, Severity
from models_registry.services.promotions import expire_promotion
from models_registry.services.stages import locked_version

MOST_AT_ONCE = 50
PUT_RIGHT_WITHIN = timedelta(days=7)


def meet_deadlines() -> int:
    """Act on everything that is overdue, each in a transaction of its own; how many there were."""
    now, done = timezone.now(), 0
    due = PromotionRequest.objects.filter(state=PromotionState.OPEN, expires_at__lte=now)
    for pk in due.order_by("pk").values_list("pk", flat=True)[:MOST_AT_ONCE]:
        done += expire_promotion(promotion_id=pk)
    late = Finding.objects.filter(
        ~Q(severity=Severity.BLOCKER),
        is_condition=True,
        state=FindingState.OPEN,
        due_on__lt=timezone.localdate(),
    )
    for pk in late.order_by("pk").values_list("pk", flat=True)[:MOST_AT_ONCE]:
        done += escalate_condition(finding_id=pk)
    ended = Override.objects.filter(reviewed_at=None, escalated_at=None)
    ended = ended.filter(Q(ends_at__lte=now) | Q(review_due_at__lte=now))
    for pk in ended.order_by("pk").values_list("pk", flat=True)[:MOST_AT_ONCE]:
        done += escalate_override(override_id=pk)
    return done


@transaction.atomic(durable=True)
def escalate_condition(*, finding_id: int) -> bool:
    """A condition of an approval that was not met in time stops the version."""
    finding = (
        Finding.objects.select_for_update(of=("self",)).select_related("version__model").get(pk=finding_id)
    )
    late = finding.is_condition and finding.is_overdue and finding.severity != Severity.BLOCKER
    if not late:
        return False
    before, finding.severity = finding.severity, Severity.BLOCKER
    finding.save(update_fields=["severity"])
    record(
        WORKER,
        "finding.escalate",
        finding,
        before={"severity": before},
        after={"severity": finding.severity},
        reason=_("The condition was not met in time."),
        model_name=finding.version.model.name,
    )
    return True


@transaction.atomic(durable=True)
def escalate_override(*, override_id: int) -> bool:
    """An override that nobody judged in time becomes a blocker of its version."""
    version_id = Override.objects.values_list("version_id", flat=True).get(pk=override_id)
    version = locked_version(version_id)
    override = Override.objects.select_for_update(of=("self",)).select_related("used_by").get(pk=override_id)
    if override.reviewed_at is not None or override.escalated_at is not None:
        return False
    override.escalated_at = timezone.now()
    override.save(update_fields=["escalated_at"])
    finding = Finding.objects.create(
        version=version,
        title=_("%(override)s was not judged in time") % {"override": override},
        detail=override.reason,
        severity=Severity.BLOCKER,
        owner=override.used_by,
        due_on=timezone.localdate() + PUT_RIGHT_WITHIN,
    )
    after = {"title": finding.title, "severity": finding.severity, "owner": override.used_by.username}
    record(WORKER, "finding.raise", finding, after=after, model_name=version.model.name)
    return True
