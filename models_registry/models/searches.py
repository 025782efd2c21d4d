"""Saved searches: queries that people keep under a name."""

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from core.models import User, Workspace, default_workspace


class SavedSearch(models.Model):
    """One query of one person, which others of the workspace see when it is shared."""

    class Target(models.TextChoices):
        MODELS = "models", _("Models")
        VERSIONS = "versions", _("Versions")

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    workspace = models.ForeignKey(
        Workspace, on_delete=models.PROTECT, related_name="+", default=default_workspace
    )
    name = models.CharField(_("name"), max_length=80)
    target = models.CharField(max_length=8, choices=Target)
    query = models.TextField(blank=True)
    sort = models.CharField(max_length=20, blank=True)
    shared = models.BooleanField(_("shared"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint("owner", "target", Lower("name"), name="saved_search_name_unique"),
            models.CheckConstraint(
                condition=models.Q(target__in=["models", "versions"]), name="saved_search_target_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["workspace", "target"], name="saved_search_shared", condition=models.Q(shared=True)
            )
        ]

    def __str__(self) -> str:
        return self.name
