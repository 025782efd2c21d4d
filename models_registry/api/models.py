"""/api/v1/models/"""

from django.db.models import Count, Q, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.authentication import api_actor
from models_registry import services
from models_registry.api.facts import ModelFacts
from models_registry.api.serializers import ModelSerializer, NewModelSerializer
from models_registry.models import RegisteredModel


class ModelViewSet(
    ModelFacts,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[RegisteredModel],
):
    """Registered models."""

    queryset = (
        RegisteredModel.objects.select_related("owner", "workspace")
        .prefetch_related("aliases__version")
        .annotate(version_count=Count("versions", filter=Q(versions__deleted_at=None)))
        .order_by("name")
    )
    serializer_class = ModelSerializer
    lookup_field = "name"
    lookup_value_regex = "[a-z0-9_-]+"

    def get_queryset(self) -> QuerySet[RegisteredModel]:
        found = super().get_queryset()
        if text := self.request.query_params.get("q"):
            found = found.filter(name__icontains=text)
        return found

    @extend_schema(parameters=[OpenApiParameter("q", str, description="Part of the name.")])
    def list(self, request: Request) -> Response:
        """List models by name."""
        return super().list(request)

    @extend_schema(request=NewModelSerializer, responses={201: ModelSerializer})
    def create(self, request: Request) -> Response:
        """Register a model."""
        asked = NewModelSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        model = services.register_model(actor=api_actor(request), **asked.validated_data)
        return Response(self.get_serializer(self.get_queryset().get(pk=model.pk)).data, status=201)
