"""Where a new version comes from: which of its files Conch holds, and what its source may be."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from models_registry.mlflow_api import finding, paths, shapes
from models_registry.mlflow_api.calls import Call
from models_registry.mlflow_api.errors import invalid
from models_registry.mlflow_api.rows import VersionRow
from models_registry.models import LoggedModel, ModelVersion, StoredArtifact, TrackedRun, VersionFile
from models_registry.services.sourced import Held

LONGEST = 500
HELD_AT = "/api/2.0/mlflow-artifacts/artifacts/"
LOGGED = re.compile(r"^m-[0-9a-f]{32}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """`copied` is the version that a copy is made of."""

    uri: str
    files: tuple[Held, ...] = ()
    copied: ModelVersion | None = None
    model_id: str = ""
    run_id: str = ""


def resolve(call: Call, uri: str, *, run_id: str) -> Source:
    """The source of a version that is being created, or INVALID_PARAMETER_VALUE."""
    if not uri.strip() or len(uri) > LONGEST:
        raise invalid(f"Invalid model version source: it must have 1 to {LONGEST} characters")
    parts = urlsplit(uri)
    _refuse_outside(uri, scheme=parts.scheme, permissive=call.workspace.permissive)
    if parts.scheme == "models":
        return _of_models(call, uri, path=unquote(parts.path.lstrip("/")))
    if parts.scheme == "mlflow-artifacts":
        return Source(uri=uri, files=_files(call, paths.safe(parts.path.lstrip("/"))))
    if parts.scheme == "runs":
        run, _slash, path = unquote(parts.path.lstrip("/")).partition("/")
        if run_id and run != run_id:
            raise invalid(f"Invalid model version source: '{uri}' is not of run {run_id}")
        found = TrackedRun.objects.filter(run_id=run, experiment__workspace=call.workspace).first()
        held = _files(call, paths.safe(f"{paths.of_run(found)}/{path}")) if found else ()
        return Source(uri=uri, files=held)
    return Source(uri=uri)


def measured(call: Call, run_id: str) -> dict[str, float]:
    """The metrics of a run that Conch tracked itself."""
    if not run_id:
        return {}
    run = TrackedRun.objects.filter(run_id=run_id, experiment__workspace=call.workspace).first()
    return {name: kept[0] for name, kept in run.metrics.items()} if run else {}


def download_uri(call: Call, version: VersionRow) -> str:
    """Where a client gets the files of a version."""
    if VersionFile.objects.filter(version_id=version.pk).exists():
        return call.url(f"{HELD_AT}{paths.VERSIONS}/{version.model_name}/{version.number}")
    return version.source_uri


def _of_models(call: Call, uri: str, *, path: str) -> Source:
    if LOGGED.match(path):
        logged = LoggedModel.objects.select_related("experiment", "run").filter(
            model_id=path, experiment__workspace=call.workspace
        )
        known = logged.first()
        files = _files(call, paths.of_logged(known)) if known else ()
        run_id = known.run.run_id if known and known.run else ""
        return Source(uri=uri, files=files, model_id=path, run_id=run_id)
    name, _slash, number = path.rpartition("/")
    if not name or not number.isdecimal():
        raise invalid(f"Invalid model version source: '{uri}' names no version and no logged model")
    call.given |= {"copied_name": name, "copied_number": number}
    found = finding.version(call, name="copied_name", number="copied_number")
    copied = ModelVersion.objects.get(pk=found.pk)
    files = tuple(
        Held(path=file.path, sha256=file.sha256, size_bytes=file.size_bytes) for file in copied.files.all()
    )
    model_id = copied.tags.get(shapes.MODEL_ID_TAG, "")
    original = copied.source_uri if not files else uri
    return Source(uri=original or uri, files=files, copied=copied, model_id=model_id)


def _files(call: Call, folder: str) -> tuple[Held, ...]:
    """The files that Conch holds below a path; none when they are kept elsewhere."""
    found = StoredArtifact.objects.filter(workspace=call.workspace, path__startswith=f"{folder}/")
    return tuple(
        Held(path=row.path[len(folder) + 1 :], sha256=row.sha256, size_bytes=row.size_bytes) for row in found
    )


def _refuse_outside(uri: str, *, scheme: str, permissive: bool) -> None:
    plain = uri
    while (decoded := unquote(plain)) != plain:
        plain = decoded
    if ".." in re.split(r"[/\\]", plain) or "\\" in plain:
        raise invalid(f"Invalid model version source: '{uri[:200]}' leads out of its folder")
    if scheme in {"http", "https"}:
        raise invalid(f"Invalid model version source: '{uri[:200]}': web addresses are not accepted")
    if not permissive and (scheme == "file" or (not scheme and plain.startswith("/"))):
        raise invalid(f"Invalid model version source: '{uri[:200]}': a path of some machine is not a source")
