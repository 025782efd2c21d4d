"""/api/v1/benchmarks/"""

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.authentication import api_actor
from core.errors import Invalid, missing
from experiments import selectors, services
from experiments.api.serializers import BenchmarkSerializer, NewBenchmarkSerializer
from experiments.models import Benchmark, BenchmarkState
from models_registry.models import ModelVersion


class BenchmarkViewSet(viewsets.ReadOnlyModelViewSet[Benchmark]):
    """Benchmarks with the levels they measured, newest first."""

    queryset = Benchmark.objects.all()
    serializer_class = BenchmarkSerializer
    lookup_value_regex = "[0-9]+"

    def get_queryset(self) -> QuerySet[Benchmark]:
        if self.action != "list":
            return selectors.benchmarks()
        asked = self.request.query_params
        number, state = asked.get("number", ""), asked.get("state", "")
        if number and not (number.isdecimal() and len(number) < 10):
            raise _wrong("number", "Write a version's number.")
        if state and state not in BenchmarkState.values:
            raise _wrong("state", f"Choose one of {', '.join(BenchmarkState.values)}.")
        return selectors.benchmarks(
            model=asked.get("model", ""), number=int(number) if number else None, state=state
        )

    @extend_schema(
        parameters=[
            OpenApiParameter("model", str, description="A model's name."),
            OpenApiParameter("number", int, description="A version's number."),
            OpenApiParameter("state", str, enum=BenchmarkState.values),
        ]
    )
    def list(self, request: Request) -> Response:
        """List benchmarks."""
        return super().list(request)

    @extend_schema(request=NewBenchmarkSerializer, responses={201: BenchmarkSerializer})
    def create(self, request: Request) -> Response:
        """Start a benchmark; then read it until its `state` is done, failed or cancelled."""
        asked = NewBenchmarkSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = dict(asked.validated_data)
        name, number = given.pop("model"), given.pop("number")
        version = ModelVersion.objects.of(name).filter(number=number).first()
        if version is None:
            raise missing(f"{name} v{number}")
        benchmark = services.start_benchmark(
            actor=api_actor(request),
            version_id=version.pk,
            confirm_live=given.pop("confirm_live"),
            settings=given,
        )
        return self._answer(benchmark, status=201)

    @extend_schema(request=None, responses=BenchmarkSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """End it early; the levels that were measured are kept."""
        benchmark = services.cancel_benchmark(actor=api_actor(request), benchmark_id=self.get_object().pk)
        return self._answer(benchmark)

    def _answer(self, benchmark: Benchmark, *, status: int = 200) -> Response:
        return Response(self.get_serializer(selectors.benchmark(benchmark.pk)).data, status=status)


def _wrong(name: str, why: str) -> Invalid:
    return Invalid("Some parameters can't be used.", code="invalid-fields", errors={name: [why]})
