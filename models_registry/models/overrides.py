"""Emergency overrides: a step taken without its quorum, and judged afterwards by somebody else."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import User
from models_registry.models.versions import ModelVersion


class OverrideGrant(models.Model):
    """An admin's permission for one operator to override, until it ends."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="override_grants")
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    granted_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(user=F("granted_by")), name="override_grant_by_another")
        ]

    def __str__(self) -> str:
        return f"override grant for {self.user}"


class OverrideVerdict(models.TextChoices):
    JUSTIFIED = "justified", _("Justified")
    UNJUSTIFIED = "unjustified", _("Not justified")


class Override(models.Model):
    """One use of it; stays with the version for ever."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="overrides")
    verb = models.CharField(max_length=16)
    from_stage = models.CharField(max_length=12)
    to_stage = models.CharField(max_length=12)
    reason = models.TextField()
    # The gates that did not hold when it was used.
    failed_gates = models.JSONField(default=list)
    used_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    used_at = models.DateTimeField(auto_now_add=True)
    ends_at = models.DateTimeField()
    review_due_at = models.DateTimeField()
    verdict = models.CharField(max_length=12, choices=OverrideVerdict, blank=True)
    reviewed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    comment = models.TextField(blank=True)
    # When it became a finding, because nobody judged it in time.
    escalated_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reviewed_by=F("used_by")) | Q(reviewed_by__isnull=True),
                name="override_reviewed_by_another",
            )
        ]

    def __str__(self) -> str:
        return f"O-{self.pk}"

    @property
    def is_overdue(self) -> bool:
        return self.reviewed_at is None and self.review_due_at < timezone.now()
