"""What serving tells people and programs: operators hear of failures, owners of what they own."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.models import AuditEvent, User
from core.notices import kinds
from core.notices.kinds import Kind
from core.roles import Role
from models_registry.models import RegisteredModel
from serving.models import Deployment


def register_own() -> None:
    kinds.register(*KINDS)


def owner(event: AuditEvent) -> Iterable[int]:
    return RegisteredModel.objects.filter(name=event.model_name).values_list("owner_id", flat=True)


def operators_and_owner(event: AuditEvent) -> Iterable[int]:
    operators = User.objects.filter(role_names__contains=[Role.OPERATOR], is_active=True)
    return {*operators.values_list("pk", flat=True), *owner(event)}


def deployment_page(event: AuditEvent) -> str:
    return reverse("serving:deployment_detail", args=[event.object_id])


def model_page(event: AuditEvent) -> str:
    return reverse("models_registry:model_detail", args=[event.model_name])


def deployment_data(event: AuditEvent) -> dict[str, Any]:
    found = Deployment.objects.filter(pk=event.object_id).select_related("version", "server").first()
    noted = event.after if isinstance(event.after, dict) else {}
    return {
        "deployment": event.object_label,
        "version": found.version.number if found else None,
        "server": found.server.name if found else "",
        "error": noted.get("error", ""),
        "reason": event.reason,
    }


def route_data(event: AuditEvent) -> dict[str, Any]:
    return {"before": event.before, "after": event.after, "reason": event.reason}


def is_back(event: AuditEvent) -> bool:
    """Whether traffic went back to a version that is older than the one it leaves."""
    return 0 < _number(event.after) < _number(event.before)


def _number(wish: object) -> int:
    label = str(wish.get("version", "")) if isinstance(wish, dict) else ""
    digits = label.rpartition(" v")[2]
    return int(digits) if digits.isdecimal() else 0


def words(sentence: Promise) -> Any:
    def filled(event: AuditEvent) -> str:
        noted = event.after if isinstance(event.after, dict) else {}
        return str(sentence) % {
            "who": event.actor_name,
            "deployment": event.object_label,
            "model": event.model_name,
            "version": noted.get("version", ""),
        }

    return filled


KINDS = (
    Kind(
        name="deployment.failed",
        verbs=frozenset({"deployment.failed"}),
        label=_("A deployment failed"),
        words=words(_("Deployment %(deployment)s of %(model)s failed.")),
        url=deployment_page,
        receivers=operators_and_owner,
        data=deployment_data,
        prompt=True,
        email=True,
    ),
    Kind(
        name="deployment.ready",
        verbs=frozenset({"deployment.ready"}),
        label=_("A deployment of your model is ready"),
        words=words(_("Deployment %(deployment)s of %(model)s is ready.")),
        url=deployment_page,
        receivers=owner,
        data=deployment_data,
    ),
    Kind(
        name="deployment.rolled_back",
        verbs=frozenset({"route.point"}),
        label=_("Traffic of your model goes back to an earlier version"),
        words=words(_("%(who)s rolled %(model)s back to %(version)s.")),
        url=model_page,
        receivers=operators_and_owner,
        data=route_data,
        matches=is_back,
        prompt=True,
        email=True,
    ),
    Kind(
        name="traffic.failed",
        verbs=frozenset({"route.failed"}),
        label=_("The public name of a model could not be moved"),
        words=words(
            _("The public name %(model)s could not be moved to the version that it should answer with.")
        ),
        url=model_page,
        receivers=operators_and_owner,
        data=route_data,
        prompt=True,
        email=True,
    ),
)
