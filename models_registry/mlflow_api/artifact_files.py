"""mlflow-artifacts/…: files by path, streamed both ways."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from django.core import signing
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt

from models_registry import artifacts
from models_registry.mlflow_api import finding, paths
from models_registry.mlflow_api.calls import Call, unknown
from models_registry.mlflow_api.dispatch import guarded, open_to_all
from models_registry.mlflow_api.errors import ApiError, absent, invalid
from models_registry.models import StoredArtifact, VersionFile
from models_registry.services import tracked_files

API = "/api/2.0/mlflow-artifacts"
SALT = "conch.mlflow.download"
SIGNED_FOR_S = 3600
RANGE = re.compile(r"^bytes=(\d+)-(\d*)$")


@dataclass(frozen=True, slots=True)
class Found:
    name: str
    sha256: str
    size_bytes: int


@csrf_exempt
def listed(request: HttpRequest, workspace: str = "") -> HttpResponseBase:
    """GET artifacts?path=: what lies directly in a folder."""
    return guarded(request, workspace, _list)


@csrf_exempt
def one(request: HttpRequest, path: str, workspace: str = "") -> HttpResponseBase:
    """GET, PUT and DELETE artifacts/<path>"""
    verbs = {"GET": _download, "PUT": _upload, "DELETE": _delete}
    verb = verbs.get(request.method or "")
    if verb is None:
        return guarded(request, workspace, lambda call: _refuse(unknown(path)))
    return guarded(request, workspace, lambda call: verb(call, path))


@csrf_exempt
def presigned(request: HttpRequest, path: str, workspace: str = "") -> HttpResponseBase:
    """GET presigned/<path>: an address for reading the file in ranges, without credentials, for an hour."""
    return guarded(request, workspace, lambda call: _presigned(call, path))


@csrf_exempt
def of_version(request: HttpRequest, workspace: str = "") -> HttpResponseBase:
    """GET model-versions/get-artifact?name=&version=&path=: one file of a version that Conch holds."""
    return guarded(request, workspace, _of_version)


def signed(request: HttpRequest, token: str, workspace: str = "") -> HttpResponseBase:
    """GET signed/<token>: the file that the token was made for."""
    return open_to_all(request, lambda: _signed(request, token))


def _list(call: Call) -> HttpResponse:
    if call.request.method != "GET":
        raise unknown("artifacts")
    folder = paths.safe(call.text("path", default=""))
    files: dict[str, int] = {}
    folders: set[str] = set()
    for path, size in _below(call, folder):
        name, deeper, _rest = path.partition("/")
        if deeper:
            folders.add(name)
        else:
            files[name] = size
    shown: list[dict[str, object]] = [{"path": name, "is_dir": True} for name in sorted(folders)]
    shown += [{"path": name, "is_dir": False, "file_size": size} for name, size in sorted(files.items())]
    return JsonResponse({"files": shown})


def _below(call: Call, folder: str) -> Iterator[tuple[str, int]]:
    """Paths relative to a folder, with their sizes in bytes."""
    place = _in_version(call, folder)
    rows: Iterable[tuple[str, int]]
    if place is not None:
        found, inner = place
        rows = found.values_list("path", "size_bytes")
    else:
        inner = folder
        stored = StoredArtifact.objects.filter(workspace=call.workspace)
        rows = stored.filter(path__startswith=f"{inner}/" if inner else "").values_list("path", "size_bytes")
    for path, size in rows:
        if not inner:
            yield path, size
        elif path.startswith(f"{inner}/"):
            yield path[len(inner) + 1 :], size


def _in_version(call: Call, path: str) -> tuple[QuerySet[VersionFile], str] | None:
    """The files of the version that a path leads into, and the path inside it; else None."""
    parts = path.split("/", 3)
    if parts[0] != paths.VERSIONS:
        return None
    if len(parts) < 3 or not parts[2].isdecimal() or len(parts[2]) > 9:
        raise absent(f"Artifact {path[:200]}")
    found = VersionFile.objects.filter(
        version__model__name=parts[1],
        version__model__workspace=call.workspace,
        version__number=int(parts[2]),
        version__deleted_at=None,
    )
    return found, parts[3] if len(parts) > 3 else ""


def _find(call: Call, path: str) -> Found:
    """The file at a path; INVALID_PARAMETER_VALUE for a folder."""
    path = paths.safe(path)
    place = _in_version(call, path)
    row: VersionFile | StoredArtifact | None
    if place is not None:
        row = place[0].filter(path=place[1]).first()
    else:
        row = StoredArtifact.objects.filter(workspace=call.workspace, path=path).first()
    if row is None and next(_below(call, path), None) is not None:
        raise invalid(f"{path[:200]} is a folder")
    if row is None:
        raise absent(f"Artifact {path[:200]}")
    return Found(path.rpartition("/")[2], row.sha256, row.size_bytes)


def _of_version(call: Call) -> HttpResponseBase:
    if call.request.method != "GET":
        raise unknown("model-versions/get-artifact")
    version = finding.version(call)
    place = f"{paths.VERSIONS}/{version.model_name}/{version.number}"
    return _download(call, f"{place}/{paths.safe(call.text('path'))}")


def _download(call: Call, path: str) -> HttpResponseBase:
    return _streamed(call.request, _find(call, path))


def _upload(call: Call, path: str) -> HttpResponse:
    if path.endswith("/"):
        raise invalid("A file's path does not end with a slash")
    tracked_files.put_file(
        actor=call.actor,
        workspace_id=call.workspace.pk,
        path=_writable(path),
        stream=call.request,
        declared_bytes=int(call.request.META.get("CONTENT_LENGTH") or 0),
    )
    return HttpResponse(b"", content_type="application/json")


def _delete(call: Call, path: str) -> HttpResponse:
    tracked_files.delete_files(actor=call.actor, workspace_id=call.workspace.pk, path=_writable(path))
    return JsonResponse({})


def _writable(path: str) -> str:
    found = paths.safe(path)
    if not found:
        raise invalid("The path is empty")
    if found.partition("/")[0] == paths.VERSIONS:
        raise ApiError("PERMISSION_DENIED", "The files of a registered version never change.")
    return found


def _presigned(call: Call, path: str) -> HttpResponse:
    found = _find(call, path)
    token = signing.dumps([found.name, found.sha256, found.size_bytes], salt=SALT)
    url = call.url(f"{API}/signed/{token}")
    return JsonResponse({"url": url, "headers": {}, "file_size": found.size_bytes})


def _signed(request: HttpRequest, token: str) -> HttpResponseBase:
    try:
        name, sha256, size_bytes = signing.loads(token, salt=SALT, max_age=SIGNED_FOR_S)
    except signing.BadSignature as error:
        raise ApiError("PERMISSION_DENIED", "This address is not valid any more.") from error
    return _streamed(request, Found(name, sha256, size_bytes))


def _streamed(request: HttpRequest, found: Found) -> HttpResponseBase:
    """The whole file, or the one range that is asked for."""
    asked, end = RANGE.match(request.headers.get("Range", "")), found.size_bytes - 1
    first, last = (int(asked[1]), min(int(asked[2] or end), end)) if asked else (0, end)
    if asked and first > last:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{found.size_bytes}"})
    body: Iterator[bytes] = iter(())
    if found.size_bytes:
        body = artifacts.read(found.sha256, start=first, length=last - first + 1)
    response = StreamingHttpResponse(
        body, status=206 if asked else 200, content_type="application/octet-stream"
    )
    response["Content-Length"] = str(last - first + 1)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = f'"{found.sha256}"'
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.name, safe='')}"
    if asked:
        response["Content-Range"] = f"bytes {first}-{last}/{found.size_bytes}"
    return response


def _refuse(error: ApiError) -> HttpResponse:
    raise error
