"""Findings: what somebody found wrong with a version, until it is closed or its risk is accepted."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import User
from models_registry.models.promotions import PromotionRequest
from models_registry.models.versions import ModelVersion


class Severity(models.TextChoices):
    BLOCKER = "blocker", _("Blocker")
    MAJOR = "major", _("Major")
    MINOR = "minor", _("Minor")


class FindingState(models.TextChoices):
    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Risk accepted")
    CLOSED = "closed", _("Closed")


class Finding(models.Model):
    """One thing to put right, with an owner and a date; an open blocker stops every promotion."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="findings")
    # The request in whose review it came up; a condition of its approval if `is_condition`.
    promotion = models.ForeignKey(
        PromotionRequest, on_delete=models.PROTECT, null=True, related_name="findings"
    )
    is_condition = models.BooleanField(default=False)
    title = models.CharField(max_length=200)
    detail = models.TextField(blank=True)
    severity = models.CharField(max_length=8, choices=Severity)
    state = models.CharField(max_length=8, choices=FindingState, default=FindingState.OPEN)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    # Conch itself raises some.
    raised_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    raised_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    resolution = models.TextField(blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=FindingState.values), name="finding_state_known"),
            models.CheckConstraint(
                condition=Q(state=FindingState.OPEN) | Q(decided_by__isnull=False),
                name="finding_decided_by_someone",
            ),
        ]
        indexes = [
            models.Index(
                fields=["version", "severity"], condition=Q(state="open"), name="finding_open_of_version"
            ),
            models.Index(fields=["state", "due_on"], name="finding_due"),
        ]

    def __str__(self) -> str:
        return f"F-{self.pk}"

    @property
    def is_overdue(self) -> bool:
        return self.state == FindingState.OPEN and self.due_on < timezone.localdate()
