"""Promotion requests and the reviews of them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import User
from models_registry.lifecycle import Stage
from models_registry.models.versions import ModelVersion


class PromotionState(models.TextChoices):
    OPEN = "open", _("Open")
    APPROVED = "approved", _("Approved")
    CHANGES = "changes", _("Changes requested")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class PromotionRequest(models.Model):
    """The wish to move a version on; it carries the policy and the evidence it was opened with."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="promotions")
    verb = models.CharField(max_length=16)
    from_stage = models.CharField(max_length=12, choices=Stage)
    target_stage = models.CharField(max_length=12, choices=Stage)
    state = models.CharField(max_length=10, choices=PromotionState, default=PromotionState.OPEN)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    policy = models.JSONField()
    evidence = models.JSONField()
    artifact_digest = models.CharField(max_length=64)
    config_digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["version"], condition=Q(state="open"), name="promotion_one_open_per_version"
            ),
            models.CheckConstraint(
                condition=Q(state__in=PromotionState.values), name="promotion_state_known"
            ),
        ]
        indexes = [models.Index(fields=["state", "created_at"], name="promotion_queue")]

    def __str__(self) -> str:
        return f"R-{self.pk}"

    @property
    def approvals_needed(self) -> int:
        return int(self.policy["approvals"])


class Verdict(models.TextChoices):
    APPROVE = "approve", _("Approve")
    CHANGES = "changes", _("Request changes")
    REJECT = "reject", _("Reject")


class Review(models.Model):
    """One reviewer's verdict on a request, bound to the digests it was given for."""

    promotion = models.ForeignKey(PromotionRequest, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=8, choices=Verdict)
    comment = models.TextField()
    artifact_digest = models.CharField(max_length=64)
    config_digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["promotion", "reviewer"], name="review_one_per_reviewer"),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} {self.promotion}"
