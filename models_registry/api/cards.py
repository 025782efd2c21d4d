"""/api/v1/models/{name}/versions/{number}/card/"""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.authentication import api_actor
from core.errors import missing
from models_registry import modelcard, selectors, services
from models_registry.api.addresses import OF_VERSION
from models_registry.models import CardRevision


class CardSerializer(serializers.ModelSerializer[CardRevision]):
    author = serializers.CharField(source="author.username", read_only=True)
    approved_by = serializers.CharField(source="approved_by.username", read_only=True, default=None)
    sections = serializers.DictField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = CardRevision
        fields: tuple[str, ...] = ("number", "sections", "author", "created_at", "approved_by", "approved_at")


class NewCardSerializer(serializers.Serializer[Any]):
    sections = serializers.DictField(
        child=serializers.CharField(allow_blank=True, trim_whitespace=False),
        help_text=f"Markdown by section: {', '.join(modelcard.KEYS)}.",
    )
    based_on = serializers.IntegerField(min_value=0, help_text="The revision that was edited; 0 for none.")


class CardApprovalSerializer(serializers.Serializer[Any]):
    revision = serializers.IntegerField(min_value=1)


@extend_schema(parameters=OF_VERSION)
class CardView(APIView):
    """The model card of a version."""

    @extend_schema(responses=CardSerializer)
    def get(self, request: Request, model_name: str, number: int) -> Response:
        """The newest revision."""
        version = selectors.version(model_name, number)
        card = selectors.newest_card(version.pk)
        if card is None:
            raise missing(f"model card of {version}")
        return Response(CardSerializer(card).data)

    @extend_schema(request=NewCardSerializer, responses=CardSerializer)
    def put(self, request: Request, model_name: str, number: int) -> Response:
        """Save a new revision; refused with 409 when somebody saved another one meanwhile."""
        asked = NewCardSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        version = selectors.version(model_name, number)
        card = services.save_card(actor=api_actor(request), version_id=version.pk, **asked.validated_data)
        return Response(CardSerializer(card).data)


@extend_schema(parameters=OF_VERSION)
class CardApprovalView(APIView):
    @extend_schema(request=CardApprovalSerializer, responses=CardSerializer)
    def post(self, request: Request, model_name: str, number: int) -> Response:
        """Approve the newest revision; who wrote any of it cannot."""
        asked = CardApprovalSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        version = selectors.version(model_name, number)
        card = services.approve_card(
            actor=api_actor(request), version_id=version.pk, number=asked.validated_data["revision"]
        )
        return Response(CardSerializer(card).data)
