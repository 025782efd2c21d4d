"""What the API shows of benchmarks, and what it takes."""

from typing import Any

from rest_framework import serializers

from experiments import plan
from experiments.models import Benchmark, BenchmarkLevel


class LevelSerializer(serializers.ModelSerializer[BenchmarkLevel]):
    class Meta:
        model = BenchmarkLevel
        fields: tuple[str, ...] = (
            "concurrency", "duration_s", "requests", "checked", "errors", "error_details", "throughput_rps",
            "mean_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "max_ms", "queue_us", "compute_input_us",
            "compute_infer_us", "compute_output_us", "executions", "mean_batch", "client_overhead_us",
            "client_cpu", "windows", "stable", "unstable_reason", "spread", "measured_at",
        )  # fmt: skip


class BenchmarkSerializer(serializers.ModelSerializer[Benchmark]):
    name = serializers.CharField(source="__str__", read_only=True)
    model = serializers.CharField(source="version.model.name", read_only=True)
    number = serializers.IntegerField(source="version.number", read_only=True)
    server = serializers.CharField(source="server.name", read_only=True)
    requested_by = serializers.CharField(source="requested_by.username", read_only=True)
    levels = LevelSerializer(many=True, read_only=True)

    class Meta:
        model = Benchmark
        fields: tuple[str, ...] = (
            "id", "name", "model", "number", "server", "requested_by", "state", "settings", "conditions",
            "current_level", "tries", "error_code", "last_error", "last_hint", "created_at", "started_at",
            "ended_at", "levels",
        )  # fmt: skip
        read_only_fields = fields


class NewBenchmarkSerializer(serializers.Serializer[Any]):
    model = serializers.CharField(max_length=64)
    number = serializers.IntegerField(min_value=1)
    levels = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=plan.MOST_CONCURRENT),
        min_length=1,
        max_length=plan.MOST_LEVELS,
        default=list(plan.DEFAULT_LEVELS),
        help_text="Concurrent requests, one level each.",
    )
    seconds = serializers.FloatField(
        min_value=plan.SECONDS[0], max_value=plan.SECONDS[1], default=plan.DEFAULTS.seconds
    )
    warmup_seconds = serializers.FloatField(
        min_value=plan.WARMUP_SECONDS[0],
        max_value=plan.WARMUP_SECONDS[1],
        default=plan.DEFAULTS.warmup_seconds,
    )
    batch_size = serializers.IntegerField(min_value=1, default=1)
    timeout_seconds = serializers.FloatField(
        min_value=plan.TIMEOUT_SECONDS[0],
        max_value=plan.TIMEOUT_SECONDS[1],
        default=plan.DEFAULTS.timeout_seconds,
    )
    confirm_live = serializers.BooleanField(
        default=False, help_text="An operator accepts that the version's callers wait longer meanwhile."
    )
