"""Benchmarks and what each level of concurrency measured."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import User
from experiments.plan import Plan
from models_registry.models import ModelVersion
from serving.models import Reconciled, TritonServer


class BenchmarkState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    CANCELLING = "cancelling", _("Cancelling")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


# A server is measured by one benchmark at a time.
ACTIVE = (BenchmarkState.RUNNING, BenchmarkState.CANCELLING)
ENDED = (BenchmarkState.DONE, BenchmarkState.FAILED, BenchmarkState.CANCELLED)


class Benchmark(Reconciled):
    """The wish to measure a version on a server; it keeps the levels that were measured, whatever happens.

    `due_at` stays set until it has ended, so a claim that lapses puts it back into the sweep.
    """

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="benchmarks")
    server = models.ForeignKey(TritonServer, on_delete=models.PROTECT, related_name="benchmarks")
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=BenchmarkState, default=BenchmarkState.QUEUED)
    settings = models.JSONField()
    conditions = models.JSONField(default=dict)
    tries = models.PositiveSmallIntegerField(default=0)
    current_level = models.PositiveSmallIntegerField(null=True)
    level_started_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=BenchmarkState.values), name="benchmark_state_known"
            ),
            models.UniqueConstraint(
                fields=["server"],
                condition=Q(state__in=["running", "cancelling"]),
                name="benchmark_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["done", "failed", "cancelled"]) | Q(due_at=None, claim=None),
                name="benchmark_ended_is_not_due",
            ),
        ]
        indexes = [
            models.Index(fields=["version", "-id"], name="benchmark_version"),
            models.Index(fields=["state", "-id"], name="benchmark_state"),
            models.Index(fields=["due_at"], name="benchmark_due", condition=Q(due_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"B-{self.pk}"

    @property
    def plan(self) -> Plan:
        return Plan.from_json(self.settings)

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    @property
    def can_be_cancelled(self) -> bool:
        return self.state in {BenchmarkState.QUEUED, BenchmarkState.RUNNING}


class BenchmarkLevel(models.Model):
    """One level of concurrency. Latencies are the client's, of right answers; None when there was none.

    The server's times are means over its own requests, in microseconds; None when its counters can't tell.
    """

    benchmark = models.ForeignKey(Benchmark, on_delete=models.CASCADE, related_name="levels")
    concurrency = models.PositiveSmallIntegerField()
    duration_s = models.FloatField()
    requests = models.PositiveIntegerField()
    checked = models.PositiveIntegerField()
    errors = models.JSONField(default=dict)
    error_details = models.JSONField(default=dict)
    throughput_rps = models.FloatField()
    mean_ms = models.FloatField(null=True)
    p50_ms = models.FloatField(null=True)
    p90_ms = models.FloatField(null=True)
    p95_ms = models.FloatField(null=True)
    p99_ms = models.FloatField(null=True)
    max_ms = models.FloatField(null=True)
    queue_us = models.FloatField(null=True)
    compute_input_us = models.FloatField(null=True)
    compute_infer_us = models.FloatField(null=True)
    compute_output_us = models.FloatField(null=True)
    executions = models.PositiveIntegerField(null=True)
    mean_batch = models.FloatField(null=True)
    client_overhead_us = models.FloatField()
    client_cpu = models.FloatField()
    windows = models.JSONField(default=list)
    stable = models.BooleanField()
    unstable_reason = models.CharField(max_length=16, blank=True)
    spread = models.FloatField(null=True)
    measured_at = models.DateTimeField()

    class Meta:
        ordering = ["concurrency"]
        constraints = [
            models.UniqueConstraint(fields=["benchmark", "concurrency"], name="level_once_per_benchmark"),
            models.CheckConstraint(condition=Q(concurrency__gte=1), name="level_concurrency_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.concurrency}"

    @property
    def error_count(self) -> int:
        return sum(self.errors.values())
