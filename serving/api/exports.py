"""/api/v1/models/{name}/versions/{number}/triton.zip"""

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from core.errors import Conflict, missing
from models_registry import artifacts
from models_registry.lifecycle import Stage
from models_registry.models import ModelVersion
from serving.exporting import zipped

NAMED = [OpenApiParameter("model_name", str, "path"), OpenApiParameter("number", int, "path")]


@extend_schema(parameters=NAMED)
class ExportView(APIView):
    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request, model_name: str, number: int) -> StreamingHttpResponse:
        """The version as a folder of a Triton model repository, zipped; unzip it there and load it."""
        found = ModelVersion.objects.of(model_name).filter(number=number)
        version = found.select_related("model").prefetch_related("files").first()
        if version is None:
            raise missing(f"{model_name} v{number}")
        if version.stage == Stage.DRAFT:
            raise Conflict(f"{version} is a draft.", code="draft", hint="Register it first.")
        for file in version.files.all():
            artifacts.path_of(file.sha256)
        response = StreamingHttpResponse(zipped(version), content_type="application/zip")
        response["Content-Disposition"] = f'attachment; filename="{version.triton_name}.zip"'
        return response
