"""/api/v1/models/{name}/aliases/"""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.authentication import api_actor
from core.errors import missing
from models_registry import services
from models_registry.models import Alias, RegisteredModel

MODEL, NAME = OpenApiParameter("model_name", str, "path"), OpenApiParameter("alias", str, "path")


class AliasSerializer(serializers.ModelSerializer[Alias]):
    number = serializers.IntegerField(source="version.number", read_only=True)
    moved_by = serializers.CharField(source="moved_by.username", read_only=True)

    class Meta:
        model = Alias
        fields: tuple[str, ...] = ("name", "number", "moved_by", "moved_at")


class AliasTargetSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(min_value=1, max_value=2**31 - 1, help_text="The version's number.")


@extend_schema(parameters=[MODEL])
class AliasListView(GenericAPIView[Alias]):
    """The aliases of a model."""

    queryset = Alias.objects.select_related("version", "moved_by")
    serializer_class = AliasSerializer

    @extend_schema(responses=AliasSerializer(many=True))
    def get(self, request: Request, model_name: str) -> Response:
        """List them by name."""
        if not RegisteredModel.objects.filter(name=model_name).exists():
            raise missing(f"“{model_name}”")
        page = self.paginate_queryset(self.get_queryset().filter(model__name=model_name))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


@extend_schema(parameters=[MODEL, NAME])
class AliasView(APIView):
    """One alias."""

    @extend_schema(request=AliasTargetSerializer, responses=AliasSerializer)
    def put(self, request: Request, model_name: str, alias: str) -> Response:
        """Point it at a version; where steps are reviewed, at one that was approved for serving."""
        asked = AliasTargetSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        pointer = services.set_alias(
            actor=api_actor(request), model_name=model_name, alias=alias, **asked.validated_data
        )
        return Response(AliasSerializer(pointer).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, model_name: str, alias: str) -> Response:
        """Take it away; harmless when it is not there."""
        services.delete_alias(actor=api_actor(request), model_name=model_name, alias=alias)
        return Response(status=204)
