"""What the scanner found in each file of a version."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from models_registry.models.versions import VersionFile


class ScanState(models.TextChoices):
    PENDING = "pending", _("Waiting for its scan")
    CLEAN = "clean", _("Clean")
    FLAGGED = "flagged", _("Flagged")
    REFUSED = "refused", _("Refused")


class FileScan(models.Model):
    """The scan of one file; it goes with the file, so that another file at its path is scanned anew."""

    file = models.OneToOneField(VersionFile, on_delete=models.CASCADE, related_name="scan")
    state = models.CharField(max_length=8, choices=ScanState, default=ScanState.PENDING)
    # [{"code", "file": what it was found in, "what", "refuses": bool, "raises_tier": bool}]
    findings = models.JSONField(default=list, blank=True)
    raises_tier = models.BooleanField(default=False)
    scanned_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["file_id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ScanState.values), name="scan_state_known")
        ]
        indexes = [models.Index(fields=["due_at"], name="scan_due", condition=Q(state="pending"))]

    def __str__(self) -> str:
        return f"{self.file}: {self.state}"
