"""One's own notices over REST."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.authentication import api_actor
from core.models import Notice, User
from core.notices import inbox, preferences
from core.notices.preferences import Ways


class NoticeSerializer(serializers.ModelSerializer[Notice]):
    kind = serializers.CharField(source="event.kind", read_only=True)
    event = serializers.UUIDField(source="event_id", read_only=True)
    text = serializers.SerializerMethodField(help_text="In the language of the request.")
    url = serializers.SerializerMethodField(help_text="The page it leads to, without host; may be empty.")
    reason = serializers.CharField(source="event.audit.reason", read_only=True)
    at = serializers.DateTimeField(source="event.audit.at", read_only=True)

    class Meta:
        model = Notice
        fields = ("id", "event", "kind", "text", "url", "reason", "at", "read_at")

    def get_text(self, notice: Notice) -> str:
        return inbox.told(notice).words

    def get_url(self, notice: Notice) -> str:
        return inbox.told(notice).url


class CountSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()


class WaysSerializer(serializers.Serializer[Any]):
    in_app = serializers.BooleanField()
    email = serializers.BooleanField()


class ChoicesSerializer(serializers.Serializer[Any]):
    language = serializers.CharField(required=False, help_text="The language of e-mail.")
    kinds = serializers.DictField(child=WaysSerializer(), help_text="By the kind's name.")


class NoticeViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Notice]):
    """One's own notices, newest first."""

    queryset = Notice.objects.none()
    serializer_class = NoticeSerializer
    lookup_value_regex = r"\d+"

    def get_queryset(self) -> QuerySet[Notice]:
        if getattr(self, "swagger_fake_view", False):
            return Notice.objects.none()
        return inbox.inbox_of(_reader(self.request), unread_only="unread" in self.request.query_params)

    @extend_schema(parameters=[OpenApiParameter("unread", bool, description="Only what is unread.")])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(request=None, responses={200: NoticeSerializer})
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: str) -> Response:
        """Mark one read."""
        return Response(self.get_serializer(inbox.mark_read(user=_reader(request), notice_id=int(pk))).data)

    @extend_schema(request=None, responses={200: CountSerializer})
    @action(detail=False, methods=["post"], url_path="read-all")
    def read_all(self, request: Request) -> Response:
        """Mark all read; answers how many were unread."""
        return Response({"count": inbox.mark_all_read(user=_reader(request))})

    @extend_schema(responses={200: CountSerializer})
    @action(detail=False, methods=["get"], url_path="unread-count", pagination_class=None)
    def unread_count(self, request: Request) -> Response:
        """How many are unread, counted up to 100."""
        return Response({"count": inbox.unread_count(_reader(request))})

    @extend_schema(methods=["GET"], responses={200: ChoicesSerializer})
    @extend_schema(methods=["PUT"], request=ChoicesSerializer, responses={200: ChoicesSerializer})
    @action(detail=False, methods=["get", "put"], pagination_class=None)
    def choices(self, request: Request) -> Response:
        """How each kind reaches the caller; kinds that are left out of a PUT stay as they are."""
        if request.method == "PUT":
            asked = ChoicesSerializer(data=request.data)
            asked.is_valid(raise_exception=True)
            chosen = {name: Ways(**each) for name, each in asked.validated_data["kinds"].items()}
            language = asked.validated_data.get("language", "")
            preferences.choose(actor=api_actor(request), choices=chosen, language=language)
        user = _reader(request)
        found = {
            name: {"in_app": each.in_app, "email": each.email} for name, each in preferences.of(user).items()
        }
        return Response({"language": preferences.language_of(user), "kinds": found})


def _reader(request: Request) -> User:
    user = api_actor(request).user
    assert user is not None
    return user
