"""Raw uploads: the body is the file, read in pieces and never held whole."""

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.authentication import api_actor
from core.errors import Invalid, missing
from models_registry import artifacts, services
from models_registry.api.addresses import OF_VERSION
from models_registry.api.serializers import VersionDetailSerializer
from models_registry.models import ModelVersion, VersionFile

NAMED = [*OF_VERSION, OpenApiParameter("filename", str, "path")]


@extend_schema(parameters=NAMED)
class FileView(APIView):
    """One file of a version."""

    @extend_schema(
        request={"application/octet-stream": OpenApiTypes.BINARY}, responses=VersionDetailSerializer
    )
    def put(self, request: Request, model_name: str, number: int, filename: str = "") -> Response:
        """Upload a draft's model file; needs Content-Length. Then wait until `inspection` is settled."""
        version = ModelVersion.objects.of(model_name).filter(number=number).first()
        if version is None:
            raise missing(f"{model_name} v{number}")
        length = request.META.get("CONTENT_LENGTH", "")
        if not length.isdigit():
            raise Invalid(
                "The upload does not say how large it is.",
                code="length-required",
                hint="Send Content-Length.",
            )
        version = services.upload_file(
            actor=api_actor(request),
            version_id=version.pk,
            name=filename or request.query_params.get("filename", ""),
            stream=request._request,
            declared_bytes=int(length),
        )
        return Response(VersionDetailSerializer(version).data)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, model_name: str, number: int, filename: str = "") -> FileResponse:
        """Download one file."""
        file = VersionFile.objects.filter(
            version__model__name=model_name, version__number=number, path=filename
        ).first()
        if file is None:
            raise missing(f"file {filename} in {model_name} v{number}")
        return FileResponse(artifacts.open_blob(file.sha256), as_attachment=True, filename=file.path)
