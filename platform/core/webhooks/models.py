"""Where programs listen, and each post to them."""

import uuid
from urllib.parse import urlsplit

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.notices.attempts import Attempted
from core.notices.models import NoticeEvent


class Webhook(models.Model):
    """One address that hears of some events.

    `hold_until` keeps the posts to an address that does not answer from holding up those to others.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80)
    url = models.CharField(max_length=2000)
    events = ArrayField(models.CharField(max_length=60))
    description = models.TextField(blank=True)
    sealed_secret = models.TextField(editable=False)
    active = models.BooleanField(default=True)
    failures = models.PositiveIntegerField(default=0)
    hold_until = models.DateTimeField(null=True)
    created_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def host(self) -> str:
        """The part of the URL that is no secret: paths and queries of receivers often are."""
        return urlsplit(self.url).netloc


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Given up")


class Origin(models.TextChoices):
    EVENT = "event", _("Event")
    REPLAY = "replay", _("Replay")
    TEST = "test", _("Test")


class Delivery(Attempted):
    """One post of one event to one webhook; its id is the same on each try."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(NoticeEvent, on_delete=models.CASCADE, null=True, related_name="deliveries")
    event_name = models.CharField(max_length=60)
    origin = models.CharField(max_length=8, choices=Origin, default=Origin.EVENT)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    created_at = models.DateTimeField(auto_now_add=True)
    delivered_at = models.DateTimeField(null=True)
    status_code = models.PositiveSmallIntegerField(null=True)
    answer = models.TextField(blank=True)
    took_ms = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["-created_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["webhook", "event", "event_name"],
                condition=Q(origin="event"),
                name="delivery_once_per_event",
            )
        ]
        indexes = [
            models.Index(fields=["webhook", "-created_at"], name="delivery_log"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="delivery_due"),
            models.Index(fields=["created_at"], name="delivery_age"),
        ]

    def __str__(self) -> str:
        return f"{self.event_name} {self.id}"
