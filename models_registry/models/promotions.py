"""Promotion requests and the reviews of them."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import User
from models_registry.lifecycle import Stage
from models_registry.models.policies import GatePolicy
from models_registry.models.versions import ModelVersion


class PromotionState(models.TextChoices):
    OPEN = "open", _("Open")
    APPROVED = "approved", _("Approved")
    CHANGES = "changes", _("Changes requested")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")


class PromotionRequest(models.Model):
    """The wish to move a version on; it carries the policy and the evidence it was opened with."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="promotions")
    verb = models.CharField(max_length=16)
    from_stage = models.CharField(max_length=12, choices=Stage)
    target_stage = models.CharField(max_length=12, choices=Stage)
    state = models.CharField(max_length=10, choices=PromotionState, default=PromotionState.OPEN)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    # The step's part of the policy as it was then, and the policy it is from.
    policy = models.JSONField()
    policy_version = models.ForeignKey(GatePolicy, on_delete=models.PROTECT, null=True, related_name="+")
    evidence = models.JSONField()
    artifact_digest = models.CharField(max_length=64)
    config_digest = models.CharField(max_length=64)
    evidence_digest = models.CharField(max_length=64, blank=True)
    # Grows with each resubmission; only reviews of the newest round count.
    round = models.PositiveSmallIntegerField(default=1)
    assigned_to = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    asked_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
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

    @property
    def is_overdue(self) -> bool:
        is_open = self.state == PromotionState.OPEN
        return is_open and self.due_at is not None and self.due_at < timezone.now()


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
    evidence_digest = models.CharField(max_length=64, blank=True)
    round = models.PositiveSmallIntegerField(default=1)
    # The roles the reviewer held when signing; the quorum is counted from them and from those held now.
    roles = models.JSONField(default=list)
    ticked = models.JSONField(default=list)
    conditions = models.JSONField(default=list)
    # Printed name, time, meaning, reason, how the reviewer proved who they are, and what is covered.
    manifest = models.JSONField(default=dict)
    voided_at = models.DateTimeField(null=True)
    void_reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["promotion", "reviewer"],
                condition=Q(voided_at__isnull=True),
                name="review_one_per_reviewer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} {self.promotion}"
