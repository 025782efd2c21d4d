"""Search over REST: the language of the pages, any order, and pages that go on where the last one ended."""

from typing import Any, ClassVar

from django.db.models import Model, Q, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from core.errors import Invalid
from models_registry import selectors
from models_registry.models import ModelVersion
from models_registry.searching import MODELS, VERSIONS, condition
from models_registry.searching.ordering import Key, after, cursor_of, order
from models_registry.searching.targets import Target

USUAL_ROWS = 25
MOST_ROWS = 100
QUERY = "Words, or clauses like `stage IN ('testing', 'deployed') AND metrics.accuracy >= 0.9`."


def parameters(target: Target) -> list[OpenApiParameter]:
    sorts = ", ".join(target.sorts)
    return [
        OpenApiParameter("q", str, description=QUERY),
        OpenApiParameter(
            "order_by", str, description=f"Columns of {sorts}; each may end in ASC or DESC. By default "
            f"{target.default_order}.",
        ),
        OpenApiParameter("cursor", str, description="From `next` of the page before, with the same query."),
        OpenApiParameter(
            "page_size", {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": USUAL_ROWS}
        ),
    ]  # fmt: skip


class ResultPages(BasePagination):
    """Filters by `q`, orders by `order_by` and cuts by keyset: what is inserted meanwhile shifts no page."""

    target: ClassVar[Target]
    parameters: ClassVar[list[OpenApiParameter]]
    _next: str | None = None

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        """Raise Invalid (422) for a query, an order, a cursor or a size that cannot be used."""
        asked = request.query_params
        query, cursor = asked.get("q", ""), asked.get("cursor", "")
        size = _size(asked.get("page_size"))
        keys = order(asked.get("order_by", ""), self.target)
        found = queryset.filter(condition(query, self.target, looks=True))
        found = found.filter(after(cursor, keys, asked=query) if cursor else Q())
        rows = list(found.order_by(*(key.term for key in keys))[: size + 1])
        if len(rows) > size:
            self._next = self._link(request, rows[size - 1], keys, query)
        return rows[:size]

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self._next, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {
                "next": {"type": "string", "format": "uri", "nullable": True},
                "results": schema,
            },
        }

    def _link(self, request: Request, last: Model, keys: list[Key], query: str) -> str:
        cursor = cursor_of(last, keys, asked=query)
        return replace_query_param(request.build_absolute_uri(), "cursor", cursor)


class ModelPages(ResultPages):
    target = MODELS
    parameters: ClassVar[list[OpenApiParameter]] = parameters(MODELS)


class VersionPages(ResultPages):
    target = VERSIONS
    parameters: ClassVar[list[OpenApiParameter]] = parameters(VERSIONS)


class FoundVersionSerializer(serializers.ModelSerializer[ModelVersion]):
    """A version among others: what a list shows, without its files and its configuration."""

    model = serializers.CharField(source="model.name", read_only=True)
    team = serializers.CharField(source="model.team", read_only=True)
    task = serializers.CharField(source="model.task", read_only=True)
    risk_tier = serializers.CharField(source="model.risk_tier", read_only=True)
    created_by = serializers.CharField(source="created_by.username", read_only=True)
    aliases = serializers.SlugRelatedField[Any](many=True, read_only=True, slug_field="name")
    tags = serializers.DictField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = ModelVersion
        fields: tuple[str, ...] = (
            "model", "number", "stage", "stage_changed_at", "backend", "aliases", "tags", "team", "task",
            "risk_tier", "created_by", "created_at", "changed_at", "run_id", "source_uri", "inspection",
        )  # fmt: skip


class FoundVersionViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[ModelVersion]):
    """Versions of all models."""

    queryset = ModelVersion.objects.filter(deleted_at=None, model__deleted_at=None)
    serializer_class = FoundVersionSerializer
    pagination_class = VersionPages

    def get_queryset(self) -> QuerySet[ModelVersion]:
        return selectors.as_results(super().get_queryset())

    @extend_schema(parameters=VersionPages.parameters)
    def list(self, request: Request) -> Response:
        """Versions that fit a query, the last changed first unless ordered otherwise."""
        return super().list(request)


def _size(written: str | None) -> int:
    if written is None:
        return USUAL_ROWS
    if not (written.isascii() and written.isdecimal() and 1 <= int(written[:6]) <= MOST_ROWS):
        raise Invalid(
            f"page_size is a number from 1 to {MOST_ROWS}.", code="bad-page-size", hint="Leave it out for 25."
        )
    return int(written)
