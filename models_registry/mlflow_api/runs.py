"""runs/…"""

import math
import time
import uuid
from typing import Any

from models_registry.mlflow_api import experiments, paths, shapes
from models_registry.mlflow_api.calls import Call
from models_registry.mlflow_api.errors import absent, invalid
from models_registry.mlflow_api.registered_models import Answer
from models_registry.models import TrackedRun
from models_registry.services import tracking

USER_TAG, NAME_TAG = "mlflow.user", "mlflow.runName"
STATES = ("", "RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED")


def create(call: Call) -> Answer:
    tags = call.pairs("tags")
    name = (call.text("run_name", default="") or tags.get(NAME_TAG, ""))[
        :250
    ] or f"run-{uuid.uuid4().hex[:6]}"
    run = tracking.create_run(
        actor=call.actor,
        experiment=experiments.find(call, call.text("experiment_id")),
        started_ms=call.integer("start_time", default=int(time.time() * 1000)),
        name=name,
        tags=tags | {USER_TAG: call.user.username, NAME_TAG: name},
    )
    return {"run": shape(run)}


def get(call: Call) -> Answer:
    return {"run": shape(find(call))}


def update(call: Call) -> Answer:
    run, status = find(call), call.text("status", default="")
    status = STATES[int(status)] if status.isdecimal() and int(status) < len(STATES) else status
    ended_ms = call.integer("end_time", default=0) or None
    name = call.text("run_name", default="", most=250)
    run = tracking.update_run(actor=call.actor, run_id=run.pk, status=status, ended_ms=ended_ms, name=name)
    return {"run_info": _info(find(call))}


def outputs(call: Call) -> Answer:
    given = [
        {"model_id": str(item.get("model_id", item.get("modelId", ""))), "step": _whole(item.get("step"))}
        for item in call.objects("models")
    ]
    tracking.log_to_run(actor=call.actor, run_id=find(call).pk, outputs=given)
    return {}


def metric_history(call: Call) -> Answer:
    """The last value of a metric, which is all that Conch keeps."""
    run, name = find(call), call.text("metric_key")
    kept = [metric for metric in shape(run)["data"]["metrics"] if metric["key"] == name]
    return {"metrics": kept}


def log_batch(call: Call) -> Answer:
    metrics = {str(item.get("key")): _measured(item) for item in call.objects("metrics")}
    params, tags = call.pairs("params"), call.pairs("tags")
    tracking.log_to_run(
        actor=call.actor, run_id=find(call).pk, metrics=metrics, params=params, tags=dict(tags)
    )
    return {}


def log_metric(call: Call) -> Answer:
    metrics = {call.text("key"): _measured(call.given)}
    tracking.log_to_run(actor=call.actor, run_id=find(call).pk, metrics=metrics)
    return {}


def log_param(call: Call) -> Answer:
    params = {call.text("key"): call.text("value", default="")}
    tracking.log_to_run(actor=call.actor, run_id=find(call).pk, params=params)
    return {}


def log_inputs(call: Call) -> Answer:
    """Datasets and old-style model notes are taken and not kept."""
    find(call)
    return {}


def set_tag(call: Call) -> Answer:
    tags = {call.text("key"): call.text("value", default="")}
    tracking.log_to_run(actor=call.actor, run_id=find(call).pk, tags=dict(tags))
    return {}


def delete_tag(call: Call) -> Answer:
    tracking.log_to_run(actor=call.actor, run_id=find(call).pk, tags={call.text("key"): None})
    return {}


def find(call: Call, *, key: str = "run_id") -> TrackedRun:
    run_id = call.text(key)
    found = TrackedRun.objects.select_related("experiment", "created_by").filter(
        run_id=run_id, experiment__workspace=call.workspace
    )
    run = found.first()
    if run is None:
        raise absent(f"Run with id={run_id[:64]}")
    return run


def shape(run: TrackedRun) -> shapes.Shape:
    measured = [
        {"key": name, "value": value, "timestamp": at_ms, "step": step}
        for name, (value, at_ms, step) in run.metrics.items()
    ]
    return {
        "info": _info(run),
        "data": {"metrics": measured, "params": _pairs(run.params), "tags": _pairs(run.tags)},
        "inputs": {},
        "outputs": {"model_outputs": run.outputs},
    }


def _info(run: TrackedRun) -> shapes.Shape:
    info: shapes.Shape = {
        "run_id": run.run_id,
        "run_uuid": run.run_id,
        "run_name": run.name,
        "experiment_id": str(run.experiment_id),
        "user_id": run.created_by.username,
        "status": run.status,
        "start_time": run.started_ms,
        "artifact_uri": paths.uri(paths.of_run(run)),
        "lifecycle_stage": "active",
    }
    return info | ({"end_time": run.ended_ms} if run.ended_ms else {})


def _pairs(values: dict[str, str]) -> list[shapes.Shape]:
    return [{"key": key, "value": value} for key, value in values.items()]


def _measured(item: dict[str, Any]) -> list[float]:
    try:
        value = float(item.get("value", 0.0))
        found = [value, _whole(item.get("timestamp")), _whole(item.get("step"))]
    except (TypeError, ValueError) as error:
        raise invalid("A metric has a number as value, timestamp and step") from error
    if not math.isfinite(value):
        raise invalid("Conch keeps finite metrics alone")
    return found


def _whole(value: object) -> int:
    """A whole number, given as a number or as text; nothing is 0."""
    try:
        return int(str(value or 0))
    except ValueError as error:
        raise invalid(f"'{str(value)[:40]}' is not a whole number") from error
