"""/api/v1/models/{name}/tags/{key}/, and the same below a version"""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.authentication import api_actor
from models_registry import selectors, services
from models_registry.services.tags import LONGEST_VALUE

MODEL, KEY = OpenApiParameter("model_name", str, "path"), OpenApiParameter("key", str, "path")
NUMBER = OpenApiParameter("number", int, "path")


class TagSerializer(serializers.Serializer[Any]):
    value = serializers.CharField(max_length=LONGEST_VALUE, allow_blank=True, trim_whitespace=False)


class TagsSerializer(serializers.Serializer[Any]):
    tags = serializers.DictField(child=serializers.CharField())


@extend_schema(parameters=[MODEL, KEY])
class ModelTagView(APIView):
    """One tag of a model."""

    @extend_schema(request=TagSerializer, responses=TagsSerializer)
    def put(self, request: Request, model_name: str, key: str) -> Response:
        """Set it; the last one who does wins."""
        value = _value(request)
        model = services.set_model_tag(actor=api_actor(request), name=model_name, key=key, value=value)
        return Response({"tags": model.tags})

    @extend_schema(responses={204: None})
    def delete(self, request: Request, model_name: str, key: str) -> Response:
        """Take it away; harmless when it is not there."""
        services.delete_model_tag(actor=api_actor(request), name=model_name, key=key)
        return Response(status=204)


@extend_schema(parameters=[MODEL, NUMBER, KEY])
class VersionTagView(APIView):
    """One tag of a version, at any stage."""

    @extend_schema(request=TagSerializer, responses=TagsSerializer)
    def put(self, request: Request, model_name: str, number: int, key: str) -> Response:
        """Set it; the last one who does wins."""
        pk, value = selectors.version(model_name, number).pk, _value(request)
        version = services.set_version_tag(actor=api_actor(request), version_id=pk, key=key, value=value)
        return Response({"tags": version.tags})

    @extend_schema(responses={204: None})
    def delete(self, request: Request, model_name: str, number: int, key: str) -> Response:
        """Take it away; harmless when it is not there."""
        pk = selectors.version(model_name, number).pk
        services.delete_version_tag(actor=api_actor(request), version_id=pk, key=key)
        return Response(status=204)


def _value(request: Request) -> str:
    asked = TagSerializer(data=request.data)
    asked.is_valid(raise_exception=True)
    return str(asked.validated_data["value"])
