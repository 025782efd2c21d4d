"""Administrators hear of a webhook that Conch switched off."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.models import AuditEvent, User
from core.notices.kinds import Kind
from core.roles import Role


def _admins(event: AuditEvent) -> Iterable[int]:
    return User.objects.filter(role_names__contains=[Role.ADMIN], is_active=True).values_list("pk", flat=True)


def _words(event: AuditEvent) -> str:
    return _("Conch switched the webhook %(name)s off, since nothing it posted was taken.") % {
        "name": event.object_label
    }


SWITCHED_OFF = Kind(
    name="webhook.switched_off",
    verbs=frozenset({"webhook.switch_off"}),
    label=gettext_lazy("A webhook was switched off because it kept failing"),
    words=_words,
    url=lambda event: reverse("core:webhook_detail", args=[event.object_id]),
    receivers=_admins,
    email=True,
)
