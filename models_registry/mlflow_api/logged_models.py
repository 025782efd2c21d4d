"""logged-models/…"""

from collections.abc import Callable

from models_registry.mlflow_api import experiments, filters, paths, runs, shapes
from models_registry.mlflow_api.calls import Call
from models_registry.mlflow_api.errors import absent, invalid
from models_registry.mlflow_api.registered_models import Answer
from models_registry.models import LoggedModel
from models_registry.services import tracking

STATES = ("", "LOGGED_MODEL_PENDING", "LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED")
SEARCHED = {"name": "name", "model_id": "model_id", "source_run_id": "run__run_id"}
EQUAL = frozenset({"="})
MOST = 100
ID = r"logged-models/(?P<model_id>m-[0-9a-f]{1,38})"


def create(call: Call) -> Answer:
    run = runs.find(call, key="source_run_id") if call.given.get("source_run_id") else None
    made = tracking.create_logged_model(
        actor=call.actor,
        experiment=experiments.find(call, call.text("experiment_id")),
        run=run,
        name=call.text("name", default="model", most=256),
        model_type=call.text("model_type", default="", most=80),
        params=call.pairs("params"),
        tags=call.pairs("tags"),
    )
    return {"model": shape(made)}


def get(call: Call, model_id: str) -> Answer:
    return {"model": shape(find(call, model_id))}


def finalize(call: Call, model_id: str) -> Answer:
    status = call.text("status")
    status = STATES[int(status)] if status.isdecimal() and int(status) < len(STATES) else status
    pk = find(call, model_id).pk
    tracking.update_logged_model(actor=call.actor, pk=pk, status=status)
    return get(call, model_id)


def set_tags(call: Call, model_id: str) -> Answer:
    pk = find(call, model_id).pk
    tracking.update_logged_model(actor=call.actor, pk=pk, tags=dict(call.pairs("tags")))
    return get(call, model_id)


def delete_tag(call: Call, model_id: str, key: str) -> Answer:
    tracking.update_logged_model(actor=call.actor, pk=find(call, model_id).pk, tags={key: None})
    return {}


def log_params(call: Call, model_id: str) -> Answer:
    pk = find(call, model_id).pk
    tracking.update_logged_model(actor=call.actor, pk=pk, params=call.pairs("params"))
    return {}


def search(call: Call) -> Answer:
    """Those of some experiments, the newest first, narrowed by name, id or run."""
    numbers = [experiments.find(call, given).pk for given in call.texts("experiment_ids")]
    found = LoggedModel.objects.select_related("run").filter(experiment__workspace=call.workspace)
    found = found.filter(experiment_id__in=numbers).order_by("-pk")
    try:
        for clause in filters.parse(call.text("filter", default=""), keys=dict.fromkeys(SEARCHED, EQUAL)):
            found = found.filter(**{SEARCHED[clause.key]: clause.value})
    except (ValueError, KeyError) as error:
        raise invalid(f"Conch searches logged models by {sorted(SEARCHED)} alone: {error}") from error
    return {"models": [shape(row) for row in found[:MOST]]}


def find(call: Call, model_id: str) -> LoggedModel:
    found = LoggedModel.objects.select_related("experiment", "run").filter(
        model_id=model_id, experiment__workspace=call.workspace
    )
    model = found.first()
    if model is None:
        raise absent(f"Logged model with ID '{model_id}'")
    return model


def shape(row: LoggedModel) -> shapes.Shape:
    return {
        "info": {
            "model_id": row.model_id,
            "experiment_id": str(row.experiment_id),
            "name": row.name,
            "creation_timestamp_ms": shapes.milliseconds(row.created_at),
            "last_updated_timestamp_ms": shapes.milliseconds(row.changed_at),
            "artifact_uri": paths.uri(paths.of_logged(row)),
            "status": row.status,
            "model_type": row.model_type,
            "source_run_id": row.run.run_id if row.run else "",
            "tags": [{"key": key, "value": value} for key, value in row.tags.items()],
        },
        "data": {"params": [{"key": key, "value": value} for key, value in row.params.items()]},
    }


BY_ID: dict[tuple[str, str], Callable[..., Answer]] = {
    ("GET", ID): get,
    ("PATCH", ID): finalize,
    ("PATCH", rf"{ID}/tags"): set_tags,
    ("DELETE", rf"{ID}/tags/(?P<key>.+)"): delete_tag,
    ("POST", rf"{ID}/params"): log_params,
}
