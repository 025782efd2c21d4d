"""When each stored blob was last read back, and what came."""

from django.db import models
from django.db.models import Q


class BlobState(models.TextChoices):
    INTACT = "intact"
    CHANGED = "changed"
    MISSING = "missing"


class BlobCheck(models.Model):
    """The last re-hash of the bytes of one digest."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    state = models.CharField(max_length=7, choices=BlobState)
    checked_at = models.DateTimeField()

    class Meta:
        ordering = ["checked_at", "sha256"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=BlobState.values), name="blob_state_known")
        ]
        indexes = [models.Index(fields=["checked_at"], name="blob_oldest_check")]

    def __str__(self) -> str:
        return f"{self.sha256[:12]} {self.state}"
