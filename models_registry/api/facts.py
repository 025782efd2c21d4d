"""What /api/v1/models/ and its versions let change: facts, and whether they are there at all."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.authentication import api_actor
from models_registry import services
from models_registry.api.serializers import ModelDetailSerializer, VersionDetailSerializer
from models_registry.models import RegisteredModel
from models_registry.services.facts import TEXTS


class ModelFactsSerializer(serializers.Serializer[Any]):
    """Every field is optional; what is left out stays as it is."""

    display_name = serializers.CharField(
        required=False, allow_blank=True, max_length=TEXTS["display_name"], help_text="What people call it."
    )
    purpose = serializers.CharField(required=False, allow_blank=True, max_length=TEXTS["purpose"])
    intended_use = serializers.CharField(required=False, allow_blank=True, max_length=TEXTS["intended_use"])
    limits = serializers.CharField(required=False, allow_blank=True, max_length=TEXTS["limits"])
    task = serializers.CharField(required=False, allow_blank=True, max_length=TEXTS["task"])
    team = serializers.CharField(required=False, allow_blank=True, max_length=TEXTS["team"])
    next_review_on = serializers.DateField(required=False, allow_null=True)


class ModelFacts:
    """Mixed into the view set of models."""

    @extend_schema(request=ModelFactsSerializer, responses=ModelDetailSerializer)
    def partial_update(self, request: Request, name: str) -> Response:
        """Change what is said about a model; its `name` never changes."""
        asked = ModelFactsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        services.edit_model(actor=api_actor(request), name=name, **asked.validated_data)
        return self._shown(name)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, name: str) -> Response:
        """Delete a model and its versions; refused while one serves traffic. Rows and names are kept."""
        services.delete_model(actor=api_actor(request), name=name)
        return Response(status=204)

    @extend_schema(request=None, responses=ModelDetailSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, name: str) -> Response:
        """Bring a deleted model back, without its aliases; for operators and admins."""
        services.restore_model(actor=api_actor(request), name=name)
        return self._shown(name)

    def _shown(self, name: str) -> Response:
        found: RegisteredModel = self.get_queryset().get(name=name)  # type: ignore[attr-defined]
        return Response(ModelDetailSerializer(found).data)


class VersionFacts:
    """Mixed into the view set of versions."""

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, model_name: str, number: str) -> Response:
        """Delete a version; refused while it serves traffic. Its number is not given again."""
        version = self.get_object()  # type: ignore[attr-defined]
        services.delete_version(actor=api_actor(request), version_id=version.pk)
        return Response(status=204)

    @extend_schema(request=None, responses=VersionDetailSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, model_name: str, number: str) -> Response:
        """Bring a deleted version back, without its aliases; for operators and admins."""
        version = services.restore_version(
            actor=api_actor(request), model_name=model_name, number=int(number)
        )
        return Response(VersionDetailSerializer(version).data)
