"""What MLflow clients are shown of models and versions."""

from datetime import datetime
from typing import Any

from models_registry.lifecycle import Stage
from models_registry.models import Inspection, ModelVersion, RegisteredModel
from models_registry.permissive import UNREVIEWED

NONE, STAGING, PRODUCTION, ARCHIVED = "None", "Staging", "Production", "Archived"
CANONICAL = {
    Stage.DRAFT: NONE,
    Stage.REGISTERED: NONE,
    Stage.REJECTED: NONE,
    Stage.TESTING: STAGING,
    Stage.AB_TESTING: STAGING,
    Stage.DEPLOYED: PRODUCTION,
    Stage.RETIRED: ARCHIVED,
}
STAGES = {name.lower(): name for name in (NONE, STAGING, PRODUCTION, ARCHIVED)}
STAGE_TAG = "conch.stage"
MODEL_ID_TAG = "conch.model_id"
HIDDEN = frozenset({MODEL_ID_TAG, UNREVIEWED})
STATUS = {
    Inspection.PENDING: "PENDING_REGISTRATION",
    Inspection.RUNNING: "PENDING_REGISTRATION",
    Inspection.FAILED: "FAILED_REGISTRATION",
}
Shape = dict[str, Any]


def version(row: ModelVersion) -> Shape:
    """A model version as `finding.shown` reads it."""
    shape = {
        "name": row.model.title,
        "version": str(row.number),
        "creation_timestamp": milliseconds(row.created_at),
        "last_updated_timestamp": milliseconds(row.changed_at),
        "user_id": row.created_by.username,
        "current_stage": CANONICAL[Stage(row.stage)],
        "description": row.notes,
        "source": row.source_uri,
        "run_id": row.run_id,
        "run_link": row.run_link,
        "status": STATUS.get(Inspection(row.inspection), "READY"),
        "status_message": _trouble(row),
        "model_id": row.tags.get(MODEL_ID_TAG, ""),
        "tags": _tags(row),
        "aliases": row.alias_names,  # type: ignore[attr-defined]
        "conch_stage": row.stage,
    }
    return {key: value for key, value in shape.items() if value not in ("", None)}


def model(row: RegisteredModel, *, latest: list[ModelVersion], aliases: dict[str, int]) -> Shape:
    """A registered model with the newest version of each stage."""
    shape = {
        "name": row.title,
        "creation_timestamp": milliseconds(row.created_at),
        "last_updated_timestamp": milliseconds(row.changed_at),
        "user_id": row.owner.username,
        "description": row.purpose,
        "latest_versions": [version(one) for one in latest],
        "tags": [{"key": key, "value": value} for key, value in row.tags.items()],
        "aliases": [{"alias": name, "version": str(number)} for name, number in aliases.items()],
        "conch_name": row.name,
        "conch_risk_tier": row.risk_tier,
    }
    return {key: value for key, value in shape.items() if value not in ("", None)}


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _tags(row: ModelVersion) -> list[Shape]:
    tags = [{"key": key, "value": value} for key, value in row.tags.items() if key not in HIDDEN]
    if not row.model.workspace.permissive:
        tags.append({"key": STAGE_TAG, "value": row.stage})
    return tags


def _trouble(row: ModelVersion) -> str:
    if row.inspection != Inspection.FAILED:
        return ""
    problem = row.inspection_problem or {}
    return f"{problem.get('detail', '')} {problem.get('hint', '')}".strip()[:500]
