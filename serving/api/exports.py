"""/api/v1/models/{name}/versions/{number}/triton.zip"""

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from core.errors import Conflict
from models_registry import artifacts, selectors
from models_registry.api.addresses import OF_VERSION
from models_registry.lifecycle import Stage
from serving.exporting import zipped


@extend_schema(parameters=OF_VERSION)
class ExportView(APIView):
    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request, model_name: str, number: int) -> StreamingHttpResponse:
        """The version as a folder of a Triton model repository, zipped; unzip it there and load it."""
        version = selectors.version(model_name, number)
        if version.stage == Stage.DRAFT:
            raise Conflict(f"{version} is a draft.", code="draft", hint="Register it first.")
        for file in version.files.all():
            artifacts.open_blob(file.sha256).close()
        response = StreamingHttpResponse(zipped(version), content_type="application/zip")
        response["Content-Disposition"] = f'attachment; filename="{version.triton_name}.zip"'
        return response
