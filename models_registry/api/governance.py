"""/api/v1/findings/, /api/v1/overrides/, /api/v1/override-grants/ and the risk answers of a model."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.authentication import api_actor
from models_registry import figures, gates, selectors, services
from models_registry.lifecycle import PROMOTIONS
from models_registry.models import (
    Finding,
    FindingState,
    Override,
    OverrideGrant,
    OverrideVerdict,
    RegisteredModel,
    Severity,
)

NAMED = [OpenApiParameter("model_name", str, "path"), OpenApiParameter("number", int, "path")]


class FindingSerializer(serializers.ModelSerializer[Finding]):
    model = serializers.CharField(source="version.model.name", read_only=True)
    number = serializers.IntegerField(source="version.number", read_only=True)
    owner = serializers.CharField(source="owner.username", read_only=True)
    raised_by = serializers.CharField(source="raised_by.username", read_only=True, allow_null=True)
    decided_by = serializers.CharField(source="decided_by.username", read_only=True, allow_null=True)

    class Meta:
        model = Finding
        fields: tuple[str, ...] = (
            "id", "model", "number", "promotion", "is_condition", "title", "detail", "severity", "state",
            "owner", "due_on", "raised_by", "raised_at", "decided_by", "decided_at", "resolution",
        )  # fmt: skip


class NewFindingSerializer(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=200)
    severity = serializers.ChoiceField(choices=Severity.choices)
    due_on = serializers.DateField()
    detail = serializers.CharField(max_length=4000, default="", allow_blank=True)
    owner = serializers.CharField(max_length=150, default="", allow_blank=True, help_text="A user name.")
    promotion_id = serializers.IntegerField(required=False, allow_null=True, default=None)


class ResolutionSerializer(serializers.Serializer[Any]):
    resolution = serializers.CharField(max_length=4000)


class OverrideSerializer(serializers.ModelSerializer[Override]):
    model = serializers.CharField(source="version.model.name", read_only=True)
    number = serializers.IntegerField(source="version.number", read_only=True)
    used_by = serializers.CharField(source="used_by.username", read_only=True)
    reviewed_by = serializers.CharField(source="reviewed_by.username", read_only=True, allow_null=True)
    is_overdue = serializers.BooleanField(read_only=True)

    class Meta:
        model = Override
        fields: tuple[str, ...] = (
            "id", "model", "number", "verb", "from_stage", "to_stage", "reason", "failed_gates",
            "used_by", "used_at", "ends_at", "review_due_at", "is_overdue", "verdict",
            "reviewed_by", "reviewed_at", "comment",
        )  # fmt: skip


class UseOverrideSerializer(serializers.Serializer[Any]):
    verb = serializers.ChoiceField(choices=sorted(PROMOTIONS))
    reason = serializers.CharField(max_length=4000)
    hours = serializers.IntegerField(min_value=1, max_value=72, default=24)


class JudgeSerializer(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(choices=OverrideVerdict.choices)
    comment = serializers.CharField(max_length=4000)


class GrantSerializer(serializers.ModelSerializer[OverrideGrant]):
    user = serializers.CharField(source="user.username", read_only=True)
    granted_by = serializers.CharField(source="granted_by.username", read_only=True)

    class Meta:
        model = OverrideGrant
        fields: tuple[str, ...] = (
            "id", "user", "granted_by", "reason", "granted_at", "expires_at", "revoked_at",
        )  # fmt: skip


class NewGrantSerializer(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    days = serializers.IntegerField(min_value=1, max_value=90)
    reason = serializers.CharField(max_length=4000)


class RiskSerializer(serializers.Serializer[Any]):
    answers = serializers.DictField(child=serializers.CharField(max_length=80))


class RiskStateSerializer(RiskSerializer):
    risk_tier = serializers.CharField()
    policy = serializers.CharField()
    questions = serializers.JSONField()


class PeriodicSerializer(serializers.Serializer[Any]):
    comment = serializers.CharField(max_length=4000)


class DueSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    next_review_on = serializers.DateField()


class PairSerializer(serializers.Serializer[Any]):
    requester = serializers.CharField()
    reviewer = serializers.CharField()
    approvals = serializers.IntegerField()
    share = serializers.FloatField()


class FiguresSerializer(serializers.Serializer[Any]):
    decided = serializers.IntegerField()
    lead_hours = serializers.DictField(child=serializers.FloatField())
    overdue_requests = serializers.IntegerField()
    overdue_findings = serializers.IntegerField()
    overdue_reviews = serializers.IntegerField()
    overrides = serializers.IntegerField()
    overrides_unjudged = serializers.IntegerField()
    pairs = PairSerializer(many=True)


class FindingViewSet(viewsets.ReadOnlyModelViewSet[Finding]):
    """Findings, newest first."""

    queryset = Finding.objects.select_related("version__model", "owner", "raised_by", "decided_by")
    serializer_class = FindingSerializer

    def get_queryset(self) -> QuerySet[Finding]:
        found = super().get_queryset()
        state = self.request.query_params.get("state")
        return found.filter(state=state) if state else found

    @extend_schema(parameters=[OpenApiParameter("state", str, enum=FindingState.values)])
    def list(self, request: Request) -> Response:
        """List findings."""
        return super().list(request)

    @extend_schema(request=ResolutionSerializer, responses=FindingSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """Say that it is put right; who made the version cannot."""
        asked = _asked(ResolutionSerializer, request)
        finding = services.close_finding(actor=api_actor(request), finding_id=self.get_object().pk, **asked)
        return Response(self.get_serializer(finding).data)

    @extend_schema(request=ResolutionSerializer, responses=FindingSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """Accept the risk by name; neither a maker of the version nor the finding's owner can."""
        asked = _asked(ResolutionSerializer, request)
        finding = services.accept_finding(
            actor=api_actor(request), finding_id=self.get_object().pk, reason=asked["resolution"]
        )
        return Response(self.get_serializer(finding).data)


class OverrideViewSet(viewsets.ReadOnlyModelViewSet[Override]):
    """Emergency overrides, newest first."""

    queryset = Override.objects.select_related("version__model", "used_by", "reviewed_by")
    serializer_class = OverrideSerializer

    @extend_schema(request=JudgeSerializer, responses=OverrideSerializer)
    @action(detail=True, methods=["post"])
    def review(self, request: Request, pk: str) -> Response:
        """Judge it afterwards; who used it or made the version cannot."""
        asked = _asked(JudgeSerializer, request)
        override = services.review_override(
            actor=api_actor(request), override_id=self.get_object().pk, **asked
        )
        return Response(self.get_serializer(override).data)


class GrantViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[OverrideGrant]):
    """Who may use an override, and until when."""

    queryset = OverrideGrant.objects.select_related("user", "granted_by")
    serializer_class = GrantSerializer

    @extend_schema(request=NewGrantSerializer, responses={201: GrantSerializer})
    def create(self, request: Request) -> Response:
        """Let an operator use overrides for some days."""
        grant = services.grant_override(actor=api_actor(request), **_asked(NewGrantSerializer, request))
        return Response(self.get_serializer(grant).data, status=201)

    @extend_schema(request=None, responses=GrantSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str) -> Response:
        """End a grant."""
        grant = services.revoke_override(actor=api_actor(request), grant_id=self.get_object().pk)
        return Response(self.get_serializer(grant).data)


@extend_schema(parameters=NAMED)
class RaiseFindingView(APIView):
    @extend_schema(request=NewFindingSerializer, responses={201: FindingSerializer})
    def post(self, request: Request, model_name: str, number: int) -> Response:
        """Raise a finding; an open blocker stops every promotion of the version."""
        version = selectors.version(model_name, number)
        asked = _asked(NewFindingSerializer, request)
        finding = services.raise_finding(actor=api_actor(request), version_id=version.pk, **asked)
        return Response(FindingSerializer(finding).data, status=201)


@extend_schema(parameters=NAMED)
class UseOverrideView(APIView):
    @extend_schema(request=UseOverrideSerializer, responses={201: OverrideSerializer})
    def post(self, request: Request, model_name: str, number: int) -> Response:
        """Take a step without its approvals; needs a grant, and is judged by somebody else afterwards."""
        version = selectors.version(model_name, number)
        asked = _asked(UseOverrideSerializer, request)
        override = services.use_override(actor=api_actor(request), version_id=version.pk, **asked)
        return Response(OverrideSerializer(override).data, status=201)


@extend_schema(parameters=NAMED[:1])
class RiskView(APIView):
    """The questions on risk and a model's answers."""

    @extend_schema(responses=RiskStateSerializer)
    def get(self, request: Request, model_name: str) -> Response:
        """The questions of the policy that holds, the answers and the tier."""
        return _risk(selectors.model(model_name))

    @extend_schema(request=RiskSerializer, responses=RiskStateSerializer)
    def put(self, request: Request, model_name: str) -> Response:
        """Answer all questions; the tier follows by rule, and another tier voids approvals."""
        asked = _asked(RiskSerializer, request)
        model = services.answer_risk(actor=api_actor(request), model_name=model_name, **asked)
        return _risk(model)


@extend_schema(parameters=NAMED[:1])
class PeriodicReviewView(APIView):
    @extend_schema(request=PeriodicSerializer, responses=DueSerializer)
    def post(self, request: Request, model_name: str) -> Response:
        """Sign the periodic review of a model; who makes it cannot."""
        asked = _asked(PeriodicSerializer, request)
        model = services.complete_review(actor=api_actor(request), model_name=model_name, **asked)
        return Response({"name": model.name, "next_review_on": model.next_review_on})


class FiguresView(APIView):
    @extend_schema(responses=FiguresSerializer)
    def get(self, request: Request) -> Response:
        """How long decisions take, what is overdue, and who always approves for whom."""
        return Response(figures.governance().to_json())


def _risk(model: RegisteredModel) -> Response:
    policy = gates.current_policy()
    state = {
        "answers": model.risk_answers,
        "risk_tier": model.risk_tier,
        "policy": str(policy),
        "questions": policy.rules["questions"],
    }
    return Response(RiskStateSerializer(state).data)


def _asked(kind: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    asked = kind(data=request.data)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)
