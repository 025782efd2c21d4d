"""Models, versions, stages, tags and aliases; the events that MLflow has carry its names too."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.models import AuditEvent
from core.notices.kinds import Kind, MlflowEvent
from models_registry.models import ModelVersion, PromotionRequest, RegisteredModel
from models_registry.notices.particulars import field, model_page, number, tag, version_page, words

STEPS = frozenset({"test", "ab_test", "deploy", "reject", "retire", "move_freely"})

EXAMPLE_MODEL = {"name": "example", "tags": {"team": "vision"}, "description": "An example."}
EXAMPLE_VERSION: dict[str, Any] = {
    "name": "example",
    "version": "1",
    "source": "models:/m-example",
    "run_id": None,
    "tags": {},
    "description": None,
}
EXAMPLE_TAG = {"name": "example", "version": "1", "key": "team"}
EXAMPLE_ALIAS = {"name": "example", "alias": "champion"}


def owner(event: AuditEvent) -> Iterable[int]:
    return RegisteredModel.objects.filter(name=event.model_name).values_list("owner_id", flat=True)


def maker_and_owner(event: AuditEvent) -> Iterable[int]:
    """Who last asked for this version to be moved, who made it, and who owns the model."""
    asked = PromotionRequest.objects.filter(version_id=int(event.object_id)).order_by("-pk")
    made = ModelVersion.objects.filter(pk=event.object_id).values_list("created_by_id", flat=True)
    return {*asked.values_list("requested_by_id", flat=True)[:1], *made, *owner(event)} - {None}


def model_data(event: AuditEvent) -> dict[str, Any]:
    return {"before": event.before, "after": event.after, "reason": event.reason}


def version_data(event: AuditEvent) -> dict[str, Any]:
    return {"version": number(event), **model_data(event)}


def mlflow_name(event: AuditEvent) -> str:
    """What MLflow clients call the model."""
    model = RegisteredModel.objects.filter(name=event.model_name).first()
    return model.title if model else event.model_name


def mlflow_model(event: AuditEvent) -> dict[str, Any]:
    model = RegisteredModel.objects.filter(name=event.model_name).first()
    if model is None:
        return {"name": event.model_name, "tags": {}, "description": None}
    return {"name": model.title, "tags": model.tags, "description": model.purpose or None}


def mlflow_version(event: AuditEvent) -> dict[str, Any]:
    version = ModelVersion.objects.filter(pk=event.object_id).first()
    return {
        "name": mlflow_name(event),
        "version": str(number(event) or ""),
        "source": version.source_uri if version else "",
        "run_id": (version.run_id or None) if version else None,
        "tags": version.tags if version else {},
        "description": (version.notes or None) if version else None,
    }


def mlflow_tag(event: AuditEvent) -> dict[str, Any]:
    key, value = tag(event)
    found = {"name": mlflow_name(event), "version": str(number(event) or ""), "key": key}
    return found if value is None else found | {"value": value}


def mlflow_alias(event: AuditEvent) -> dict[str, Any]:
    if event.verb == "alias.delete":
        return {"name": mlflow_name(event), "alias": field(event, "alias", before=True)}
    return {
        "name": mlflow_name(event),
        "alias": field(event, "alias"),
        "version": str(field(event, "number")),
    }


MODELS = (
    Kind(
        name="model.created",
        verbs=frozenset({"model.register"}),
        label=_("A model is registered"),
        words=words(_("%(who)s registered the model %(model)s.")),
        url=model_page,
        data=model_data,
        mlflow=MlflowEvent("registered_model", "created", mlflow_model, EXAMPLE_MODEL),
        to_people=False,
    ),
    Kind(
        name="model.changed",
        verbs=frozenset({"model.edit", "model.delete", "model.restore", "model.rename"}),
        label=_("Your model is changed by someone else"),
        words=words(_("%(who)s changed the model %(model)s.")),
        url=model_page,
        receivers=owner,
        data=model_data,
    ),
    Kind(
        name="model.tags_changed",
        verbs=frozenset({"model.tag", "model.untag"}),
        label=_("A tag of a model is set or taken away"),
        words=words(_("%(who)s changed the tag %(key)s of %(model)s.")),
        url=model_page,
        data=model_data,
        to_people=False,
    ),
)
VERSIONS = (
    Kind(
        name="version.created",
        verbs=frozenset({"version.create"}),
        label=_("A version is begun"),
        words=words(_("%(who)s began %(version)s.")),
        url=version_page,
        data=version_data,
        mlflow=MlflowEvent("model_version", "created", mlflow_version, EXAMPLE_VERSION),
        to_people=False,
    ),
    Kind(
        name="version.registered",
        verbs=frozenset({"version.register"}),
        label=_("A version of your model is registered"),
        words=words(_("%(who)s registered %(version)s.")),
        url=version_page,
        receivers=owner,
        data=version_data,
    ),
    Kind(
        name="version.stage_moved",
        verbs=frozenset(f"version.{step}" for step in STEPS),
        label=_("A version of yours moves to another stage"),
        words=words(_("%(version)s moved from %(source)s to %(stage)s, by %(who)s.")),
        url=version_page,
        receivers=maker_and_owner,
        data=version_data,
        prompt=True,
    ),
    Kind(
        name="version.removed",
        verbs=frozenset({"version.delete", "version.restore"}),
        label=_("A version of yours is deleted or restored"),
        words=words(_("%(who)s deleted or restored %(version)s.")),
        url=version_page,
        receivers=maker_and_owner,
        data=version_data,
    ),
    Kind(
        name="version.quarantined",
        verbs=frozenset({"version.quarantine"}),
        label=_("A version of yours is quarantined"),
        words=words(_("%(version)s is quarantined: its files are not what was uploaded.")),
        url=version_page,
        receivers=maker_and_owner,
        data=version_data,
        prompt=True,
        email=True,
    ),
)
NAMES = (
    Kind(
        name="version.tag_set",
        verbs=frozenset({"version.tag"}),
        label=_("A tag of a version is set"),
        words=words(_("%(who)s set the tag %(key)s of %(version)s.")),
        url=version_page,
        data=version_data,
        mlflow=MlflowEvent("model_version_tag", "set", mlflow_tag, {**EXAMPLE_TAG, "value": "vision"}),
        to_people=False,
    ),
    Kind(
        name="version.tag_deleted",
        verbs=frozenset({"version.untag"}),
        label=_("A tag of a version is taken away"),
        words=words(_("%(who)s took the tag %(key)s of %(version)s away.")),
        url=version_page,
        data=version_data,
        mlflow=MlflowEvent("model_version_tag", "deleted", mlflow_tag, EXAMPLE_TAG),
        to_people=False,
    ),
    Kind(
        name="alias.set",
        verbs=frozenset({"alias.set"}),
        label=_("An alias of your model is moved"),
        words=words(_("%(who)s pointed @%(alias)s at %(version)s.")),
        url=version_page,
        receivers=owner,
        data=version_data,
        mlflow=MlflowEvent("model_version_alias", "created", mlflow_alias, {**EXAMPLE_ALIAS, "version": "1"}),
    ),
    Kind(
        name="alias.deleted",
        verbs=frozenset({"alias.delete"}),
        label=_("An alias of your model is taken away"),
        words=words(_("%(who)s took @%(alias)s away from %(version)s.")),
        url=version_page,
        receivers=owner,
        data=version_data,
        mlflow=MlflowEvent("model_version_alias", "deleted", mlflow_alias, EXAMPLE_ALIAS),
    ),
)
KINDS = (*MODELS, *VERSIONS, *NAMES)
