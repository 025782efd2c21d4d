"""What the API shows of serving."""

from typing import Any

from rest_framework import serializers

from serving.models import Deployment, DeploymentStep, Route, TritonServer


class ServerSerializer(serializers.ModelSerializer[TritonServer]):
    class Meta:
        model = TritonServer
        fields: tuple[str, ...] = (
            "id", "name", "grpc_url", "http_url", "metrics_url", "embedded", "state", "version", "extensions",
            "index", "last_error", "checked_at", "seen_at",
        )  # fmt: skip


class StepSerializer(serializers.ModelSerializer[DeploymentStep]):
    class Meta:
        model = DeploymentStep
        fields: tuple[str, ...] = ("name", "state", "detail", "started_at", "duration_ms")


class DeploymentSerializer(serializers.ModelSerializer[Deployment]):
    model = serializers.CharField(source="version.model.name", read_only=True)
    number = serializers.IntegerField(source="version.number", read_only=True)
    server = serializers.CharField(source="server.name", read_only=True)
    phase = serializers.CharField(read_only=True)

    class Meta:
        model = Deployment
        fields: tuple[str, ...] = (
            "id", "model", "number", "server", "wanted", "observed", "phase", "generation",
            "observed_generation", "failures", "error_code", "last_error", "last_hint", "retryable",
            "ready_at", "smoke_ms", "created_at", "changed_at",
        )  # fmt: skip


class DeploymentDetailSerializer(DeploymentSerializer):
    steps = StepSerializer(many=True, read_only=True)

    class Meta(DeploymentSerializer.Meta):
        fields: tuple[str, ...] = (*DeploymentSerializer.Meta.fields, "steps")


class RouteSerializer(serializers.ModelSerializer[Route]):
    model = serializers.CharField(source="model.name", read_only=True)
    server = serializers.CharField(source="server.name", read_only=True)
    version = serializers.IntegerField(source="version.number", read_only=True, allow_null=True)
    observed = serializers.IntegerField(source="observed.number", read_only=True, allow_null=True)
    phase = serializers.CharField(read_only=True)

    class Meta:
        model = Route
        fields: tuple[str, ...] = (
            "model",
            "server",
            "version",
            "observed",
            "phase",
            "wished_at",
            "last_error",
            "last_hint",
        )


class WantedSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=4000, default="", allow_blank=True)


class RouteWishSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(min_value=1)
    reason = serializers.CharField(max_length=4000)


class StopSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=4000)


class TensorSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    datatype = serializers.CharField()
    shape = serializers.ListField(child=serializers.IntegerField(min_value=0))
    # The field is called data in the protocol; the serializer keeps its own `data` under it.
    data = serializers.JSONField(help_text="Numbers, strings or booleans, nested or flat.")  # type: ignore[assignment]


class InferSerializer(serializers.Serializer[Any]):
    inputs = TensorSerializer(many=True, allow_empty=False)


class AnswerSerializer(serializers.Serializer[Any]):
    model_name = serializers.CharField()
    outputs = TensorSerializer(many=True)
    latency_ms = serializers.FloatField()
    split_ms = serializers.DictField(child=serializers.FloatField(), allow_null=True)
