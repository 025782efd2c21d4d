"""What may not be removed, and which bytes nobody needs any more."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.models import User
from models_registry.models.registry import RegisteredModel
from models_registry.models.versions import ModelVersion


class LegalHold(models.Model):
    """While it stands, a model, or one version of it, is neither deleted nor purged."""

    model = models.ForeignKey(RegisteredModel, on_delete=models.PROTECT, related_name="holds")
    # None: the whole model with all its versions.
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, null=True, related_name="holds")
    reason = models.TextField()
    placed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField(default=timezone.now)
    lifted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lift_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["model"], condition=Q(version=None, lifted_at=None), name="hold_one_of_model"
            ),
            models.UniqueConstraint(
                fields=["version"], condition=Q(lifted_at=None), name="hold_one_of_version"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="hold_lifted_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return str(self.version or self.model)


class CondemnedBlob(models.Model):
    """A blob that perhaps nothing refers to; its bytes go if that is so when its time is over.

    Whoever stores these bytes sets the time anew first, and waits for a purge that holds the row.
    """

    sha256 = models.CharField(max_length=64, primary_key=True)
    condemned_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["condemned_at", "sha256"]
        indexes = [models.Index(fields=["condemned_at"], name="blob_condemned")]

    def __str__(self) -> str:
        return self.sha256[:12]
