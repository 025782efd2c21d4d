"""/api/v1/audit/: the trail, its checkpoints, and exports with proofs."""

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import viewsets
from rest_framework.request import Request
from rest_framework.views import APIView

from core.api.authentication import api_actor
from core.api.serializers import AuditEventSerializer, CheckpointSerializer
from core.errors import Invalid
from core.models import AuditCheckpoint, AuditEvent
from core.trail import exports, filters

FILTERS = [
    OpenApiParameter("actor", str, description="Username of who wrote."),
    OpenApiParameter("model", str),
    OpenApiParameter("verb", str, description="What was done, like version.register."),
    OpenApiParameter("door", str, enum=["page", "api", "mlflow", "command", "worker"]),
    OpenApiParameter("since", str, description="From then on: a date or a time in ISO 8601."),
    OpenApiParameter("until", str, description="Before then."),
]
FROM_SIZE = OpenApiParameter(
    "from_size", int, many=True, description="Sizes of older checkpoints to prove consistency with."
)
MOST_FROM_SIZES = 100


class AuditViewSet(viewsets.ReadOnlyModelViewSet[AuditEvent]):
    """The audit trail, newest first; without the right to read all, one's own events."""

    queryset = AuditEvent.objects.all()
    serializer_class = AuditEventSerializer
    lookup_value_regex = "[0-9]+"

    def get_queryset(self) -> QuerySet[AuditEvent]:
        events = AuditEvent.objects.all()
        if getattr(self, "swagger_fake_view", False):
            return events
        actor = api_actor(self.request)
        if not actor.may("audit.read"):
            events = events.filter(actor=actor.user)
        return filters.read(self.request.query_params).of(events) if self.action == "list" else events

    @extend_schema(parameters=FILTERS)
    def list(self, request: Request, *args: object, **kwargs: object):  # type: ignore[no-untyped-def]
        """List events that match all filters, newest first."""
        return super().list(request, *args, **kwargs)


class CheckpointViewSet(viewsets.ReadOnlyModelViewSet[AuditCheckpoint]):
    """Signed checkpoints of the trail, newest first: keep one, and no event before it can change unseen."""

    queryset = AuditCheckpoint.objects.all()
    serializer_class = CheckpointSerializer
    lookup_field = "size"
    lookup_value_regex = "[0-9]+"


class ExportView(APIView):
    """Events with their proofs, as one JSON object that tools/conch_verify.py checks offline."""

    @extend_schema(
        parameters=[*FILTERS, FROM_SIZE],
        responses={200: OpenApiResponse(OpenApiTypes.OBJECT, description="An audit export.")},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Export events up to a checkpoint made now; for operators and admins, and recorded."""
        part = exports.hand_out(
            actor=api_actor(request),
            filters=filters.read(request.query_params),
            kind="json",
            from_sizes=_sizes(request),
        )
        response = StreamingHttpResponse(exports.as_json(part), content_type="application/json")
        name = f"audit-{part.checkpoint.size}.json"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


def _sizes(request: Request) -> list[int]:
    asked = request.query_params.getlist("from_size")
    if len(asked) > MOST_FROM_SIZES or not all(size.isascii() and size.isdigit() for size in asked):
        raise Invalid(f"from_size is the size of a checkpoint, given at most {MOST_FROM_SIZES} times.")
    return [int(size) for size in asked]
