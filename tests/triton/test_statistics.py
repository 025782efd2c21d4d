"""Counters become differences; a reload in between makes them meaningless, and is noticed."""

from dataclasses import replace

import pytest
from tritonclient.grpc import service_pb2

from serving.triton.statistics import Delta, Snapshot, delta, snapshot

BEFORE = Snapshot(
    inferences=100,
    executions=50,
    succeeded=60,
    failed=1,
    queue_ns=1_000_000,
    compute_input_ns=2_000_000,
    compute_infer_ns=3_000_000,
    compute_output_ns=4_000_000,
)
AFTER = Snapshot(
    inferences=140,
    executions=60,
    succeeded=80,
    failed=3,
    queue_ns=1_200_000,
    compute_input_ns=2_400_000,
    compute_infer_ns=13_000_000,
    compute_output_ns=4_002_000,
)


def test_means_are_per_request_in_microseconds():
    found = delta(BEFORE, AFTER)

    assert found == Delta(
        requests=20,
        failed=2,
        inferences=40,
        executions=10,
        queue_us=10.0,
        compute_input_us=20.0,
        compute_infer_us=500.0,
        compute_output_us=0.1,
    )
    assert found.mean_batch == 4.0
    assert found.split_ms() == {
        "queue": 0.01,
        "compute_input": 0.02,
        "compute_infer": 0.5,
        "compute_output": 0.0001,
    }


@pytest.mark.parametrize("field", ["inferences", "executions", "succeeded", "failed", "queue_ns"])
def test_a_counter_that_went_down_means_a_reload(field):
    assert delta(BEFORE, replace(AFTER, **{field: 0})) is None


def test_nothing_in_between_is_no_measurement():
    assert delta(BEFORE, BEFORE) is None


def test_without_executions_the_mean_batch_is_zero():
    found = delta(BEFORE, replace(AFTER, executions=BEFORE.executions))

    assert found is not None
    assert found.mean_batch == 0.0


def test_a_snapshot_reads_tritons_message():
    message = service_pb2.ModelStatistics(name="m", version="1", inference_count=7, execution_count=3)
    message.inference_stats.success.count = 5
    message.inference_stats.fail.count = 2
    message.inference_stats.queue.ns = 11
    message.inference_stats.compute_input.ns = 12
    message.inference_stats.compute_infer.ns = 13
    message.inference_stats.compute_output.ns = 14

    assert snapshot(message) == Snapshot(
        inferences=7,
        executions=3,
        succeeded=5,
        failed=2,
        queue_ns=11,
        compute_input_ns=12,
        compute_infer_ns=13,
        compute_output_ns=14,
    )
