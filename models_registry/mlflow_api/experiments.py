"""experiments/…"""

from django.db.models import Q

from models_registry.mlflow_api import paths, shapes
from models_registry.mlflow_api.calls import Call
from models_registry.mlflow_api.errors import absent
from models_registry.mlflow_api.registered_models import Answer
from models_registry.models import TrackedExperiment
from models_registry.services import tracking

# The id by which clients call the experiment of whoever names none.
DEFAULT_ID = "0"
MOST = 1000


def create(call: Call) -> Answer:
    name, tags = call.text("name", most=256), call.pairs("tags")
    made = tracking.create_experiment(actor=call.actor, workspace_id=call.workspace.pk, name=name, tags=tags)
    return {"experiment_id": str(made.pk)}


def get(call: Call) -> Answer:
    return {"experiment": shape(find(call, call.text("experiment_id")))}


def by_name(call: Call) -> Answer:
    name = call.text("experiment_name")
    if name == tracking.DEFAULT_EXPERIMENT:
        return {"experiment": shape(find(call, DEFAULT_ID))}
    found = TrackedExperiment.objects.filter(workspace=call.workspace, name=name).first()
    if found is None:
        raise absent(f"Experiment with name '{name[:300]}'")
    return {"experiment": shape(found)}


def search(call: Call) -> Answer:
    """All of them, newest first; filters are not read here."""
    found = TrackedExperiment.objects.filter(workspace=call.workspace).order_by("-pk")[:MOST]
    return {"experiments": [shape(row) for row in found]}


def find(call: Call, given: str) -> TrackedExperiment:
    """An experiment of this workspace; the default one is made when it is first asked for."""
    named = Q(name=tracking.DEFAULT_EXPERIMENT) if given == DEFAULT_ID else Q(pk=_number(given))
    found = TrackedExperiment.objects.filter(named, workspace=call.workspace).first()
    if found is None and given == DEFAULT_ID:
        name = tracking.DEFAULT_EXPERIMENT
        return TrackedExperiment.objects.get_or_create(workspace=call.workspace, name=name)[0]
    if found is None:
        raise absent(f"Experiment with id={given[:40]}")
    return found


def shape(row: TrackedExperiment) -> shapes.Shape:
    return {
        "experiment_id": str(row.pk),
        "name": row.name,
        "artifact_location": paths.uri(str(row.pk)),
        "lifecycle_stage": "active",
        "creation_time": shapes.milliseconds(row.created_at),
        "last_update_time": shapes.milliseconds(row.changed_at),
        "tags": [{"key": key, "value": value} for key, value in row.tags.items()],
    }


def _number(given: str) -> int:
    if not given.isdecimal() or len(given) > 18:
        raise absent(f"Experiment with id={given[:40]}")
    return int(given)
