"""Requests and verdicts: those who can decide hear of a request, those who asked hear of its end."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.models import AuditEvent
from core.notices.kinds import Kind
from models_registry.models import PromotionRequest, RegisteredModel
from models_registry.notices.particulars import field, number, review_page, words
from models_registry.services.four_eyes import able, makers


def deciders(event: AuditEvent) -> Iterable[int]:
    """Those who may decide on a request: reviewers who made nothing of it."""
    found = PromotionRequest.objects.filter(pk=event.object_id).select_related("version__model")
    promotion = found.first()
    if promotion is None:
        return []
    return [user.pk for user in able(promotion.version, barred=makers(promotion))]


def asked_and_owner(event: AuditEvent) -> Iterable[int]:
    """Who opened the request, and who owns the model."""
    asked = PromotionRequest.objects.filter(pk=event.object_id).values_list("requested_by_id", flat=True)
    owner = RegisteredModel.objects.filter(name=event.model_name).values_list("owner_id", flat=True)
    return {*asked, *owner}


def data(event: AuditEvent) -> dict[str, Any]:
    promotion = PromotionRequest.objects.filter(pk=event.object_id).select_related("requested_by").first()
    if promotion is None:
        return {}
    return {
        "request": event.object_label,
        "version": number(event),
        "from": promotion.from_stage,
        "to": promotion.target_stage,
        "requested_by": promotion.requested_by.username,
        "verdict": field(event, "verdict"),
        "reason": event.reason,
    }


KINDS = (
    Kind(
        name="promotion.requested",
        verbs=frozenset({"promotion.request"}),
        label=_("A request waits for your review"),
        words=words(_("Waiting for you: %(who)s asks to move %(version)s from %(source)s to %(stage)s.")),
        url=review_page,
        receivers=deciders,
        data=data,
        prompt=True,
        email=True,
    ),
    Kind(
        name="promotion.approved",
        verbs=frozenset({"promotion.approve"}),
        label=_("Your request is approved"),
        words=words(_("%(who)s approved %(request)s for %(version)s.")),
        url=review_page,
        receivers=asked_and_owner,
        data=data,
        prompt=True,
        email=True,
    ),
    Kind(
        name="promotion.changes_requested",
        verbs=frozenset({"promotion.changes"}),
        label=_("Changes to your request are asked for"),
        words=words(_("%(who)s asks for changes to %(version)s before %(request)s can go on.")),
        url=review_page,
        receivers=asked_and_owner,
        data=data,
        prompt=True,
        email=True,
    ),
    Kind(
        name="promotion.rejected",
        verbs=frozenset({"promotion.reject"}),
        label=_("Your request is rejected"),
        words=words(_("%(who)s rejected %(request)s for %(version)s.")),
        url=review_page,
        receivers=asked_and_owner,
        data=data,
        prompt=True,
        email=True,
    ),
    Kind(
        name="promotion.withdrawn",
        verbs=frozenset({"promotion.withdraw"}),
        label=_("A request is withdrawn"),
        words=words(_("%(who)s withdrew %(request)s for a version of %(model)s.")),
        url=review_page,
        receivers=lambda event: {*asked_and_owner(event), *deciders(event)},
        data=data,
    ),
)
