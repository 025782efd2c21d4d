"""Uploads in parts: a file of any size, sent piece by piece, that goes on where it was cut off."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.authentication import api_actor
from core.errors import Invalid, missing
from models_registry import services
from models_registry.api.serializers import VersionDetailSerializer
from models_registry.models import ModelVersion, Upload, UploadPart, UploadState
from models_registry.services.uploads import PART_BYTES


class UploadSerializer(serializers.ModelSerializer[Upload]):
    parts = serializers.IntegerField(source="part_count", read_only=True)
    received = serializers.SerializerMethodField(help_text="The numbers of the parts that are here.")
    model = serializers.CharField(source="version.model.name", read_only=True)
    number = serializers.IntegerField(source="version.number", read_only=True)

    class Meta:
        model = Upload
        fields: tuple[str, ...] = (
            "id", "model", "number", "path", "size_bytes", "part_bytes", "parts", "received", "sha256",
            "fingerprint", "state", "created_at", "expires_at",
        )  # fmt: skip

    def get_received(self, upload: Upload) -> list[int]:
        return [part.number for part in upload.parts.all()]


class NewUploadSerializer(serializers.Serializer[Any]):
    path = serializers.CharField(max_length=1000, trim_whitespace=False)
    size_bytes = serializers.IntegerField(min_value=0, max_value=2**62)
    sha256 = serializers.CharField(max_length=64, default="", allow_blank=True)
    part_bytes = serializers.IntegerField(min_value=1, max_value=2**31 - 1, default=PART_BYTES)
    fingerprint = serializers.CharField(max_length=300, default="", allow_blank=True)
    alone = serializers.BooleanField(default=False)


class PartSerializer(serializers.ModelSerializer[UploadPart]):
    class Meta:
        model = UploadPart
        fields: tuple[str, ...] = ("number", "sha256", "received_at")


@extend_schema(
    parameters=[OpenApiParameter("model_name", str, "path"), OpenApiParameter("number", int, "path")]
)
class UploadsView(ListAPIView[Upload]):
    """The uploads into one draft."""

    queryset = Upload.objects.none()
    serializer_class = UploadSerializer

    def get_queryset(self) -> QuerySet[Upload]:
        """One's own that are unfinished, newest first."""
        return open_uploads(self.request).filter(
            version__model__name=self.kwargs.get("model_name"), version__number=self.kwargs.get("number")
        )

    @extend_schema(request=NewUploadSerializer, responses={201: UploadSerializer})
    def post(self, request: Request, model_name: str, number: int) -> Response:
        """Announce a file; then PUT each of its `parts`, the first being number 1, and complete it.

        Announced again with the same path, size and fingerprint (or sha256), the unfinished upload is
        given back with what it has `received`.
        """
        asked = NewUploadSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        version = ModelVersion.objects.of(model_name).filter(number=number).first()
        if version is None:
            raise missing(f"{model_name} v{number}")
        upload = services.begin_upload(
            actor=api_actor(request), version_id=version.pk, **asked.validated_data
        )
        return Response(UploadSerializer(upload).data, status=201)


@extend_schema(parameters=[OpenApiParameter("upload_id", OpenApiTypes.UUID, "path")])
class UploadView(APIView):
    """One upload."""

    @extend_schema(responses=UploadSerializer)
    def get(self, request: Request, upload_id: UUID) -> Response:
        """Which parts are here."""
        upload = open_uploads(request).filter(pk=upload_id).first()
        if upload is None:
            raise missing("upload with this id")
        return Response(UploadSerializer(upload).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, upload_id: UUID) -> Response:
        """Abort it; its parts are dropped."""
        services.abort_upload(actor=api_actor(request), upload_id=upload_id)
        return Response(status=204)


@extend_schema(
    parameters=[
        OpenApiParameter("upload_id", OpenApiTypes.UUID, "path"),
        OpenApiParameter("part", int, "path", description="From 1."),
        OpenApiParameter("sha256", str, "query", description="The part's own digest, checked on arrival."),
    ]
)
class PartView(APIView):
    """One part of an upload."""

    @extend_schema(request={"application/octet-stream": OpenApiTypes.BINARY}, responses=PartSerializer)
    def put(self, request: Request, upload_id: UUID, part: int) -> Response:
        """Send one part, in any order, as often as needed; needs Content-Length."""
        length = request.META.get("CONTENT_LENGTH", "")
        if not length.isdigit():
            raise Invalid(
                "The part does not say how large it is.", code="length-required", hint="Send Content-Length."
            )
        received = services.put_part(
            actor=api_actor(request),
            upload_id=upload_id,
            number=part,
            stream=request._request,
            declared_bytes=int(length),
            sha256=request.query_params.get("sha256", ""),
        )
        return Response(PartSerializer(received).data)


@extend_schema(parameters=[OpenApiParameter("upload_id", OpenApiTypes.UUID, "path")])
class CompleteView(APIView):
    """The end of an upload."""

    @extend_schema(request=None, responses=VersionDetailSerializer)
    def post(self, request: Request, upload_id: UUID) -> Response:
        """Check the whole and make it a file of the draft; 409 names the parts to send again."""
        version = services.complete_upload(actor=api_actor(request), upload_id=upload_id)
        return Response(VersionDetailSerializer(version).data)


def open_uploads(request: Request) -> QuerySet[Upload]:
    mine = Upload.objects.filter(
        created_by_id=request.user.pk, state=UploadState.OPEN, expires_at__gt=timezone.now()
    )
    return mine.select_related("version__model").prefetch_related("parts")
