"""Raw uploads: the body is the file, read in pieces and never held whole."""

from pathlib import Path

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.authentication import api_actor
from core.errors import Invalid, missing
from models_registry import services
from models_registry.api import downloads
from models_registry.api.addresses import OF_VERSION
from models_registry.api.serializers import VersionDetailSerializer
from models_registry.models import ModelVersion, VersionFile

NAMED = [
    *OF_VERSION,
    OpenApiParameter("filename", str, "path", description="A path inside the version, like `weights/a.bin`."),
]


@extend_schema(parameters=NAMED)
class FileView(APIView):
    """One file of a version."""

    @extend_schema(
        request={"application/octet-stream": OpenApiTypes.BINARY}, responses=VersionDetailSerializer
    )
    def put(self, request: Request, model_name: str, number: int, filename: str = "") -> Response:
        """Put one file into a draft, in place of what stands at its path; `?alone=true` replaces all files.

        Needs Content-Length. Then wait until `inspection` is settled.
        """
        version = _version(model_name, number)
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
            alone=request.query_params.get("alone") == "true",
        )
        return Response(VersionDetailSerializer(version).data)

    @extend_schema(responses=VersionDetailSerializer)
    def delete(self, request: Request, model_name: str, number: int, filename: str = "") -> Response:
        """Take one file out of a draft."""
        version = services.remove_file(
            actor=api_actor(request), version_id=_version(model_name, number).pk, name=filename
        )
        return Response(VersionDetailSerializer(version).data)

    @extend_schema(
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            (206, "application/octet-stream"): OpenApiTypes.BINARY,
        },
        parameters=[
            OpenApiParameter("Range", str, "header", description="One span, like `bytes=0-1023`."),
            OpenApiParameter("If-Range", str, "header", description="The ETag that the span belongs to."),
        ],
    )
    def get(self, request: Request, model_name: str, number: int, filename: str = "") -> HttpResponseBase:
        """Download one file, or one span of it; the ETag is its SHA-256."""
        file = VersionFile.objects.filter(
            version__model__name=model_name, version__number=number, path=filename
        ).first()
        if file is None:
            raise missing(f"file {filename} in {model_name} v{number}")
        return downloads.answer(
            request._request, sha256=file.sha256, size_bytes=file.size_bytes, filename=Path(file.path).name
        )


@extend_schema(exclude=True)
class BareFileView(FileView):
    """The same without the last slash: `curl -T net.onnx …/files/` names the file that way."""


class NamedInQueryView(APIView):
    """Where the name is in the query: a browser's form does not know it beforehand."""

    @extend_schema(
        operation_id="models_versions_files_upload",
        parameters=[*NAMED[:2], OpenApiParameter("filename", str, required=True)],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses=VersionDetailSerializer,
    )
    def put(self, request: Request, model_name: str, number: int) -> Response:
        """Upload a draft's model file, named in the query."""
        return FileView().put(request, model_name, number)


def _version(model_name: str, number: int) -> ModelVersion:
    version = ModelVersion.objects.of(model_name).filter(number=number).first()
    if version is None:
        raise missing(f"{model_name} v{number}")
    return version
