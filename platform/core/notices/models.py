"""The outbox, the inbox, and what people chose."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.notices.attempts import Attempted


class NoticeEvent(Attempted):
    """One thing that happened and may interest someone: written with the change itself, then fanned out.

    What happened stands in the audit event; this row says of which kind it is and whether it was fanned out.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    audit = models.OneToOneField("core.AuditEvent", on_delete=models.PROTECT, related_name="notice_event")
    kind = models.CharField(max_length=40)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="notice_event_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.audit_id}"


class Notice(models.Model):
    """One event for one person; the words are made when they are read, in the reader's language."""

    event = models.ForeignKey(NoticeEvent, on_delete=models.CASCADE, related_name="notices")
    user = models.ForeignKey("core.User", on_delete=models.CASCADE, related_name="notices")
    in_app = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["event", "user"], name="notice_once_per_person")]
        indexes = [
            models.Index(
                fields=["user"], condition=Q(read_at__isnull=True, in_app=True), name="notice_unread"
            ),
            models.Index(fields=["user", "-id"], name="notice_inbox"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} for {self.user_id}"


class MailState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Given up")


class Mail(Attempted):
    """A notice on its way by e-mail."""

    notice = models.OneToOneField(Notice, on_delete=models.CASCADE, related_name="mail")
    address = models.EmailField()
    state = models.CharField(max_length=8, choices=MailState, default=MailState.WAITING)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="mail_due")]

    def __str__(self) -> str:
        return f"{self.notice} to {self.address}"


class NoticeChoice(models.Model):
    """What one person chose for one kind; without a row the kind's own default holds."""

    user = models.ForeignKey("core.User", on_delete=models.CASCADE, related_name="notice_choices")
    kind = models.CharField(max_length=40)
    in_app = models.BooleanField()
    email = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="notice_choice_once")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.in_app}, {self.email}"


class NoticeLanguage(models.Model):
    """The language that one person gets mail in."""

    user = models.OneToOneField("core.User", on_delete=models.CASCADE, related_name="notice_language")
    code = models.CharField(max_length=16)

    def __str__(self) -> str:
        return self.code
