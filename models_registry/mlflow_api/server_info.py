"""What this server can do, for clients that ask first."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

# The API whose shapes are answered.
VERSION = "3.17.2"


@require_GET
def health(request: HttpRequest, workspace: str = "") -> HttpResponse:
    return HttpResponse("OK", content_type="text/plain")


@require_GET
def version(request: HttpRequest, workspace: str = "") -> HttpResponse:
    return HttpResponse(VERSION, content_type="text/plain")


@require_GET
def server_info(request: HttpRequest, workspace: str = "") -> JsonResponse:
    return JsonResponse(
        {
            "store_type": "SqlStore",
            "workspaces_enabled": True,
            "multipart_uploads_enabled": True,
            "multipart_downloads_enabled": True,
            "trace_archival_enabled": False,
            "presigned_upload_run_id_supported": False,
            "presigned_upload_model_id_supported": False,
            "features_enabled": [],
        }
    )
