"""Roles that hold in one workspace only."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.roles import Role


class Membership(models.Model):
    """What somebody may do with the models of one workspace, beside what they may do everywhere."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    workspace = models.ForeignKey("core.Workspace", on_delete=models.PROTECT, related_name="memberships")
    role_names = ArrayField(models.CharField(max_length=16, choices=Role), default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["workspace__name"]
        constraints = [
            models.UniqueConstraint(fields=["user", "workspace"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.workspace}"
