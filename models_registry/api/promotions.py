"""/api/v1/promotions/"""

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.authentication import api_actor
from models_registry import services
from models_registry.api.serializers import (
    CommentSerializer,
    DelegateSerializer,
    NewCommentSerializer,
    PromotionSerializer,
    ReasonSerializer,
    VerdictSerializer,
)
from models_registry.models import PromotionRequest, PromotionState


class PromotionViewSet(viewsets.ReadOnlyModelViewSet[PromotionRequest]):
    """Promotion requests, newest first."""

    queryset = PromotionRequest.objects.select_related(
        "version__model", "requested_by", "assigned_to", "policy_version"
    ).prefetch_related("reviews__reviewer", "comments__author")
    serializer_class = PromotionSerializer

    def get_queryset(self) -> QuerySet[PromotionRequest]:
        found = super().get_queryset()
        if state := self.request.query_params.get("state"):
            found = found.filter(state=state)
        return found

    @extend_schema(parameters=[OpenApiParameter("state", str, enum=PromotionState.values)])
    def list(self, request: Request) -> Response:
        """List promotion requests."""
        return super().list(request)

    @extend_schema(request=VerdictSerializer, responses=PromotionSerializer)
    @action(detail=True, methods=["post"])
    def review(self, request: Request, pk: str) -> Response:
        """Approve, request changes or reject; nobody decides on what they made or requested."""
        asked = VerdictSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        promotion = services.review_promotion(
            actor=api_actor(request), promotion_id=self.get_object().pk, **asked.validated_data
        )
        return Response(self.get_serializer(promotion).data)

    @extend_schema(request=ReasonSerializer, responses=PromotionSerializer)
    @action(detail=True, methods=["post"])
    def resubmit(self, request: Request, pk: str) -> Response:
        """Ask again with the content, evidence and policy of now; verdicts given so far are void."""
        asked = ReasonSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        found = self.get_object().pk
        services.resubmit_promotion(actor=api_actor(request), promotion_id=found, **asked.validated_data)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=DelegateSerializer, responses=PromotionSerializer)
    @action(detail=True, methods=["post"])
    def delegate(self, request: Request, pk: str) -> Response:
        """Hand it to another reviewer; never to somebody who made what is reviewed."""
        asked = DelegateSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        found = self.get_object().pk
        services.delegate_promotion(actor=api_actor(request), promotion_id=found, **asked.validated_data)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=NewCommentSerializer, responses={201: CommentSerializer})
    @action(detail=True, methods=["post"])
    def comment(self, request: Request, pk: str) -> Response:
        """Say something about it, about another comment, or about a line of the configuration."""
        asked = NewCommentSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        found = self.get_object().pk
        made = services.comment_on(actor=api_actor(request), promotion_id=found, **asked.validated_data)
        return Response(CommentSerializer(made).data, status=201)

    @extend_schema(request=None, responses=PromotionSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Take one's own open request back."""
        promotion = services.withdraw_promotion(actor=api_actor(request), promotion_id=self.get_object().pk)
        return Response(self.get_serializer(promotion).data)
