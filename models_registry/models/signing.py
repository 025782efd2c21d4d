"""Who may vouch for the bytes of a version, and the signatures that do."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import User, Workspace, default_workspace
from models_registry.models.versions import ModelVersion


class TrustedKey(models.Model):
    """A public key whose signatures count in a workspace; revoked, it stays for the record."""

    workspace = models.ForeignKey(
        Workspace, on_delete=models.PROTECT, related_name="+", default=default_workspace
    )
    name = models.CharField(_("name"), max_length=80)
    pem = models.TextField()
    # SHA-256 of the key as PEM; a signature names its key by it.
    fingerprint = models.CharField(max_length=64)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["revoked_at", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "fingerprint"], name="trusted_key_unique")
        ]

    def __str__(self) -> str:
        return self.name


class VersionSignature(models.Model):
    """A signature over the files of a version, as an OpenSSF bundle (JSON); the newest one counts."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="signatures")
    bundle = models.TextField()
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.version} #{self.pk}"
