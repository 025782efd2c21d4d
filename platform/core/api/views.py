"""Tokens over REST."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from core.accounts import create_token, revoke_token
from core.api.authentication import api_actor
from core.api.serializers import (
    NewTokenSerializer,
    TokenSecretSerializer,
    TokenSerializer,
)
from core.models import ApiToken


class TokenViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[ApiToken]):
    """One's own tokens. Making one needs a browser session: a token cannot make tokens."""

    queryset = ApiToken.objects.none()
    serializer_class = TokenSerializer
    lookup_value_regex = "[0-9]{1,15}"

    def get_queryset(self) -> QuerySet[ApiToken]:
        if getattr(self, "swagger_fake_view", False):
            return ApiToken.objects.none()
        return ApiToken.objects.filter(user=api_actor(self.request).user).select_related("workspace")

    @extend_schema(request=NewTokenSerializer, responses={201: TokenSecretSerializer})
    def create(self, request: Request) -> Response:
        asked = NewTokenSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        token, secret = create_token(actor=api_actor(request), **asked.validated_data)
        return Response({**TokenSerializer(token).data, "secret": secret}, status=201)

    @extend_schema(responses={200: TokenSerializer})
    def destroy(self, request: Request, pk: str) -> Response:
        token = revoke_token(actor=api_actor(request), token_id=int(pk))
        return Response(TokenSerializer(token).data)
