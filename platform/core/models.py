"""People, their tokens, and the trail of what was done."""

import hashlib
from functools import cached_property

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.roles import Role, Scope


class Workspace(models.Model):
    """A team's part of the registry: its models and who may do what with them."""

    DEFAULT = "default"

    name = models.SlugField(_("name"), max_length=64, unique=True)
    # Free experimentation: steps need no review here, and nothing of it may be deployed.
    permissive = models.BooleanField(_("permissive"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


def default_workspace() -> int:
    """The id of the workspace of whoever names none."""
    known = Workspace.objects.filter(name=Workspace.DEFAULT).values_list("pk", flat=True).first()
    return known or Workspace.objects.get_or_create(name=Workspace.DEFAULT)[0].pk


class User(AbstractUser):
    """A person. Roles add up; being a superuser grants nothing here."""

    role_names = ArrayField(models.CharField(max_length=16, choices=Role), default=list, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")

    @cached_property
    def roles(self) -> frozenset[str]:
        return frozenset(self.role_names)

    @property
    def name(self) -> str:
        return self.get_full_name() or self.username

    @property
    def initials(self) -> str:
        words = self.name.replace("-", " ").replace("_", " ").split()
        return "".join(word[0] for word in words[:2]).upper()


class TokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self) -> "TokenQuerySet":
        return self.filter(revoked_at=None, expires_at__gt=timezone.now(), user__is_active=True)

    def for_secret(self, secret: str) -> "TokenQuerySet":
        return self.usable().filter(digest=token_digest(secret)).select_related("user")


class ApiToken(models.Model):
    """A bearer token: only its SHA-256 is kept; it is long and random, so no salt is needed."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(_("name"), max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    scopes = ArrayField(models.CharField(max_length=16, choices=Scope), default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name


def token_digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class AuditEvent(models.Model):
    """One write: who, through which door, what was before and after. The database refuses to change it."""

    at = models.DateTimeField()
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=150)
    door = models.CharField(max_length=16)
    auth = models.CharField(max_length=80, blank=True)
    address = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    verb = models.CharField(max_length=64, db_index=True)
    object_type = models.CharField(max_length=64)
    object_id = models.CharField(max_length=64)
    object_label = models.CharField(max_length=200)
    model_name = models.CharField(max_length=128, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.TextField(blank=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_object"),
            models.Index(fields=["model_name", "-id"], name="audit_model"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_label}"


# Models that live beside what they are about; Django finds them here.
from core.notices.models import Mail, MailState, Notice, NoticeChoice, NoticeEvent, NoticeLanguage  # noqa: E402, F401
from core.webhooks.models import Delivery, DeliveryState, Webhook  # noqa: E402, F401
