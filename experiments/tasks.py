"""Nudges for experiments; the rows say what is due, and beat asks again."""

from celery import shared_task

from core.dispatch import nudge
from experiments import services
from experiments.models import Benchmark

MOST_NUDGES = 20
# Twelve levels of a minute with their warm-ups take 18 minutes; past this something hangs and is tried again.
LONGEST_S = 1800


@shared_task(name="experiments.run_benchmark", soft_time_limit=LONGEST_S)
def run_benchmark(benchmark_id: int) -> None:
    services.run_benchmark(benchmark_id=benchmark_id)


@shared_task(name="experiments.sweep")
def sweep() -> None:
    """Ask again for every benchmark that is due: its nudge was lost, or its worker."""
    for pk in Benchmark.objects.due().order_by("pk").values_list("pk", flat=True)[:MOST_NUDGES]:
        nudge("experiments.run_benchmark", pk)
