"""Webhooks, their log and its replays over REST."""

import uuid
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.authentication import api_actor
from core.errors import missing
from core.webhooks import payloads, reading, services
from core.webhooks.models import Delivery, Webhook
from core.webhooks.wanted import Wanted


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    class Meta:
        model = Webhook
        fields: tuple[str, ...] = (
            "id", "name", "url", "events", "description", "active", "failures", "hold_until",
            "created_at", "updated_at",
        )  # fmt: skip


class WebhookSecretSerializer(WebhookSerializer):
    secret = serializers.CharField(help_text="Shown in this answer only.")

    class Meta(WebhookSerializer.Meta):
        fields: tuple[str, ...] = (*WebhookSerializer.Meta.fields, "secret")


class WebhookChangeSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80, required=False)
    url = serializers.CharField(max_length=2000, required=False)
    events = serializers.ListField(child=serializers.CharField(max_length=60), required=False)
    description = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    active = serializers.BooleanField(required=False)


class NewWebhookSerializer(WebhookChangeSerializer):
    name = serializers.CharField(max_length=80)
    url = serializers.CharField(max_length=2000)
    events = serializers.ListField(child=serializers.CharField(max_length=60))
    secret = serializers.CharField(required=False, allow_blank=True, help_text="Made by Conch when left out.")


class NewSecretSerializer(serializers.Serializer[Any]):
    secret = serializers.CharField(required=False, allow_blank=True, help_text="Made by Conch when left out.")


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    class Meta:
        model = Delivery
        fields = (
            "id", "event", "event_name", "origin", "state", "tries", "due_at", "created_at", "delivered_at",
            "status_code", "took_ms", "last_error", "answer", "body",
        )  # fmt: skip


class EventNamesSerializer(serializers.Serializer[Any]):
    events = serializers.ListField(child=serializers.CharField())


class WebhookViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Webhook]):
    """Addresses that hear of events. Every post is signed: `X-MLflow-Signature` is `v1,` and the base64 of
    HMAC-SHA256, under the secret, over delivery id, timestamp and body with a dot between them."""

    queryset = Webhook.objects.none()
    serializer_class = WebhookSerializer
    lookup_value_regex = "[0-9a-f-]{36}"

    def get_queryset(self) -> QuerySet[Webhook]:
        if getattr(self, "swagger_fake_view", False):
            return Webhook.objects.none()
        return reading.webhooks(api_actor(self.request))

    @extend_schema(responses={200: WebhookSerializer})
    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(WebhookSerializer(reading.webhook(api_actor(request), known(pk))).data)

    @extend_schema(request=NewWebhookSerializer, responses={201: WebhookSecretSerializer})
    def create(self, request: Request) -> Response:
        asked = NewWebhookSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = dict(asked.validated_data)
        secret = given.pop("secret", "")
        made, secret = services.create_webhook(
            actor=api_actor(request), wanted=Wanted(**given), secret=secret
        )
        return Response({**WebhookSerializer(made).data, "secret": secret}, status=201)

    @extend_schema(request=WebhookChangeSerializer, responses={200: WebhookSerializer})
    def partial_update(self, request: Request, pk: str) -> Response:
        asked = WebhookChangeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = Wanted(**asked.validated_data)
        changed = services.edit_webhook(actor=api_actor(request), webhook_id=pk, wanted=wanted)
        return Response(WebhookSerializer(changed).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Remove it, with its log and what waits."""
        services.delete_webhook(actor=api_actor(request), webhook_id=pk)
        return Response(status=204)

    @extend_schema(request=None, responses={202: DeliverySerializer})
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:
        """Post an example of its first event, once; read the delivery for what came of it."""
        made = services.send_test(actor=api_actor(request), webhook_id=pk)
        return Response(DeliverySerializer(made).data, status=202)

    @extend_schema(request=NewSecretSerializer, responses={200: WebhookSecretSerializer})
    @action(detail=True, methods=["post"])
    def secret(self, request: Request, pk: str) -> Response:
        """Give it another secret; the answer shows it this once."""
        asked = NewSecretSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data.get("secret", "")
        webhook, secret = services.renew_secret(actor=api_actor(request), webhook_id=pk, secret=given)
        return Response({**WebhookSerializer(webhook).data, "secret": secret})

    @extend_schema(responses={200: EventNamesSerializer})
    @action(detail=False, methods=["get"], pagination_class=None)
    def events(self, request: Request) -> Response:
        """Every event that a webhook can ask for; those that MLflow has carry its names and its data."""
        api_actor(request)
        return Response({"events": payloads.names()})


WEBHOOK_ID = OpenApiParameter("webhook_id", OpenApiTypes.UUID, OpenApiParameter.PATH)


@extend_schema(parameters=[WEBHOOK_ID])
class DeliveryViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Delivery]):
    """What was posted to one webhook and what it answered, newest first."""

    queryset = Delivery.objects.none()
    serializer_class = DeliverySerializer
    lookup_value_regex = "[0-9a-f-]{36}"

    def get_queryset(self) -> QuerySet[Delivery]:
        if getattr(self, "swagger_fake_view", False):
            return Delivery.objects.none()
        return reading.deliveries(api_actor(self.request), known(self.kwargs["webhook_id"]))

    def get_object(self) -> Delivery:
        found = self.get_queryset().filter(pk=known(self.kwargs["pk"])).first()
        if found is None:
            raise missing("delivery with this id")
        return found

    @extend_schema(request=None, responses={202: DeliverySerializer})
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, webhook_id: str, pk: str) -> Response:
        """Post the same body again, as a delivery of its own."""
        made = services.replay(actor=api_actor(request), webhook_id=webhook_id, delivery_id=pk)
        return Response(DeliverySerializer(made).data, status=202)


def known(text: str) -> uuid.UUID:
    """The id in a path; one that is not an id names nothing."""
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise missing("webhook or delivery with this id") from error
