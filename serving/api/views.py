"""/api/v1/servers/, deployments/, routes/ and inference."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.authentication import api_actor
from core.errors import missing
from models_registry.models import ModelVersion
from serving import playground, services
from serving.api.serializers import (
    AnswerSerializer,
    DeploymentDetailSerializer,
    DeploymentSerializer,
    InferSerializer,
    RouteSerializer,
    RouteWishSerializer,
    ServerSerializer,
    StopSerializer,
    WantedSerializer,
)
from serving.models import Deployment, Route, TritonServer


class ServerViewSet(viewsets.ReadOnlyModelViewSet[TritonServer]):
    """Triton servers and what they last reported."""

    queryset = TritonServer.objects.all()
    serializer_class = ServerSerializer


class DeploymentViewSet(viewsets.ReadOnlyModelViewSet[Deployment]):
    """Wishes that versions be loaded, beside what is observed."""

    queryset = Deployment.objects.select_related("version__model", "server")
    serializer_class = DeploymentSerializer

    def get_queryset(self) -> QuerySet[Deployment]:
        found = Deployment.objects.select_related("version__model", "server")
        if model := self.request.query_params.get("model"):
            found = found.filter(version__model__name=model)
        return found.prefetch_related("steps") if self.action == "retrieve" else found

    def get_serializer_class(self) -> Any:
        return DeploymentDetailSerializer if self.action == "retrieve" else DeploymentSerializer

    @extend_schema(parameters=[OpenApiParameter("model", str)])
    def list(self, request: Request) -> Response:
        """List deployments, newest first."""
        return super().list(request)

    @extend_schema(request=WantedSerializer, responses=DeploymentSerializer)
    @action(detail=True, methods=["post"])
    def load(self, request: Request, pk: str) -> Response:
        """Wish the version loaded."""
        return self._want(request, wanted=True)

    @extend_schema(request=WantedSerializer, responses=DeploymentSerializer)
    @action(detail=True, methods=["post"])
    def unload(self, request: Request, pk: str) -> Response:
        """Wish the version unloaded; refused while it serves traffic."""
        return self._want(request, wanted=False)

    @extend_schema(request=None, responses=DeploymentSerializer)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """Try again now."""
        deployment = services.retry_deployment(actor=api_actor(request), deployment_id=self.get_object().pk)
        return Response(DeploymentSerializer(deployment).data)

    def _want(self, request: Request, *, wanted: bool) -> Response:
        asked = WantedSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        deployment = services.set_wanted(
            actor=api_actor(request),
            deployment_id=self.get_object().pk,
            wanted=wanted,
            **asked.validated_data,
        )
        return Response(DeploymentSerializer(deployment).data)


class RouteViewSet(viewsets.ReadOnlyModelViewSet[Route]):
    """Which version each public name answers with."""

    queryset = Route.objects.select_related("model", "server", "version__model", "observed__model")
    serializer_class = RouteSerializer
    lookup_field = "model__name"
    lookup_url_kwarg = "name"
    lookup_value_regex = "[a-z0-9_-]+"

    @extend_schema(request=RouteWishSerializer, responses=RouteSerializer)
    @action(detail=True, methods=["post"])
    def point(self, request: Request, name: str) -> Response:
        """Answer with a deployed version: a roll-back, or forward again."""
        asked = RouteWishSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        version = _version(name, asked.validated_data["number"])
        route = services.route_traffic(
            actor=api_actor(request), version_id=version.pk, reason=asked.validated_data["reason"]
        )
        return Response(RouteSerializer(route).data)

    @extend_schema(request=StopSerializer, responses=RouteSerializer)
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, name: str) -> Response:
        """Take the public name away."""
        asked = StopSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        route = services.stop_traffic(actor=api_actor(request), model_name=name, **asked.validated_data)
        return Response(RouteSerializer(route).data)


@extend_schema(parameters=[OpenApiParameter("model_name", str, "path")])
class InferViewSet(viewsets.GenericViewSet[ModelVersion]):
    """Inference on one version, for trying it out."""

    queryset = ModelVersion.objects.all()
    lookup_field = "number"
    lookup_value_regex = "[0-9]+"

    @extend_schema(request=InferSerializer, responses=AnswerSerializer)
    @action(detail=True, methods=["post"])
    def infer(self, request: Request, model_name: str, number: str) -> Response:
        """Send one request; the answer carries its latency and the server-side split."""
        asked = InferSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        version = _version(model_name, int(number))
        answer = playground.try_version(
            actor=api_actor(request), version=version, inputs=asked.validated_data["inputs"]
        )
        return Response(answer.to_json())


def _version(model_name: str, number: int) -> ModelVersion:
    version = ModelVersion.objects.of(model_name).select_related("model").filter(number=number).first()
    if version is None:
        raise missing(f"{model_name} v{number}")
    return version
