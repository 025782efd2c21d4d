"""/api/v1/service-accounts/"""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.accounts import create_service_account, create_token
from core.api.authentication import api_actor
from core.api.serializers import NewTokenSerializer, TokenSecretSerializer, TokenSerializer
from core.models import Kind, User
from core.roles import Role


class ServiceAccountSerializer(serializers.ModelSerializer[User]):
    held_by = serializers.CharField(source="held_by.username", read_only=True)
    roles = serializers.ListField(child=serializers.CharField(), source="role_names", read_only=True)

    class Meta:
        model = User
        fields: tuple[str, ...] = ("id", "username", "held_by", "roles", "is_active", "date_joined")
        read_only_fields = fields


class NewServiceAccountSerializer(serializers.Serializer[User]):
    username = serializers.RegexField(r"^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$")
    held_by = serializers.CharField(max_length=150, help_text="The username of who answers for it.")
    roles = serializers.ListField(child=serializers.ChoiceField(choices=Role.choices), default=list)


class ServiceAccountViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[User]):
    """Accounts of programs: no password, tokens only, and a person who answers for each."""

    queryset = User.objects.none()
    serializer_class = ServiceAccountSerializer
    lookup_value_regex = "[0-9]{1,15}"

    def get_queryset(self) -> QuerySet[User]:
        return User.objects.filter(kind=Kind.SERVICE).select_related("held_by").order_by("username")

    @extend_schema(request=NewServiceAccountSerializer, responses={201: ServiceAccountSerializer})
    def create(self, request: Request) -> Response:
        """Make one; admins only."""
        actor = api_actor(request)
        actor.require("people.manage")
        asked = NewServiceAccountSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        made = create_service_account(actor=actor, **asked.validated_data)
        return Response(ServiceAccountSerializer(made).data, status=201)

    @extend_schema(request=NewTokenSerializer, responses={201: TokenSecretSerializer})
    @action(detail=True, methods=["post"])
    def tokens(self, request: Request, pk: str) -> Response:
        """Make a token for it, as its holder or an admin, in a browser session."""
        asked = NewTokenSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        account = self.get_object()
        token, secret = create_token(actor=api_actor(request), account_id=account.pk, **asked.validated_data)
        return Response({**TokenSerializer(token).data, "secret": secret}, status=201)
