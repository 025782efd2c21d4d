"""Paths of artifacts: which are safe, and where runs, logged models and versions keep theirs."""

import re
from urllib.parse import unquote

from models_registry.mlflow_api.errors import invalid
from models_registry.models import LoggedModel, TrackedRun

LONGEST = 1000
# Below this, the files of registered versions are read and never written.
VERSIONS = "versions"
DRIVE = re.compile(r"^[A-Za-z]:")


def safe(path: str) -> str:
    """The path without empty parts, or INVALID_PARAMETER_VALUE: relative, decoded, nothing that climbs."""
    plain = path
    while (decoded := unquote(plain)) != plain:
        plain = decoded
    parts = [part for part in plain.split("/") if part not in {"", "."}]
    bad = plain.startswith("/") or DRIVE.match(plain) or ".." in parts
    if bad or any(mark in plain for mark in "\\#\0") or len(plain) > LONGEST:
        raise invalid(f"Invalid path: {path[:200]}")
    return "/".join(part for part in path.split("/") if part not in {"", "."})


def of_run(run: TrackedRun) -> str:
    return f"{run.experiment_id}/{run.run_id}/artifacts"


def of_logged(model: LoggedModel) -> str:
    return f"{model.experiment_id}/models/{model.model_id}/artifacts"


def uri(path: str) -> str:
    """The address that a client's own tracking server resolves."""
    return f"mlflow-artifacts:/{path}"
