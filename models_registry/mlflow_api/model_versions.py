"""model-versions/…"""

from models_registry import services
from models_registry.mlflow_api import finding, shapes, sources
from models_registry.mlflow_api.calls import Call
from models_registry.mlflow_api.registered_models import LONGEST_DESCRIPTION, Answer
from models_registry.services.sourced import Origin
from models_registry.services.tags import RESERVED


def create(call: Call) -> Answer:
    model, run_id = finding.model(call), call.text("run_id", default="", most=64)
    source = sources.resolve(call, call.text("source"), run_id=run_id)
    run_id = run_id or source.run_id
    model_id = call.text("model_id", default="", most=64) or source.model_id
    version = services.create_sourced_version(
        actor=call.actor,
        model_name=model.name,
        origin=Origin(
            source_uri=source.uri,
            run_id=run_id,
            run_link=call.text("run_link", default="", most=500),
            derived_from=source.copied,
        ),
        files=source.files,
        tags={key: value for key, value in call.pairs("tags").items() if not key.startswith(RESERVED)},
        notes=call.text("description", default="", most=LONGEST_DESCRIPTION),
        metrics=sources.measured(call, run_id),
        own_tags={shapes.MODEL_ID_TAG: model_id} if model_id else {},
    )
    return {"model_version": finding.shown_version(version.pk)}


def get(call: Call) -> Answer:
    return {"model_version": shapes.version(finding.version(call))}


def update(call: Call) -> Answer:
    version = finding.version(call)
    notes = call.text("description", default="", most=LONGEST_DESCRIPTION)
    services.edit_notes(actor=call.actor, version_id=version.pk, notes=notes)
    return {"model_version": finding.shown_version(version.pk)}


def delete(call: Call) -> Answer:
    services.delete_version(actor=call.actor, version_id=finding.version(call).pk)
    return {}


def download_uri(call: Call) -> Answer:
    return {"artifact_uri": sources.download_uri(call, finding.version(call))}


def set_tag(call: Call) -> Answer:
    key, value = call.text("key"), call.text("value", default="")
    services.set_version_tag(actor=call.actor, version_id=finding.version(call).pk, key=key, value=value)
    return {}


def delete_tag(call: Call) -> Answer:
    version = finding.version(call)
    services.delete_version_tag(actor=call.actor, version_id=version.pk, key=call.text("key"))
    return {}
