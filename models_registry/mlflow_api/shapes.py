"""What MLflow clients are shown of models and versions."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from models_registry.lifecycle import Stage
from models_registry.models import Inspection
from models_registry.permissive import UNREVIEWED

if TYPE_CHECKING:
    from models_registry.mlflow_api.rows import ModelRow, VersionRow

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


def version(row: "VersionRow") -> Shape:
    """A model version."""
    tags = row.tags
    shape = {
        "name": row.title,
        "version": str(row.number),
        "creation_timestamp": row.created_ms,
        "last_updated_timestamp": row.changed_ms,
        "user_id": row.author,
        "current_stage": CANONICAL[Stage(row.stage)],
        "description": row.notes,
        "source": row.source_uri,
        "run_id": row.run_id,
        "run_link": row.run_link,
        "status": STATUS.get(Inspection(row.inspection), "READY"),
        "status_message": _trouble(row),
        "model_id": tags.get(MODEL_ID_TAG, ""),
        "tags": _tags(row, tags),
        "aliases": row.aliases,
        "conch_stage": row.stage,
    }
    return {key: value for key, value in shape.items() if value not in ("", None)}


def model(row: "ModelRow", *, latest: "list[VersionRow]") -> Shape:
    """A registered model with the newest version of each stage."""
    pointers = zip(row.aliases, row.alias_numbers, strict=True)
    shape = {
        "name": row.title,
        "creation_timestamp": row.created_ms,
        "last_updated_timestamp": row.changed_ms,
        "user_id": row.owner,
        "description": row.purpose,
        "latest_versions": [version(one) for one in latest],
        "tags": [{"key": key, "value": value} for key, value in row.tags.items()],
        "aliases": [{"alias": name, "version": str(number)} for name, number in pointers],
        "conch_name": row.name,
        "conch_risk_tier": row.risk_tier,
    }
    return {key: value for key, value in shape.items() if value not in ("", None)}


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _tags(row: "VersionRow", tags: dict[str, str]) -> list[Shape]:
    shown = [{"key": key, "value": value} for key, value in tags.items() if key not in HIDDEN]
    if not row.permissive:
        shown.append({"key": STAGE_TAG, "value": row.stage})
    return shown


def _trouble(row: "VersionRow") -> str:
    if row.inspection != Inspection.FAILED:
        return ""
    problem = row.problem
    return f"{problem.get('detail', '')} {problem.get('hint', '')}".strip()[:500]
