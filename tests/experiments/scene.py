"""Benchmarks and levels as rows, with good defaults."""

from typing import Any

from django.utils import timezone

from core.roles import Role
from experiments.models import Benchmark, BenchmarkLevel, BenchmarkState
from experiments.plan import Plan
from models_registry.lifecycle import Stage
from tests.factories import a_deployment, a_user, a_version


def a_benchmark(*, levels: tuple[int, ...] = (1, 4), measured: bool | None = None, **given: Any) -> Benchmark:
    """Done and with a row for each level, unless the test says otherwise."""
    state = given.pop("state", BenchmarkState.DONE)
    version = given.pop("version", None) or a_version(Stage.TESTING)
    deployment = version.deployments.first() or a_deployment(version)
    ended = state in {"done", "failed", "cancelled"}
    now = timezone.now()
    defaults: dict[str, Any] = {
        "server": deployment.server,
        "requested_by": given.pop("requested_by", None) or a_user(Role.ENGINEER),
        "state": state,
        "settings": Plan(levels=levels).to_json(),
        "conditions": conditions_of(version),
        "due_at": None if ended else now,
        "started_at": now,
        "ended_at": now if ended else None,
    }
    benchmark = Benchmark.objects.create(version=version, **defaults | given)
    if measured if measured is not None else state == BenchmarkState.DONE:
        for level in levels:
            a_level(benchmark, concurrency=level, throughput_rps=100.0 * level)
    return benchmark


def conditions_of(version: Any) -> dict[str, Any]:
    return {
        "server": "triton-1",
        "triton_version": "2.51.0",
        "model": version.triton_name,
        "config_digest": version.config_digest,
        "artifact_digest": version.artifact_digest,
        "payload_digest": "a" * 64,
        "payload": "recorded",
        "request_bytes": 120,
        "client_cpu_count": 2,
    }


def a_level(benchmark: Benchmark | None = None, **given: Any) -> BenchmarkLevel:
    """Steady and without errors; kept only where a benchmark is given."""
    level = BenchmarkLevel(benchmark=benchmark, **level_values() | given)
    if benchmark is not None:
        level.save()
    return level


def level_values() -> dict[str, Any]:
    return {
        "concurrency": 1,
        "duration_s": 2.0,
        "requests": 200,
        "checked": 200,
        "errors": {},
        "error_details": {},
        "throughput_rps": 100.0,
        "mean_ms": 9.0,
        "p50_ms": 8.0,
        "p90_ms": 10.0,
        "p95_ms": 11.0,
        "p99_ms": 12.34,
        "max_ms": 20.0,
        "queue_us": 500.0,
        "compute_input_us": 100.0,
        "compute_infer_us": 2000.0,
        "compute_output_us": 50.0,
        "executions": 100,
        "mean_batch": 2.0,
        "client_overhead_us": 5.0,
        "client_cpu": 0.3,
        "windows": [],
        "stable": True,
        "unstable_reason": "",
        "spread": 0.02,
        "measured_at": timezone.now(),
    }
