"""Models, versions, files, promotion requests and reviews."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from core.models import User
from models_registry.lifecycle import ENDED, SERVABLE, Stage

# No dots: `<model>.v<number>` is the name a version has in Triton, and must never be a model's own.
NAME_PATTERN = r"^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$"
# Pages that stand where the page of a model of this name would.
RESERVED_NAMES = frozenset({"register"})


class RiskTier(models.TextChoices):
    LOW = "low", _("Low")
    MEDIUM = "medium", _("Medium")
    HIGH = "high", _("High")


class RegisteredModel(models.Model):
    """A named line of versions with an owner and a purpose."""

    name = models.CharField(
        _("name"), max_length=64, unique=True, validators=[RegexValidator(NAME_PATTERN, code="bad-name")]
    )
    purpose = models.TextField(_("purpose"), blank=True)
    team = models.CharField(_("team"), max_length=80, blank=True)
    risk_tier = models.CharField(_("risk tier"), max_length=8, choices=RiskTier, default=RiskTier.LOW)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    next_number = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="model_name_unique_folded"),
            models.CheckConstraint(condition=Q(risk_tier__in=RiskTier.values), name="model_risk_tier_known"),
        ]
        indexes = [models.Index(fields=["-changed_at"], name="model_changed")]

    def __str__(self) -> str:
        return self.name


class Inspection(models.TextChoices):
    NONE = "none", _("No file yet")
    PENDING = "pending", _("Waiting")
    RUNNING = "running", _("Running")
    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Failed")


class VersionQuerySet(models.QuerySet["ModelVersion"]):
    def servable(self) -> "VersionQuerySet":
        return self.filter(stage__in=SERVABLE)

    def of(self, model_name: str) -> "VersionQuerySet":
        return self.filter(model__name=model_name)

    def for_list_page(self) -> "VersionQuerySet":
        """Everything a table of versions shows, in a fixed number of queries."""
        return self.select_related("model", "created_by").prefetch_related("files").order_by("-number")


class ModelVersion(models.Model):
    """One immutable version; only a draft's content may change."""

    model = models.ForeignKey(RegisteredModel, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    stage = models.CharField(max_length=12, choices=Stage, default=Stage.DRAFT)
    stage_changed_at = models.DateTimeField()
    stage_reason = models.TextField(blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    notes = models.TextField(blank=True)
    tags = ArrayField(models.CharField(max_length=64), default=list, blank=True)

    backend = models.CharField(max_length=32, blank=True)
    signature = models.JSONField(default=dict, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    golden = models.JSONField(default=list, blank=True)
    warnings = models.JSONField(default=list, blank=True)
    config_text = models.TextField(blank=True)
    config_edited_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    config_digest = models.CharField(max_length=64, blank=True)
    artifact_digest = models.CharField(max_length=64, blank=True)

    inspection = models.CharField(max_length=8, choices=Inspection, default=Inspection.NONE)
    inspection_problem = models.JSONField(null=True)
    inspection_due_at = models.DateTimeField(null=True)
    inspection_claim = models.UUIDField(null=True)
    inspection_tries = models.PositiveSmallIntegerField(default=0)

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["model_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["model", "number"], name="version_number_unique"),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="version_stage_known"),
        ]
        indexes = [
            models.Index(fields=["stage", "-stage_changed_at"], name="version_stage"),
            models.Index(
                fields=["inspection_due_at"],
                name="version_inspection_due",
                condition=Q(inspection__in=["pending", "running"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model.name} v{self.number}"

    @property
    def triton_name(self) -> str:
        """The name this version has in Triton; never reused."""
        return f"{self.model.name}.v{self.number}"

    @property
    def is_servable(self) -> bool:
        return self.stage in SERVABLE

    @property
    def is_ended(self) -> bool:
        return self.stage in ENDED

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files.all())


class VersionFile(models.Model):
    """One file of a version; its bytes live in the artifact store under their SHA-256."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="files")
    path = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64, db_index=True)
    size_bytes = models.BigIntegerField()
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["path"]
        constraints = [models.UniqueConstraint(fields=["version", "path"], name="version_file_unique")]

    def __str__(self) -> str:
        return self.path


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
