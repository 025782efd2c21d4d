"""mlflow-artifacts/mpu/…: one large file in parallel, retryable parts, to addresses that Conch signs."""

import uuid
from collections.abc import Callable

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from models_registry.mlflow_api import paths
from models_registry.mlflow_api.artifact_files import API
from models_registry.mlflow_api.calls import Call, unknown
from models_registry.mlflow_api.dispatch import guarded, open_to_all
from models_registry.mlflow_api.errors import ApiError, invalid
from models_registry.services import tracked_files

SALT = "conch.mlflow.part"
SIGNED_FOR_S = 24 * 3600
Step = Callable[[Call, str], HttpResponse]


@csrf_exempt
def steps(request: HttpRequest, verb: str, folder: str = "", workspace: str = "") -> HttpResponseBase:
    """POST mpu/create, mpu/complete and mpu/abort, each with the folder of the file."""
    verbs: dict[str, Step] = {"create": _create, "complete": _complete, "abort": _abort}
    return guarded(request, workspace, lambda call: _routed(call, verbs.get(verb), folder))


@csrf_exempt
def part(request: HttpRequest, token: str, workspace: str = "") -> HttpResponseBase:
    """PUT mpu/part/<token>: the bytes of one part; the answer's ETag is its SHA-256."""
    return open_to_all(request, lambda: _part(request, token))


def _routed(call: Call, step: Step | None, folder: str) -> HttpResponse:
    if step is None or call.request.method != "POST":
        raise unknown("mpu")
    return step(call, _place(call, folder))


def _create(call: Call, path: str) -> HttpResponse:
    upload = tracked_files.begin_parts(
        actor=call.actor,
        workspace_id=call.workspace.pk,
        path=path,
        part_count=call.integer("num_parts", default=1),
    )
    credentials = [
        {"part_number": number, "url": _address(call, upload.pk, number), "headers": {}}
        for number in range(1, upload.part_count + 1)
    ]
    return JsonResponse({"upload_id": str(upload.pk), "credentials": credentials})


def _complete(call: Call, path: str) -> HttpResponse:
    digests = {}
    for item in call.objects("parts"):
        number = item.get("part_number", item.get("partNumber"))
        if not isinstance(number, int):
            raise invalid("Each part needs its part_number")
        digests[number] = str(item.get("etag", "")).strip('"')
    tracked_files.complete_parts(actor=call.actor, upload_id=_id(call), path=path, digests=digests)
    return JsonResponse({})


def _abort(call: Call, path: str) -> HttpResponse:
    tracked_files.abort_parts(actor=call.actor, upload_id=_id(call))
    return JsonResponse({})


def _part(request: HttpRequest, token: str) -> HttpResponse:
    if request.method != "PUT":
        raise unknown("mpu/part")
    try:
        upload_id, number = signing.loads(token, salt=SALT, max_age=SIGNED_FOR_S)
    except signing.BadSignature as error:
        raise ApiError("PERMISSION_DENIED", "This address is not valid any more.") from error
    kept = tracked_files.put_part(upload_id=uuid.UUID(upload_id), number=number, stream=request)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if kept.size_bytes != int(length):
        raise invalid(f"The part was cut off after {kept.size_bytes} of {length} bytes")
    return HttpResponse(b"", headers={"ETag": f'"{kept.sha256}"'})


def _address(call: Call, upload_id: uuid.UUID, number: int) -> str:
    return call.url(f"{API}/mpu/part/{signing.dumps([str(upload_id), number], salt=SALT)}")


def _place(call: Call, folder: str) -> str:
    """Where the file goes: clients name it by its path on their own machine."""
    name = call.text("path").replace("\\", "/").rpartition("/")[2]
    path = paths.safe(f"{folder}/{name}" if folder else name)
    if not name or path.partition("/")[0] == paths.VERSIONS:
        raise ApiError("PERMISSION_DENIED", "The files of a registered version never change.")
    return path


def _id(call: Call) -> uuid.UUID:
    try:
        return uuid.UUID(call.text("upload_id"))
    except ValueError as error:
        raise invalid("upload_id is not one of ours") from error
