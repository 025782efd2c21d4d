"""/api/v1/models/{name}/versions/{number}/metrics/"""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.authentication import api_actor
from models_registry import selectors, services
from models_registry.models import VersionMetric

NAMED = [OpenApiParameter("model_name", str, "path"), OpenApiParameter("number", int, "path")]


class MetricSerializer(serializers.ModelSerializer[VersionMetric]):
    recorded_by = serializers.CharField(source="recorded_by.username", read_only=True, allow_null=True)

    class Meta:
        model = VersionMetric
        fields: tuple[str, ...] = ("name", "value", "producer", "source", "recorded_by", "recorded_at")


class NewMetricSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=250)
    value = serializers.FloatField()
    producer = serializers.CharField(max_length=250, default="", allow_blank=True)
    source = serializers.CharField(max_length=500, default="", allow_blank=True)  # type: ignore[assignment]


@extend_schema(parameters=NAMED)
class MetricView(GenericAPIView[VersionMetric]):
    """Measured numbers of a version, by name, the newest first."""

    queryset = VersionMetric.objects.select_related("recorded_by")
    serializer_class = MetricSerializer

    @extend_schema(responses=MetricSerializer(many=True))
    def get(self, request: Request, model_name: str, number: int) -> Response:
        """List them."""
        version = selectors.version(model_name, number)
        page = self.paginate_queryset(self.get_queryset().filter(version=version))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(request=NewMetricSerializer, responses={201: MetricSerializer})
    def post(self, request: Request, model_name: str, number: int) -> Response:
        """Keep one more; those of the same name stay as history."""
        asked = NewMetricSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        pk = selectors.version(model_name, number).pk
        metric = services.record_metric(actor=api_actor(request), version_id=pk, **asked.validated_data)
        return Response(MetricSerializer(metric).data, status=201)
