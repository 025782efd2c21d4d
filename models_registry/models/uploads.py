"""Uploads in parts: what was announced, and which parts are here."""

import uuid

from django.db import models

from core.models import User
from models_registry.models.versions import ModelVersion


class UploadState(models.TextChoices):
    OPEN = "open"
    DONE = "done"


class Upload(models.Model):
    """One file on its way into a draft; its parts come in any order, each as often as needed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="uploads")
    path = models.CharField(max_length=200)
    size_bytes = models.BigIntegerField()
    part_bytes = models.PositiveIntegerField()
    # What the whole must hash to, where the sender knows it.
    sha256 = models.CharField(max_length=64, blank=True)
    # How the sender knows the file again: its name, size and time of change.
    fingerprint = models.CharField(max_length=300, blank=True)
    alone = models.BooleanField(default=False)
    state = models.CharField(max_length=4, choices=UploadState, default=UploadState.OPEN)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=UploadState.values), name="upload_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(size_bytes__gt=0, part_bytes__gt=0), name="upload_has_size"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.path}"

    @property
    def part_count(self) -> int:
        return -(-self.size_bytes // self.part_bytes)

    def size_of(self, number: int) -> int:
        """How many bytes the part with this number (from 1) has."""
        last = number == self.part_count
        return self.size_bytes - (number - 1) * self.part_bytes if last else self.part_bytes


class UploadPart(models.Model):
    """A part whose bytes are durable, with their digest."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["upload", "number"], name="upload_part_unique")]

    def __str__(self) -> str:
        return f"{self.upload} part {self.number}"
