"""Benchmarks on the real server: measured, cancelled, broken off, and finished by the next worker."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils import timezone

from config.env import ROOT
from core.models import AuditEvent
from core.roles import Role
from experiments import services
from experiments.models import Benchmark, BenchmarkState
from models_registry import guards
from models_registry.models import ModelVersion
from serving.models import Deployment
from serving.triton.connect import control
from tests.factories import a_user, acting
from tests.waiting import until
from tests.workers import environment

pytestmark = [pytest.mark.recovery, pytest.mark.django_db(transaction=True)]
SHORT = {"seconds": 1, "warmup_seconds": 0.2, "timeout_seconds": 5}


def start(version, **settings):
    actor = acting(a_user(Role.ENGINEER))
    return services.start_benchmark(actor=actor, version_id=version.pk, settings=SHORT | settings)


def run(benchmark):
    services.run_benchmark(benchmark_id=benchmark.pk)
    benchmark.refresh_from_db()
    return benchmark


def measured(benchmark):
    return list(benchmark.levels.values_list("concurrency", flat=True))


def state_of(benchmark):
    benchmark.refresh_from_db()
    return benchmark.state


def generators():
    """The load generators that processes of this test have started, by what they inherited from it."""
    # "path::test (call)"; the worker was started in "(setup)".
    test = os.environ["PYTEST_CURRENT_TEST"].rpartition(" ")[0].encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words, inherited = (folder / "cmdline").read_bytes(), (folder / "environ").read_bytes()
        except OSError:
            continue
        if b"experiments.loadgen" in words and test in inherited:
            found.append(int(folder.name))
    return found


def test_each_level_is_measured_by_the_client_and_by_the_server(served):
    benchmark = run(start(served, levels=[1, 4]))

    assert (benchmark.state, benchmark.last_error, benchmark.tries) == (BenchmarkState.DONE, "", 1)
    assert (benchmark.due_at, benchmark.claim, benchmark.current_level) == (None, None, None)
    assert measured(benchmark) == [1, 4]
    for level in benchmark.levels.all():
        assert level.errors == {}
        assert level.requests == level.checked > 20
        assert 0 < level.p50_ms <= level.p90_ms <= level.p95_ms <= level.p99_ms <= level.max_ms
        assert level.throughput_rps * level.mean_ms / 1000 == pytest.approx(level.concurrency, rel=0.2)
        server_ms = (
            level.queue_us + level.compute_input_us + level.compute_infer_us + level.compute_output_us
        ) / 1000
        assert 0 < server_ms < level.mean_ms
        assert level.executions > 0
        assert level.mean_batch >= 1
        assert len(level.windows) == 5
    assert benchmark.conditions["config_digest"] == served.config_digest
    assert benchmark.conditions["triton_version"].startswith("2.")
    assert benchmark.conditions["payload"] == "recorded"
    assert AuditEvent.objects.get(verb="benchmark.done").after == {"levels": [1, 4], "tries": 1, "error": ""}


def test_a_finished_benchmark_is_evidence(served):
    benchmark = run(start(served, levels=[2]))

    (found,) = guards.gather(served, ["benchmark"])

    assert (found.passed, found.source) == (True, str(benchmark))


def test_larger_batches_reach_the_server_as_they_are(served):
    benchmark = run(start(served, levels=[1], batch_size=8))

    level = benchmark.levels.get()
    assert (level.errors, level.mean_batch) == ({}, pytest.approx(8, abs=0.1))
    assert benchmark.conditions["request_bytes"] > 8 * 16


def test_a_model_without_recorded_answers_is_measured_with_sample_values(served):
    ModelVersion.objects.filter(pk=served.pk).update(golden=[])

    benchmark = run(start(served, levels=[1]))

    assert (benchmark.levels.get().errors, benchmark.conditions["payload"]) == ({}, "generated")


def test_wrong_answers_are_errors_and_close_the_gate(served):
    golden = served.golden
    golden[0]["outputs"][0]["data"][0] = 3.0
    ModelVersion.objects.filter(pk=served.pk).update(golden=golden)

    benchmark = run(start(served, levels=[1]))

    level = benchmark.levels.get()
    assert (benchmark.state, level.requests) == (BenchmarkState.DONE, 0)
    assert list(level.errors) == ["wrong-answer"]
    assert level.error_details == {"wrong-answer": "Y: the values differ from those recorded"}
    (found,) = guards.gather(served, ["benchmark"])
    assert found.passed is False


def test_what_triton_refuses_is_said_in_its_words(served):
    golden = served.golden
    golden[0]["inputs"][0]["name"] = "Z"
    ModelVersion.objects.filter(pk=served.pk).update(golden=golden)

    benchmark = run(start(served, levels=[1]))

    assert (benchmark.state, benchmark.error_code) == (BenchmarkState.FAILED, "triton-invalid-argument")
    assert "unexpected inference input 'Z'" in benchmark.last_error
    assert measured(benchmark) == []


def test_an_unloaded_version_is_waited_for(served, triton):
    benchmark = start(served, levels=[1])
    control(triton).unload(served.triton_name)

    run(benchmark)

    assert (benchmark.state, benchmark.error_code) == (BenchmarkState.QUEUED, "not-ready")
    assert benchmark.due_at > timezone.now()


def test_two_benchmarks_of_a_server_run_one_after_the_other(served, worker):
    first, second = start(served, levels=[1, 2]), start(served, levels=[1])

    until(lambda: state_of(second) == BenchmarkState.DONE, timeout_s=60, what="the second benchmark")

    first.refresh_from_db()
    assert first.state == BenchmarkState.DONE
    assert first.ended_at <= second.started_at


def test_cancelling_ends_the_load_and_keeps_the_levels(served, worker):
    benchmark = start(served, levels=[1, 2, 3], seconds=4)
    until(lambda: measured(benchmark) == [1], what="the first level")
    until(lambda: Benchmark.objects.get(pk=benchmark.pk).current_level == 2, what="the second level")
    assert len(generators()) == 1

    services.cancel_benchmark(actor=acting(a_user(Role.ENGINEER)), benchmark_id=benchmark.pk)

    until(lambda: state_of(benchmark) == BenchmarkState.CANCELLED, timeout_s=10, what="the end")
    assert measured(benchmark) == [1]
    assert (benchmark.due_at, benchmark.claim, benchmark.current_level) == (None, None, None)
    assert generators() == []
    assert AuditEvent.objects.filter(verb="benchmark.cancelled").count() == 1


def test_a_killed_worker_takes_its_load_with_it_and_the_next_one_finishes(served, worker):
    benchmark = start(served, levels=[1, 2], seconds=3)
    until(lambda: measured(benchmark) == [1], what="the first level")
    kept = benchmark.levels.get()
    assert len(generators()) == 1

    worker.kill()
    until(lambda: not generators(), timeout_s=5, what="the end of the load")
    assert state_of(benchmark) == BenchmarkState.RUNNING
    worker.start()

    until(lambda: state_of(benchmark) == BenchmarkState.DONE, timeout_s=60, what="the benchmark")
    assert (measured(benchmark), benchmark.tries) == ([1, 2], 2)
    assert benchmark.levels.get(concurrency=1).measured_at == kept.measured_at


def test_a_worker_killed_alone_leaves_no_load_behind(servers, served):
    benchmark = start(served, levels=[1], seconds=60)
    code = (
        "import django; django.setup(); from experiments import services; "
        f"services.run_benchmark(benchmark_id={benchmark.pk})"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment(servers))
    until(lambda: Benchmark.objects.get(pk=benchmark.pk).current_level == 1, what="the load")
    assert len(generators()) == 1

    process.send_signal(signal.SIGKILL)
    process.wait()

    until(lambda: not generators(), timeout_s=5, what="the end of the load")
    assert state_of(benchmark) == BenchmarkState.RUNNING


def test_triton_killed_in_the_middle_is_made_good(servers, served, worker):
    benchmark = start(served, levels=[1, 2, 4], seconds=3)
    until(lambda: measured(benchmark) == [1], what="the first level")

    servers.kill("triton")
    servers.restart("triton")

    until(lambda: state_of(benchmark) in {"done", "failed"}, timeout_s=90, what="the end")
    assert (benchmark.state, measured(benchmark)) == (BenchmarkState.DONE, [1, 2, 4])
    assert Deployment.objects.get(version=served).observed == "ready"
