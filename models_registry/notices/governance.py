"""What asks for attention beside requests: findings, and steps that were taken without approval."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import AuditEvent, User
from core.notices.kinds import Kind
from core.roles import Role
from models_registry.models import Finding, Override
from models_registry.notices.particulars import field, words
from models_registry.services.four_eyes import able, makers_of


def finding_owner(event: AuditEvent) -> Iterable[int]:
    return Finding.objects.filter(pk=event.object_id).values_list("owner_id", flat=True)


def judges_and_admins(event: AuditEvent) -> set[int]:
    """Who can judge an override afterwards, every admin, and the owner of the model."""
    used = Override.objects.select_related("version__model").filter(pk=event.object_id).first()
    if used is None:
        return set()
    judges = {user.pk for user in able(used.version, barred={*makers_of(used.version), used.used_by_id})}
    admins = User.objects.filter(Q(role_names__contains=[Role.ADMIN]), is_active=True)
    return {*judges, *admins.values_list("pk", flat=True), used.version.model.owner_id}


def finding_page(event: AuditEvent) -> str:
    return reverse("models_registry:finding_detail", args=[event.object_id])


def override_page(event: AuditEvent) -> str:
    return reverse("models_registry:override_detail", args=[event.object_id])


def override_data(event: AuditEvent) -> dict[str, Any]:
    return {
        "version": field(event, "version"),
        "to": field(event, "to"),
        "hours": field(event, "hours"),
        "failed_gates": field(event, "failed_gates"),
        "reason": event.reason,
    }


KINDS = (
    Kind(
        name="finding.raised",
        verbs=frozenset({"finding.raise"}),
        label=_("A finding is yours to put right"),
        words=words(_("%(who)s raised a finding on %(model)s.")),
        url=finding_page,
        receivers=finding_owner,
        data=lambda event: {"title": field(event, "title"), "due_on": field(event, "due_on")},
        email=True,
    ),
    Kind(
        name="override.used",
        verbs=frozenset({"override.use"}),
        label=_("A version was moved by an emergency override"),
        words=words(_("%(who)s moved %(version)s by an emergency override; it has to be judged.")),
        url=override_page,
        receivers=judges_and_admins,
        data=override_data,
        prompt=True,
        email=True,
    ),
)
