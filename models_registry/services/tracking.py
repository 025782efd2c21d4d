"""Writes of experiments, runs and logged models: what MLflow clients note down before they register."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.errors import Conflict, Invalid, missing
from models_registry.models import LoggedModel, TrackedExperiment, TrackedRun

DEFAULT_EXPERIMENT = "Default"
LOG = "version.register"
RUN_STATES = frozenset({"RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"})
MODEL_STATES = frozenset({"LOGGED_MODEL_PENDING", "LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED"})
MOST_KEYS = 5000


@transaction.atomic(durable=True)
def create_experiment(
    *, actor: Actor, workspace_id: int, name: str, tags: Mapping[str, str]
) -> TrackedExperiment:
    """Open a named group of runs; Conflict when the name is taken."""
    actor.require(LOG, workspace=workspace_id)
    try:
        with transaction.atomic():
            made = TrackedExperiment.objects.create(workspace_id=workspace_id, name=name, tags=dict(tags))
    except IntegrityError as error:
        raise Conflict(
            _("An experiment named “%(name)s” exists already.") % {"name": name}, code="name-taken"
        ) from error
    record(actor, "tracking.experiment", made, after={"name": name})
    return made


@transaction.atomic(durable=True)
def create_run(
    *,
    actor: Actor,
    experiment: TrackedExperiment,
    started_ms: int,
    name: str = "",
    tags: Mapping[str, str] | None = None,
) -> TrackedRun:
    """Begin a run."""
    actor.require(LOG, workspace=experiment.workspace_id)
    assert actor.user is not None
    run = TrackedRun.objects.create(
        experiment=experiment,
        run_id=uuid.uuid4().hex,
        name=name,
        started_ms=started_ms,
        tags=dict(tags or {}),
        created_by=actor.user,
    )
    record(actor, "tracking.run", run, after={"experiment": experiment.name, "name": name})
    return run


@transaction.atomic(durable=True)
def update_run(
    *, actor: Actor, run_id: int, status: str = "", ended_ms: int | None = None, name: str = ""
) -> TrackedRun:
    """Say how a run goes; what is empty stays."""
    run = _locked_run(run_id)
    actor.require(LOG, workspace=run.experiment.workspace_id)
    if status and status not in RUN_STATES:
        raise Invalid(_("A run is one of: %(states)s.") % {"states": ", ".join(sorted(RUN_STATES))})
    run.status, run.name = status or run.status, name or run.name
    run.ended_ms = run.ended_ms if ended_ms is None else ended_ms
    run.save(update_fields=["status", "name", "ended_ms"])
    record(actor, "tracking.run_update", run, after={"status": run.status, "name": run.name})
    return run


@transaction.atomic(durable=True)
def log_to_run(
    *,
    actor: Actor,
    run_id: int,
    metrics: Mapping[str, Sequence[float]] | None = None,
    params: Mapping[str, str] | None = None,
    tags: Mapping[str, str | None] | None = None,
    outputs: Sequence[Mapping[str, Any]] = (),
) -> TrackedRun:
    """Note numbers, parameters, tags (None takes one away) and logged models of a run."""
    run = _locked_run(run_id)
    actor.require(LOG, workspace=run.experiment.workspace_id)
    run.metrics = run.metrics | {name: list(value) for name, value in (metrics or {}).items()}
    run.params = run.params | dict(params or {})
    merged = run.tags | dict(tags or {})
    run.tags = {key: value for key, value in merged.items() if value is not None}
    run.outputs = [*run.outputs, *(dict(output) for output in outputs)]
    if max(len(run.metrics), len(run.params), len(run.tags), len(run.outputs)) > MOST_KEYS:
        raise Invalid(_("A run holds at most %(most)d of each.") % {"most": MOST_KEYS}, code="too-many-keys")
    run.save(update_fields=["metrics", "params", "tags", "outputs"])
    after = {"metrics": sorted(metrics or {}), "params": sorted(params or {}), "tags": sorted(tags or {})}
    record(actor, "tracking.log", run, after=after | {"outputs": len(outputs)})
    return run


@transaction.atomic(durable=True)
def create_logged_model(
    *,
    actor: Actor,
    experiment: TrackedExperiment,
    run: TrackedRun | None,
    name: str,
    model_type: str = "",
    params: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
) -> LoggedModel:
    """Give a model that is about to be logged its id."""
    actor.require(LOG, workspace=experiment.workspace_id)
    assert actor.user is not None
    made = LoggedModel.objects.create(
        experiment=experiment,
        run=run,
        model_id=f"m-{uuid.uuid4().hex}",
        name=name,
        model_type=model_type,
        params=dict(params or {}),
        tags=dict(tags or {}),
        created_by=actor.user,
    )
    record(actor, "tracking.model", made, after={"name": name, "run": run.run_id if run else ""})
    return made


@transaction.atomic(durable=True)
def update_logged_model(
    *,
    actor: Actor,
    pk: int,
    status: str = "",
    tags: Mapping[str, str | None] | None = None,
    params: Mapping[str, str] | None = None,
) -> LoggedModel:
    """Say how the logging went, and note tags (None takes one away) and parameters."""
    found = LoggedModel.objects.select_for_update(of=("self",)).select_related("experiment")
    model = found.get(pk=pk)
    actor.require(LOG, workspace=model.experiment.workspace_id)
    if status and status not in MODEL_STATES:
        raise Invalid(_("A logged model is one of: %(s)s.") % {"s": ", ".join(sorted(MODEL_STATES))})
    model.status = status or model.status
    merged = model.tags | dict(tags or {})
    model.tags = {key: value for key, value in merged.items() if value is not None}
    model.params = model.params | dict(params or {})
    if max(len(model.tags), len(model.params)) > MOST_KEYS:
        raise Invalid(_("A run holds at most %(most)d of each.") % {"most": MOST_KEYS}, code="too-many-keys")
    model.save()
    record(actor, "tracking.model_update", model, after={"status": model.status, "tags": sorted(tags or {})})
    return model


def _locked_run(pk: int) -> TrackedRun:
    run = (
        TrackedRun.objects.select_for_update(of=("self",)).select_related("experiment").filter(pk=pk).first()
    )
    if run is None:
        raise missing(_("run with this id"))
    return run
