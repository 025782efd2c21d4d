"""One level: so many requests are kept under way, and what happened to each is written down."""

import asyncio
import time
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import grpc

from experiments.loadgen.answers import Judge
from experiments.loadgen.job import Event
from experiments.loadgen.percentiles import summary
from experiments.loadgen.windows import cut, steadiness
from serving.triton.statistics import Snapshot, delta

Call = Callable[..., Awaitable[bytes]]
Look = Callable[[], Awaitable[Snapshot | None]]
WRONG = "wrong-answer"
AWAY = "UNAVAILABLE"
# Sixteen bytes each; a level that reaches it ends early.
MOST_ANSWERS = 2_000_000
# A server that refuses at once would otherwise be asked as fast as the processor can.
PAUSE_AFTER_ERROR_S = 0.02


class Away(Exception):
    """Not one answer came, because the server cannot be reached; there is nothing to keep."""


@dataclass(frozen=True, slots=True)
class Request:
    """A serialised request and the judge of its answers."""

    content: bytes
    judge: Judge


@dataclass(frozen=True, slots=True)
class Measured:
    """The measured part of a level; clocks in nanoseconds, `cpu_s` is the generator's own processor time."""

    from_ns: int
    until_ns: int
    cpu_s: float
    before: Snapshot | None
    after: Snapshot | None


class Level:
    """Closed loop: each slot sends its next request when its last one was answered."""

    def __init__(
        self, call: Call, requests: Sequence[Request], *, concurrency: int, timeout_s: float
    ) -> None:
        self._call, self._requests = call, requests
        self._concurrency, self._timeout_s = concurrency, timeout_s
        self._stopping = False
        self._forget()

    async def measure(self, look: Look, *, warmup_s: float, seconds: float) -> Event:
        """Warm up, measure, let the last answers arrive; the event that reports it.

        Raises:
            Away: the server could not be reached, and nothing was answered.
        """
        slots = [asyncio.create_task(self._slot(index)) for index in range(self._concurrency)]
        try:
            await asyncio.wait(slots, timeout=warmup_s, return_when=asyncio.FIRST_COMPLETED)
            before = await look()
            self._forget()
            from_ns, cpu_s = time.perf_counter_ns(), time.process_time()
            await asyncio.wait(slots, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            until_ns, cpu_s = time.perf_counter_ns(), time.process_time() - cpu_s
            self._stopping = True
            after = await look()
            await asyncio.gather(*slots)
        finally:
            for slot in slots:
                slot.cancel()
        return self._report(Measured(from_ns, until_ns, cpu_s, before, after))

    async def _slot(self, index: int) -> None:
        request = self._requests[index % len(self._requests)]
        ended = 0
        while not self._stopping and len(self._latencies) + len(self._failed) < MOST_ANSWERS:
            started = time.perf_counter_ns()
            if ended:
                self._gap_ns += started - ended
                self._gaps += 1
            try:
                answer = await self._call(request.content, timeout=self._timeout_s)
            except grpc.aio.AioRpcError as error:
                self._fail(error.code().name, error.details() or "")
                ended = 0
                await asyncio.sleep(PAUSE_AFTER_ERROR_S)
                continue
            ended = time.perf_counter_ns()
            if fault := request.judge.fault(answer):
                self._fail(WRONG, fault)
                continue
            self._ended.append(ended)
            self._latencies.append(ended - started)

    def _fail(self, code: str, detail: str) -> None:
        self._failed.append((time.perf_counter_ns(), code))
        self._details.setdefault(code, detail[:500])

    def _forget(self) -> None:
        self._ended, self._latencies = array("q"), array("q")
        self._failed: list[tuple[int, str]] = []
        self._details: dict[str, str] = {}
        self._gap_ns, self._gaps = 0, 0
        for request in self._requests:
            request.judge.checked = 0

    def _report(self, measured: Measured) -> Event:
        until_ns = measured.until_ns
        if not self._ended or self._ended[0] > until_ns:
            # Each answer takes longer than the level: count those that were waited for.
            until_ns = max([until_ns, *self._ended, *(at for at, _code in self._failed)])
        # In the order in which they ended: one thread writes them down.
        count = bisect_right(self._ended, until_ns)
        ended, latencies = self._ended[:count], self._latencies[:count]
        errors = Counter(code for at, code in self._failed if at <= until_ns)
        if not latencies and set(errors) == {AWAY}:
            raise Away(self._details[AWAY])
        duration_s = (until_ns - measured.from_ns) / 1e9
        windows = cut(ended, latencies, from_ns=measured.from_ns, until_ns=until_ns)
        verdict = steadiness(windows)
        return {
            "concurrency": self._concurrency,
            "duration_s": duration_s,
            "requests": count,
            "checked": min(sum(request.judge.checked for request in self._requests), count + errors[WRONG]),
            "errors": dict(errors),
            "error_details": {code: self._details[code] for code in errors},
            "throughput_rps": count / duration_s,
            **summary(latencies),
            **_server(measured),
            "client_overhead_us": self._gap_ns / self._gaps / 1000 if self._gaps else 0.0,
            "client_cpu": measured.cpu_s / ((measured.until_ns - measured.from_ns) / 1e9),
            "windows": [window.to_json() for window in windows],
            "stable": verdict.stable,
            "unstable_reason": verdict.reason,
            "spread": verdict.spread,
        }


def _server(measured: Measured) -> dict[str, float | None]:
    """What the server's own counters say about the same time."""
    found = (
        delta(measured.before, measured.after)
        if measured.before is not None and measured.after is not None
        else None
    )
    names = ("queue_us", "compute_input_us", "compute_infer_us", "compute_output_us", "executions")
    if found is None:
        return dict.fromkeys((*names, "mean_batch"))
    return {name: getattr(found, name) for name in names} | {"mean_batch": found.mean_batch}
