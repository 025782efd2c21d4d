"""Read a job, measure its levels, say what was found; end at once when the input closes."""

import asyncio
import json
import os
import sys
import threading

import grpc
from tritonclient.grpc import service_pb2

from experiments.loadgen.answers import Judge
from experiments.loadgen.job import Event, Job
from experiments.loadgen.level import Away, Level, Look, Request
from serving.triton.statistics import Snapshot, snapshot

INFER = "/inference.GRPCInferenceService/ModelInfer"
STATISTICS = "/inference.GRPCInferenceService/ModelStatistics"
UNLIMITED = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
STATISTICS_TIMEOUT_S = 5.0
ORPHANED = 3


def main() -> int:
    line = sys.stdin.buffer.readline()
    if not line:
        return ORPHANED
    threading.Thread(target=_end_with_parent, daemon=True).start()
    job = Job.from_line(line)
    try:
        asyncio.run(run(job))
    except Away as error:
        say({"event": "failed", "code": "UNAVAILABLE", "detail": str(error)})
    except grpc.aio.AioRpcError as error:
        say({"event": "failed", "code": error.code().name, "detail": (error.details() or "")[:2000]})
    return 0


async def run(job: Job) -> None:
    """Try each request once, then measure level by level; an error of the first try goes on up."""
    async with grpc.aio.insecure_channel(job.url, options=UNLIMITED) as channel:
        # Without serialisers bytes go out and come in as they are: no tensor is parsed in the loop.
        call = channel.unary_unary(INFER)
        look = _look(channel, job.model)
        requests = [
            Request(payload.request, Judge(payload, rtol=job.rtol, atol=job.atol)) for payload in job.payloads
        ]
        for request in requests:
            await call(request.content, timeout=job.timeout_seconds)
        for concurrency in job.levels:
            say({"event": "begin", "concurrency": concurrency})
            level = Level(call, requests, concurrency=concurrency, timeout_s=job.timeout_seconds)
            found = await level.measure(look, warmup_s=job.warmup_seconds, seconds=job.seconds)
            say({"event": "level", **found})


def say(event: Event) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def _look(channel: grpc.aio.Channel, model: str) -> Look:
    """A function that reads the server's counters of a model; None when they cannot be read."""
    request = service_pb2.ModelStatisticsRequest(name=model).SerializeToString()
    call = channel.unary_unary(
        STATISTICS, response_deserializer=service_pb2.ModelStatisticsResponse.FromString
    )

    async def look() -> Snapshot | None:
        try:
            found = await call(request, timeout=STATISTICS_TIMEOUT_S)
        except grpc.aio.AioRpcError:
            return None
        return snapshot(found.model_stats[-1]) if found.model_stats else None

    return look


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    os._exit(ORPHANED)


if __name__ == "__main__":
    sys.exit(main())
