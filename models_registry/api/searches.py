"""/api/v1/searches/"""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.authentication import api_actor
from models_registry import selectors, services
from models_registry.models import SavedSearch


class SearchSerializer(serializers.ModelSerializer[SavedSearch]):
    owner = serializers.CharField(source="owner.username", read_only=True)

    class Meta:
        model = SavedSearch
        fields: tuple[str, ...] = ("id", "name", "target", "query", "sort", "shared", "owner", "created_at")
        read_only_fields = fields


class NewSearchSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)
    target = serializers.ChoiceField(choices=SavedSearch.Target.choices)
    query = serializers.CharField(max_length=2000, default="", allow_blank=True)
    sort = serializers.CharField(max_length=20, default="", allow_blank=True)
    shared = serializers.BooleanField(default=False)


class SearchViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[SavedSearch]):
    """Saved searches: the caller's own and those that others share."""

    queryset = SavedSearch.objects.all()
    serializer_class = SearchSerializer
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[SavedSearch]:
        return selectors.saved_searches(api_actor(self.request).user)

    @extend_schema(request=NewSearchSerializer, responses={201: SearchSerializer})
    def create(self, request: Request) -> Response:
        """Keep a search; the same name again replaces it."""
        asked = NewSearchSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        search = services.save_search(actor=api_actor(request), **asked.validated_data)
        return Response(SearchSerializer(search).data, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Forget one of one's own, or as an admin one that is shared."""
        services.delete_search(actor=api_actor(request), search_id=int(pk))
        return Response(status=204)
