"""registered-models/…"""

from models_registry import services
from models_registry.mlflow_api import finding, shapes
from models_registry.mlflow_api.calls import Call
from models_registry.mlflow_api.errors import invalid
from models_registry.services.tags import RESERVED

LONGEST_DESCRIPTION = 5000
Answer = dict[str, object]


def create(call: Call) -> Answer:
    title = call.text("name", most=256)
    services.register_titled(
        actor=call.actor,
        title=title,
        workspace_id=call.workspace.pk,
        purpose=call.text("description", default="", most=LONGEST_DESCRIPTION),
        tags={key: value for key, value in call.pairs("tags").items() if not key.startswith(RESERVED)},
    )
    return {"registered_model": shapes.model(finding.model(call), latest=[])}


def get(call: Call) -> Answer:
    return {"registered_model": finding.shown_model(finding.model(call))}


def update(call: Call) -> Answer:
    row = finding.model(call)
    purpose = call.text("description", default="", most=LONGEST_DESCRIPTION)
    services.edit_model(actor=call.actor, name=row.name, purpose=purpose)
    return get(call)


def rename(call: Call) -> Answer:
    row = finding.model(call)
    title = call.text("new_name", most=256)
    services.edit_model(actor=call.actor, name=row.name, display_name="" if title == row.name else title)
    return {"registered_model": finding.shown_model(finding.model(call, key="new_name"))}


def delete(call: Call) -> Answer:
    services.delete_model(actor=call.actor, name=finding.model(call).name)
    return {}


def latest(call: Call) -> Answer:
    row, wanted = finding.model(call), {canonical(stage) for stage in call.texts("stages")}
    found = [shapes.version(version) for version in finding.newest(row)]
    return {"model_versions": [one for one in found if not wanted or one["current_stage"] in wanted]}


def set_tag(call: Call) -> Answer:
    key, value = call.text("key"), call.text("value", default="")
    services.set_model_tag(actor=call.actor, name=finding.model(call).name, key=key, value=value)
    return {}


def delete_tag(call: Call) -> Answer:
    services.delete_model_tag(actor=call.actor, name=finding.model(call).name, key=call.text("key"))
    return {}


def set_alias(call: Call) -> Answer:
    version = finding.version(call)
    services.set_alias(
        actor=call.actor, model_name=version.model_name, alias=call.text("alias"), number=version.number
    )
    return {}


def delete_alias(call: Call) -> Answer:
    services.delete_alias(actor=call.actor, model_name=finding.model(call).name, alias=call.text("alias"))
    return {}


def by_alias(call: Call) -> Answer:
    version = finding.by_alias(call)
    if version is None:
        raise invalid(f"Registered model alias {call.text('alias')[:255]} not found.")
    return {"model_version": shapes.version(version)}


def canonical(stage: str) -> str:
    """One of MLflow's stages, however it is written."""
    found = shapes.STAGES.get(stage.lower())
    if found is None:
        known = ", ".join(shapes.STAGES.values())
        raise invalid(f"Invalid Model Version stage: {stage[:80]}. Value must be one of {known}.")
    return found
