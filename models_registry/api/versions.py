"""/api/v1/models/{name}/versions/"""

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.authentication import api_actor
from models_registry import modelconfig, services
from models_registry.api.serializers import (
    ConfigSerializer,
    NotesSerializer,
    PromoteSerializer,
    PromotionSerializer,
    ReasonSerializer,
    VersionDetailSerializer,
    VersionSerializer,
)
from models_registry.models import ModelVersion


@extend_schema(parameters=[OpenApiParameter("model_name", str, "path")])
class VersionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ModelVersion]):
    """Versions of a model: reads are generic, writes are verbs."""

    queryset = ModelVersion.objects.for_list_page()
    serializer_class = VersionSerializer
    lookup_field = "number"
    lookup_value_regex = "[0-9]+"

    def get_queryset(self) -> QuerySet[ModelVersion]:
        return ModelVersion.objects.for_list_page().filter(model__name=self.kwargs.get("model_name"))

    @extend_schema(responses=VersionDetailSerializer)
    def retrieve(self, request: Request, model_name: str, number: str) -> Response:
        """One version with its signature, configuration and golden answers."""
        return self._answer(self.get_object())

    @extend_schema(request=None, responses={201: VersionDetailSerializer})
    def create(self, request: Request, model_name: str) -> Response:
        """Open a draft; then upload its file, and register it."""
        version = services.create_version(actor=api_actor(request), model_name=model_name)
        return self._answer(version, status=201)

    @extend_schema(request=ConfigSerializer, responses=VersionDetailSerializer)
    @action(detail=True, methods=["put"])
    def config(self, request: Request, model_name: str, number: str) -> Response:
        """Replace a draft's config.pbtxt; refused with line and column when it is not valid."""
        asked = ConfigSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        version = services.save_config(
            actor=api_actor(request),
            version_id=self.get_object().pk,
            text=asked.validated_data["config_text"],
        )
        return self._answer(version)

    @extend_schema(request=ConfigSerializer, responses={200: dict})
    @action(detail=True, methods=["post"], url_path="config/check")
    def check_config(self, request: Request, model_name: str, number: str) -> Response:
        """Say what is wrong with a config.pbtxt without saving it."""
        asked = ConfigSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        version = self.get_object()
        problems = modelconfig.validate(
            asked.validated_data["config_text"],
            signature=version.signature,
            model_name=version.triton_name,
            backend=version.backend,
        )
        return Response({"problems": [problem.to_json() for problem in problems]})

    @extend_schema(request=NotesSerializer, responses=VersionDetailSerializer)
    @action(detail=True, methods=["put"])
    def notes(self, request: Request, model_name: str, number: str) -> Response:
        """Replace the free notes."""
        asked = NotesSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return self._answer(
            services.edit_notes(
                actor=api_actor(request), version_id=self.get_object().pk, **asked.validated_data
            )
        )

    @extend_schema(request=None, responses=VersionDetailSerializer)
    @action(detail=True, methods=["post"])
    def register(self, request: Request, model_name: str, number: str) -> Response:
        """Turn the draft into an immutable version."""
        return self._answer(
            services.register_version(actor=api_actor(request), version_id=self.get_object().pk)
        )

    @extend_schema(request=PromoteSerializer, responses={201: PromotionSerializer})
    @action(detail=True, methods=["post"])
    def promote(self, request: Request, model_name: str, number: str) -> Response:
        """Request promotion to the next stage."""
        asked = PromoteSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        promotion = services.request_promotion(
            actor=api_actor(request), version_id=self.get_object().pk, **asked.validated_data
        )
        return Response(PromotionSerializer(promotion).data, status=201)

    @extend_schema(request=ReasonSerializer, responses=VersionDetailSerializer)
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, model_name: str, number: str) -> Response:
        """End the version's life; refused while it serves traffic."""
        asked = ReasonSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return self._answer(
            services.retire_version(
                actor=api_actor(request), version_id=self.get_object().pk, **asked.validated_data
            )
        )

    def _answer(self, version: ModelVersion, status: int = 200) -> Response:
        return Response(VersionDetailSerializer(version).data, status=status)
