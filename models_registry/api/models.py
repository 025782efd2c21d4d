"""/api/v1/models/"""

from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.authentication import api_actor
from models_registry import services
from models_registry.api.facts import ModelFacts
from models_registry.api.results import ModelPages
from models_registry.api.serializers import ModelDetailSerializer, ModelSerializer, NewModelSerializer
from models_registry.models import LegalHold, ModelVersion, RegisteredModel


class ModelViewSet(
    ModelFacts,
    mixins.ListModelMixin,
    viewsets.GenericViewSet[RegisteredModel],
):
    """Registered models."""

    queryset = RegisteredModel.objects.select_related("owner", "workspace").prefetch_related(
        "aliases__version"
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
        held = Exists(LegalHold.objects.filter(model=OuterRef("pk"), lifted_at=None))
        return super().get_queryset().annotate(version_count=count, is_held=held)

    @extend_schema(parameters=ModelPages.parameters)
    def list(self, request: Request) -> Response:
        """Models that fit a query, by name unless ordered otherwise."""
        return super().list(request)

    @extend_schema(responses=ModelDetailSerializer)
    def retrieve(self, request: Request, name: str) -> Response:
        """One model, with the legal holds that stand."""
        return Response(ModelDetailSerializer(self.get_object()).data)

    @extend_schema(request=NewModelSerializer, responses={201: ModelDetailSerializer})
    def create(self, request: Request) -> Response:
        """Register a model."""
        asked = NewModelSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        model = services.register_model(actor=api_actor(request), **asked.validated_data)
        return Response(ModelDetailSerializer(self.get_queryset().get(pk=model.pk)).data, status=201)
