"""People, their tokens, and the trail of what was done."""

import hashlib
from datetime import datetime, timedelta
from functools import cached_property

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.expressions import Combinable
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models.access import Membership
from core.models.answers import KeptAnswer
from core.models.sessions import SignedIn
from core.notices.models import Mail, MailState, Notice, NoticeChoice, NoticeEvent, NoticeLanguage
from core.once import OnceOne, moment, text
from core.roles import Role, Scope
from core.webhooks.models import Delivery, DeliveryState, Webhook

__all__ = [
    "ApiToken",
    "AuditCheckpoint",
    "AuditEvent",
    "Delivery",
    "DeliveryState",
    "KeptAnswer",
    "Kind",
    "Mail",
    "MailState",
    "Membership",
    "Notice",
    "NoticeChoice",
    "NoticeEvent",
    "NoticeLanguage",
    "SignedIn",
    "TokenQuerySet",
    "User",
    "Webhook",
    "Workspace",
    "default_workspace",
    "token_digest",
]


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


class Kind(models.TextChoices):
    PERSON = "person", _("Person")
    SERVICE = "service", _("Service account")


class User(AbstractUser):
    """A person, or a program's account. Roles add up; being a superuser grants nothing here."""

    kind = models.CharField(max_length=8, choices=Kind, default=Kind.PERSON)
    # Who answers for a service account; nobody for a person.
    held_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="holds")
    role_names = ArrayField(models.CharField(max_length=16, choices=Role), default=list, blank=True)
    # The team that a person develops models in; a validator of a model's own team cannot validate it.
    team = models.CharField(max_length=80, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")

    @cached_property
    def roles(self) -> frozenset[str]:
        return frozenset(self.role_names)

    @cached_property
    def workspace_roles(self) -> dict[int, frozenset[str]]:
        """Roles by workspace id, on top of `roles`."""
        rows = self.memberships.values_list("workspace_id", "role_names")
        return {workspace: frozenset(names) for workspace, names in rows}

    def roles_in(self, workspace: int | None) -> frozenset[str]:
        """The roles that hold in a workspace; without one, those that hold everywhere."""
        if workspace is None or not self.is_active:
            return self.roles
        return self.roles | self.workspace_roles.get(workspace, frozenset())

    @property
    def is_service(self) -> bool:
        return self.kind == Kind.SERVICE

    @property
    def name(self) -> str:
        return self.get_full_name() or self.username

    @property
    def initials(self) -> str:
        words = self.name.replace("-", " ").replace("_", " ").split()
        return "".join(word[0] for word in words[:2]).upper()


SEEN_EVERY = timedelta(minutes=1)


class TokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self, at: datetime | Combinable | None = None) -> "TokenQuerySet":
        """Neither ended nor run out, of an account that is on and, if it is a program's, whose holder is."""
        found = self.filter(revoked_at=None, expires_at__gt=at or timezone.now(), user__is_active=True)
        return found.exclude(user__held_by__is_active=False)

    def for_secret(self, secret: str) -> "ApiToken | None":
        """The usable token of this secret, with its user. Every call of a program asks, so it is cheap."""
        return _USABLE.first(digest=token_digest(secret), now=timezone.now())


def _usable() -> TokenQuerySet:
    found = ApiToken.objects.usable(moment("now")).filter(digest=text("digest"))
    return found.select_related("user").order_by()


_USABLE: OnceOne["ApiToken"] = OnceOne(_usable)


class ApiToken(models.Model):
    """A bearer token: only its SHA-256 is kept; it is long and random, so no salt is needed."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(_("name"), max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    scopes = ArrayField(models.CharField(max_length=16, choices=Scope), default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    # Narrower than its scopes: writes only in this workspace, only to this model.
    workspace = models.ForeignKey(
        Workspace, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    model_name = models.CharField(max_length=128, blank=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name

    def mark_used(self) -> None:
        """Note that it was used just now, at most once a minute."""
        now = timezone.now()
        if self.last_used_at is None or now - self.last_used_at > SEEN_EVERY:
            ApiToken.objects.filter(pk=self.pk).update(last_used_at=now)


def token_digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class AuditEvent(models.Model):
    """One write: who, through which door, what was before and after. The database refuses to change it.

    `position`, from 1, and both hashes are given by the database when the write commits.
    """

    shape = models.PositiveSmallIntegerField(default=2)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=150)
    # On whose behalf, where a person acts for another.
    delegated_for = models.CharField(max_length=150, blank=True)
    door = models.CharField(max_length=16)
    auth = models.CharField(max_length=80, blank=True)
    address = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    verb = models.CharField(max_length=64)
    object_type = models.CharField(max_length=64)
    object_id = models.CharField(max_length=64)
    object_label = models.CharField(max_length=200)
    model_name = models.CharField(max_length=128, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.TextField(blank=True)
    salt = models.CharField(max_length=32, blank=True)
    details_hash = models.CharField(max_length=64, blank=True)
    redacted = models.BooleanField(default=False)
    content_hash = models.CharField(max_length=64, blank=True)
    position = models.BigIntegerField(null=True, unique=True)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, unique=True, null=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_object"),
            models.Index(fields=["model_name", "-id"], name="audit_model"),
            models.Index(fields=["actor_name", "-id"], name="audit_actor"),
            models.Index(fields=["verb", "-id"], name="audit_verb"),
            models.Index(fields=["door", "-id"], name="audit_door"),
            models.Index(fields=["at"], name="audit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_label}"


class AuditCheckpoint(models.Model):
    """“The first `size` events have this Merkle root”, signed; the database refuses to change it.

    `frontier` holds the roots (hex) of the tree's complete parts: the next one reads only what is new.
    """

    size = models.BigIntegerField(unique=True)
    root = models.CharField(max_length=64)
    previous = models.CharField(max_length=64, blank=True)
    signed_at = models.DateTimeField()
    key_id = models.CharField(max_length=16)
    public_key = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)
    frontier = ArrayField(models.CharField(max_length=64))

    class Meta:
        ordering = ["-size"]

    def __str__(self) -> str:
        return f"{self.size} {self.root[:16]}"
