"""/api/v1/policies/"""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.authentication import api_actor
from models_registry import rehearsal, services
from models_registry.models import GatePolicy


class PolicySerializer(serializers.ModelSerializer[GatePolicy]):
    author = serializers.CharField(source="author.username", read_only=True, allow_null=True)
    proposed_by = serializers.CharField(source="proposed_by.username", read_only=True, allow_null=True)
    published_by = serializers.CharField(source="published_by.username", read_only=True, allow_null=True)
    rules = serializers.JSONField(read_only=True)

    class Meta:
        model = GatePolicy
        fields: tuple[str, ...] = (
            "id", "number", "state", "note", "author", "proposed_by", "published_by", "created_at",
            "proposed_at", "published_at", "rules",
        )  # fmt: skip


class NewPolicySerializer(serializers.Serializer[Any]):
    rules = serializers.DictField(help_text="The whole document; start from that of the published policy.")
    note = serializers.CharField(max_length=4000, allow_blank=True, default="")


class OutcomeSerializer(serializers.Serializer[Any]):
    subject = serializers.CharField()
    model = serializers.CharField()
    number = serializers.IntegerField()
    stage = serializers.CharField()
    kind = serializers.ChoiceField(choices=["version", "request"])
    tier_before = serializers.CharField()
    tier_after = serializers.CharField()
    failing = serializers.ListField(child=serializers.CharField())
    changes = serializers.ListField(child=serializers.CharField())


class PolicyViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[GatePolicy]):
    """Gate policies: drafts first, then published ones, the newest first."""

    queryset = GatePolicy.objects.select_related("author", "proposed_by", "published_by")
    serializer_class = PolicySerializer

    @extend_schema(request=NewPolicySerializer, responses={201: PolicySerializer})
    def create(self, request: Request) -> Response:
        """Begin a draft."""
        policy = services.draft_policy(actor=api_actor(request), **_asked(request))
        return Response(self.get_serializer(policy).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=NewPolicySerializer, responses=PolicySerializer)
    def update(self, request: Request, pk: str) -> Response:
        """Change one's own draft; a proposal becomes a draft again."""
        found = self.get_object().pk
        policy = services.save_policy(actor=api_actor(request), policy_id=found, **_asked(request))
        return Response(self.get_serializer(policy).data)

    @extend_schema(request=None, responses=PolicySerializer)
    @action(detail=True, methods=["post"])
    def propose(self, request: Request, pk: str) -> Response:
        """Ask another admin to publish one's own draft."""
        policy = services.propose_policy(actor=api_actor(request), policy_id=self.get_object().pk)
        return Response(self.get_serializer(policy).data)

    @extend_schema(request=None, responses=PolicySerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str) -> Response:
        """Make a proposal the policy that holds; its author cannot."""
        policy = services.publish_policy(actor=api_actor(request), policy_id=self.get_object().pk)
        return Response(self.get_serializer(policy).data)

    @extend_schema(request=None, responses=PolicySerializer)
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, pk: str) -> Response:
        """Give up a draft or a proposal."""
        policy = services.discard_policy(actor=api_actor(request), policy_id=self.get_object().pk)
        return Response(self.get_serializer(policy).data)

    @extend_schema(responses=OutcomeSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def rehearsal(self, request: Request, pk: str) -> Response:
        """What this policy would change for live versions and open requests."""
        found = [outcome.to_json() for outcome in rehearsal.rehearse(self.get_object())]
        return Response(OutcomeSerializer(found, many=True).data)


def _asked(request: Request) -> dict[str, Any]:
    asked = NewPolicySerializer(data=request.data)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)
