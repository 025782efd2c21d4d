"""The load generator itself: how it counts, when it ends, and what it does when the server doesn't answer."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time

import grpc
import pytest

from config.env import ROOT
from core.errors import Upstream, UpstreamTimeout
from experiments import generator
from experiments.loadgen import level as level_module
from experiments.loadgen.answers import Judge
from experiments.loadgen.job import Job, Payload
from experiments.loadgen.level import Away, Level, Request

RIGHT, WRONG = b"\x01", b"\x02"


class Known(Judge):
    """Says that one answer is right, without reading it."""

    def __init__(self):
        super().__init__(Payload(request=b"", outputs=()), rtol=0, atol=0)

    def fault(self, answer):
        self.checked += 1
        return "" if answer == RIGHT else "it differs"


class Refused(grpc.aio.AioRpcError):
    def __init__(self, code):
        super().__init__(code, grpc.aio.Metadata(), grpc.aio.Metadata(), details="no")


async def nothing():
    return None


def measure(call, *, concurrency=2, seconds=0.3, warmup_s=0.0):
    one = Level(call, [Request(b"", Known())], concurrency=concurrency, timeout_s=1.0)
    return asyncio.run(one.measure(nothing, warmup_s=warmup_s, seconds=seconds))


async def quick(content, *, timeout):
    await asyncio.sleep(0.01)
    return RIGHT


def test_so_many_requests_are_under_way_and_never_more():
    under_way, most = 0, 0

    async def call(content, *, timeout):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.005)
        under_way -= 1
        return RIGHT

    measure(call, concurrency=7)

    assert (most, under_way) == (7, 0)


def test_throughput_and_latency_belong_together():
    found = measure(quick, concurrency=4)

    assert found["errors"] == {}
    assert found["p50_ms"] == pytest.approx(10, abs=5)
    assert found["requests"] == found["checked"] == sum(window["requests"] for window in found["windows"])
    # Little's law: requests under way = throughput × latency.
    assert found["throughput_rps"] * found["mean_ms"] / 1000 == pytest.approx(4, rel=0.15)


def test_the_warm_up_is_not_counted():
    async def call(content, *, timeout):
        await asyncio.sleep(0.2 if time.perf_counter() - began < 0.15 else 0.01)
        return RIGHT

    began = time.perf_counter()
    found = measure(call, warmup_s=0.3)

    assert found["max_ms"] < 150


def test_wrong_answers_are_errors_and_no_latencies():
    async def call(content, *, timeout):
        await asyncio.sleep(0.01)
        return WRONG

    found = measure(call)

    assert (found["requests"], found["p99_ms"], found["throughput_rps"]) == (0, None, 0)
    assert list(found["errors"]) == ["wrong-answer"]
    assert found["error_details"] == {"wrong-answer": "it differs"}


def test_errors_are_counted_by_code_and_the_run_goes_on():
    count = 0

    async def call(content, *, timeout):
        nonlocal count
        count += 1
        await asyncio.sleep(0.005)
        if count % 4 == 0:
            raise Refused(grpc.StatusCode.RESOURCE_EXHAUSTED)
        return RIGHT

    found = measure(call)

    assert found["requests"] > 0
    assert list(found["errors"]) == ["RESOURCE_EXHAUSTED"]
    assert found["error_details"] == {"RESOURCE_EXHAUSTED": "no"}


def test_a_server_that_is_away_is_no_measurement():
    async def call(content, *, timeout):
        raise Refused(grpc.StatusCode.UNAVAILABLE)

    with pytest.raises(Away, match="no"):
        measure(call)


def test_a_refusing_server_is_not_hammered():
    count = 0

    async def call(content, *, timeout):
        nonlocal count
        count += 1
        raise Refused(grpc.StatusCode.INTERNAL)

    measure(call, concurrency=1, seconds=0.2)

    assert count <= 12


def test_answers_that_take_longer_than_the_level_are_waited_for():
    async def call(content, *, timeout):
        await asyncio.sleep(0.5)
        return RIGHT

    found = measure(call, seconds=0.1)

    assert found["requests"] == 2
    assert found["duration_s"] == pytest.approx(0.5, abs=0.1)
    assert (found["stable"], found["unstable_reason"]) == (False, "few-requests")


def test_a_level_is_bounded_in_number(monkeypatch):
    monkeypatch.setattr(level_module, "MOST_ANSWERS", 10)

    began = time.perf_counter()
    found = measure(quick, concurrency=1, seconds=30)

    assert found["requests"] <= 10
    assert time.perf_counter() - began < 5


def job(url, **given):
    defaults = {"levels": (1,), "seconds": 1.0, "warmup_seconds": 0.0, "timeout_seconds": 0.5}
    defaults |= {"model": "m", "rtol": 1e-3, "atol": 1e-4, "payloads": (Payload(request=b"", outputs=()),)}
    return Job(url=url, **defaults | given)


@pytest.fixture
def processes(monkeypatch):
    """The processes that a test starts."""
    started = []

    class Recorded(subprocess.Popen):
        def __init__(self, *args, **given):
            super().__init__(*args, **given)
            started.append(self)

    monkeypatch.setattr(generator.subprocess, "Popen", Recorded)
    return started


@pytest.fixture
def mute():
    """The address of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


def test_an_address_where_nobody_listens_is_said_at_once():
    events = [event for event in generator.events(job("127.0.0.1:1")) if event]

    assert [(event["event"], event["code"]) for event in events] == [("failed", "UNAVAILABLE")]


def test_a_server_that_never_answers_is_given_up_after_the_timeout(mute):
    events = [event for event in generator.events(job(mute)) if event]

    assert [(event["event"], event["code"]) for event in events] == [("failed", "DEADLINE_EXCEEDED")]


def test_a_generator_that_breaks_says_its_last_words(processes):
    with pytest.raises(Upstream) as caught:
        list(generator.events(job(None)))

    assert caught.value.code == "generator-died"
    assert caught.value.detail.startswith("The load generator ended with status 1. AttributeError")
    assert processes[0].poll() == 1


def test_a_generator_that_falls_silent_is_ended(processes, mute, monkeypatch):
    monkeypatch.setattr(generator, "STARTUP_S", -60.5)
    monkeypatch.setattr(generator, "TICK_S", 0.05)

    with pytest.raises(UpstreamTimeout) as caught:
        list(generator.events(job(mute, timeout_seconds=60.0)))

    assert caught.value.code == "generator-silent"
    assert processes[0].poll() == -signal.SIGKILL


def test_whoever_stops_listening_ends_it(processes, mute):
    events = generator.events(job(mute, timeout_seconds=60.0))
    assert next(events) is None

    events.close()

    assert processes[0].poll() == -signal.SIGKILL


def test_it_never_outlives_whoever_started_it(mute):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "platform"), str(ROOT)])}
    process = subprocess.Popen(
        [sys.executable, "-m", "experiments.loadgen"], stdin=subprocess.PIPE, cwd=ROOT, env=environment
    )
    process.stdin.write(job(mute, timeout_seconds=60.0).to_line())
    process.stdin.flush()
    time.sleep(1.5)
    assert process.poll() is None

    process.stdin.close()

    assert process.wait(timeout=5) == 3
