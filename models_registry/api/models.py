"""/api/v1/models/"""

from django.db.models import Count, IntegerField, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.authentication import api_actor
from models_registry import services
from models_registry.api.facts import ModelFacts
from models_registry.api.results import ModelPages
from models_registry.api.serializers import ModelSerializer, NewModelSerializer
from models_registry.models import LegalHold, ModelVersion, RegisteredModel


class ModelViewSet(
    ModelFacts,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[RegisteredModel],
):
    """Registered models."""

    queryset = RegisteredModel.objects.select_related("owner", "workspace").prefetch_related(
        "aliases__version",
        Prefetch("holds", LegalHold.objects.select_related("placed_by", "version").filter(lifted_at=None)),
    )
    pagination_class = ModelPages
    serializer_class = ModelSerializer
    lookup_field = "name"
    lookup_value_regex = "[a-z0-9_-]+"

    def get_queryset(self) -> QuerySet[RegisteredModel]:
        counted = (
            ModelVersion.objects.filter(model=OuterRef("pk"), deleted_at=None)
            .order_by()
            .values("model")
            .annotate(count=Count("pk"))
        )
        count = Coalesce(Subquery(counted.values("count")), 0, output_field=IntegerField())
        return super().get_queryset().annotate(version_count=count)

    @extend_schema(parameters=ModelPages.parameters)
    def list(self, request: Request) -> Response:
        """Models that fit a query, by name unless ordered otherwise."""
        return super().list(request)

    @extend_schema(request=NewModelSerializer, responses={201: ModelSerializer})
    def create(self, request: Request) -> Response:
        """Register a model."""
        asked = NewModelSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        model = services.register_model(actor=api_actor(request), **asked.validated_data)
        return Response(self.get_serializer(self.get_queryset().get(pk=model.pk)).data, status=201)
