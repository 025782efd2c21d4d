"""/api/v1/holds/ and /api/v1/models/{name}/holds/"""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.authentication import api_actor
from models_registry import services
from models_registry.models import LegalHold


class HoldSerializer(serializers.ModelSerializer[LegalHold]):
    model_name = serializers.CharField(source="model.name", read_only=True)
    number = serializers.IntegerField(
        source="version.number",
        read_only=True,
        allow_null=True,
        default=None,
        help_text="null: the model.",
    )
    placed_by = serializers.CharField(source="placed_by.username", read_only=True)
    lifted_by = serializers.CharField(
        source="lifted_by.username", read_only=True, allow_null=True, default=None
    )

    class Meta:
        model = LegalHold
        fields: tuple[str, ...] = (
            "id", "model_name", "number", "reason", "placed_by", "placed_at", "lifted_by", "lifted_at",
            "lift_reason",
        )  # fmt: skip
        read_only_fields = fields


class NewHoldSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000)
    number = serializers.IntegerField(
        min_value=1,
        max_value=2**31 - 1,
        required=False,
        help_text="Of a version; else the model.",
    )


class LiftSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000)


class HoldViewSet(viewsets.ReadOnlyModelViewSet[LegalHold]):
    """Legal holds, also those that were lifted, the newest first."""

    queryset = LegalHold.objects.none()
    serializer_class = HoldSerializer
    lookup_value_regex = "[0-9]{1,15}"

    def get_queryset(self) -> QuerySet[LegalHold]:
        return LegalHold.objects.select_related("model", "version", "placed_by", "lifted_by").order_by("-pk")

    @extend_schema(request=LiftSerializer, responses=HoldSerializer)
    @action(detail=True, methods=["post"])
    def lift(self, request: Request, pk: str) -> Response:
        """End it; admins only."""
        asked = LiftSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        services.lift_hold(actor=api_actor(request), hold_id=int(pk), **asked.validated_data)
        return Response(HoldSerializer(self.get_object()).data)


@extend_schema(parameters=[OpenApiParameter("model_name", str, "path")])
class PlaceHoldView(APIView):
    @extend_schema(request=NewHoldSerializer, responses={201: HoldSerializer})
    def post(self, request: Request, model_name: str) -> Response:
        """Forbid deleting and purging the model, or one version of it; admins only."""
        asked = NewHoldSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        hold = services.place_hold(actor=api_actor(request), name=model_name, **asked.validated_data)
        return Response(HoldSerializer(hold).data, status=201)
