"""/api/v1/models/{name}/as-of/"""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from models_registry import selectors
from models_registry.asof.reading import asked, model_as_of
from models_registry.asof.state import ModelState
from models_registry.asof.state import Request as Promotion

AS_OF = OpenApiParameter(
    "as_of",
    str,
    description="A date or a time in ISO 8601, in UTC unless it says otherwise; now if left out.",
)


class ApprovalSerializer(serializers.Serializer[Any]):
    by = serializers.CharField()
    at = serializers.DateTimeField()


class RequestSerializer(serializers.Serializer[Promotion]):
    label = serializers.CharField()  # type: ignore[assignment]
    verb = serializers.CharField()
    target = serializers.CharField()
    state = serializers.CharField()
    requested_by = serializers.CharField()
    requested_at = serializers.DateTimeField()
    approvals = ApprovalSerializer(many=True)


class VersionAsOfSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    stage = serializers.CharField()
    since = serializers.DateTimeField()
    by = serializers.CharField()
    reason = serializers.CharField()
    approved = RequestSerializer(allow_null=True)
    requests = RequestSerializer(many=True)


class AliasAsOfSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    number = serializers.IntegerField()
    by = serializers.CharField()
    at = serializers.DateTimeField()


class ModelAsOfSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    as_of = serializers.DateTimeField(source="at")
    deleted = serializers.BooleanField()
    facts = serializers.DictField()
    versions = serializers.SerializerMethodField()
    aliases = serializers.SerializerMethodField()
    events = serializers.IntegerField(help_text="How many events of the trail this is derived from.")
    position = serializers.IntegerField(allow_null=True, help_text="The place of the last of them.")
    erased = serializers.IntegerField(help_text="Of how many the details were erased.")

    @extend_schema_field(VersionAsOfSerializer(many=True))
    def get_versions(self, state: ModelState) -> Any:
        versions = sorted(state.versions.values(), key=lambda version: version.number)
        return VersionAsOfSerializer(versions, many=True).data

    @extend_schema_field(AliasAsOfSerializer(many=True))
    def get_aliases(self, state: ModelState) -> Any:
        aliases = sorted(state.aliases.values(), key=lambda alias: alias.name)
        return AliasAsOfSerializer(aliases, many=True).data


class ModelAsOfView(APIView):
    @extend_schema(
        parameters=[OpenApiParameter("model_name", str, "path"), AS_OF], responses=ModelAsOfSerializer
    )
    def get(self, request: Request, model_name: str) -> Response:
        """Stages, aliases and approvers of a model at a past moment, replayed from the audit trail."""
        model = selectors.model(model_name)
        at = asked(request.query_params.get("as_of", ""))
        return Response(ModelAsOfSerializer(model_as_of(model.name, at=at)).data)
