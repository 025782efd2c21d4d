"""Model cards: every saved state of a version's card."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import User
from models_registry.models.versions import ModelVersion


class CardRevision(models.Model):
    """One saved state of a version's card; a later one replaces it and never changes it.

    `sections` are Markdown by key of `modelcard.SECTIONS`.
    """

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="cards")
    number = models.PositiveIntegerField()
    sections = models.JSONField()
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["version_id", "-number"]
        constraints = [models.UniqueConstraint(fields=["version", "number"], name="card_number_unique")]

    def __str__(self) -> str:
        return _("Card of %(version)s, revision %(number)d") % {
            "version": self.version,
            "number": self.number,
        }
