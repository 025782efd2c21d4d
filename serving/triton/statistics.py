"""Triton's counters as differences: what the server did between two looks."""

from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Counters of one model at one moment; times are cumulative, in nanoseconds."""

    inferences: int
    executions: int
    succeeded: int
    failed: int
    queue_ns: int
    compute_input_ns: int
    compute_infer_ns: int
    compute_output_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """What happened in between; means are per successful request, in microseconds."""

    requests: int
    failed: int
    inferences: int
    executions: int
    queue_us: float
    compute_input_us: float
    compute_infer_us: float
    compute_output_us: float

    @property
    def mean_batch(self) -> float:
        """Rows per execution."""
        return self.inferences / self.executions if self.executions else 0.0

    def split_ms(self) -> dict[str, float]:
        """The means in milliseconds, by part."""
        return {
            "queue": self.queue_us / 1000,
            "compute_input": self.compute_input_us / 1000,
            "compute_infer": self.compute_infer_us / 1000,
            "compute_output": self.compute_output_us / 1000,
        }


def snapshot(message: Any) -> Snapshot:
    """The counters of a ModelStatistics message."""
    stats = message.inference_stats
    return Snapshot(
        inferences=message.inference_count,
        executions=message.execution_count,
        succeeded=stats.success.count,
        failed=stats.fail.count,
        queue_ns=stats.queue.ns,
        compute_input_ns=stats.compute_input.ns,
        compute_infer_ns=stats.compute_infer.ns,
        compute_output_ns=stats.compute_output.ns,
    )


def delta(before: Snapshot, after: Snapshot) -> Delta | None:
    """The difference; None when the counters started anew in between (a reload) or nothing succeeded."""
    requests = after.succeeded - before.succeeded
    fell = any(getattr(after, field.name) < getattr(before, field.name) for field in fields(Snapshot))
    if requests == 0 or fell:
        return None

    def mean_us(field: str) -> float:
        return float(getattr(after, field) - getattr(before, field)) / requests / 1000

    return Delta(
        requests=requests,
        failed=after.failed - before.failed,
        inferences=after.inferences - before.inferences,
        executions=after.executions - before.executions,
        queue_us=mean_us("queue_ns"),
        compute_input_us=mean_us("compute_input_ns"),
        compute_infer_us=mean_us("compute_infer_ns"),
        compute_output_us=mean_us("compute_output_ns"),
    )
