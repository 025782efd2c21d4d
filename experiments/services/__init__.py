"""Every write of experiments: what people ask for, and what the workers measure."""

from experiments.services.benchmarks import cancel_benchmark, start_benchmark
from experiments.services.runs import run_benchmark

__all__ = ["cancel_benchmark", "run_benchmark", "start_benchmark"]
