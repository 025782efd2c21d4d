"""The worker's side of the load generator: start the process, hear what it says, and end it in any case."""

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Iterator
from typing import IO

from django.conf import settings
from django.utils.translation import gettext as _

from core.errors import Upstream, UpstreamTimeout
from experiments.loadgen.job import Event, Job

TICK_S = 0.5
STARTUP_S = 30.0
WORDS_KEPT = 1000


def events(job: Job) -> Generator[Event | None, None, None]:
    """What the generator says, and None whenever it says nothing for a moment. Closing the iterator ends it.

    Raises:
        Upstream: it ended with an error; UpstreamTimeout: it says nothing for longer than any level takes.
    """
    with tempfile.TemporaryFile() as words:
        process = subprocess.Popen(
            [sys.executable, "-m", "experiments.loadgen"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=words,
            cwd=settings.ROOT,
            env=_environment(),
        )
        try:
            yield from _heard(process, job)
            if process.wait() != 0:
                raise _died(words, process.returncode)
        finally:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()


def _heard(process: subprocess.Popen[bytes], job: Job) -> Iterator[Event | None]:
    assert process.stdin is not None
    assert process.stdout is not None
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(process.stdout, lines), daemon=True).start()
    try:
        process.stdin.write(job.to_line())
        process.stdin.flush()
    except BrokenPipeError:
        return
    patience_s = STARTUP_S + job.warmup_seconds + job.seconds + job.timeout_seconds
    last = time.monotonic()
    while True:
        try:
            line = lines.get(timeout=TICK_S)
        except queue.Empty:
            if time.monotonic() - last > patience_s:
                raise UpstreamTimeout(
                    _("The load generator said nothing for %(seconds)d s.") % {"seconds": patience_s},
                    code="generator-silent",
                ) from None
            yield None
            continue
        if not line:
            return
        last = time.monotonic()
        yield json.loads(line)


def _listen(pipe: IO[bytes], lines: "queue.SimpleQueue[bytes]") -> None:
    """Every line, then b"" at the end."""
    try:
        for line in pipe:
            lines.put(line)
    except (OSError, ValueError):
        pass
    lines.put(b"")


def _died(words: IO[bytes], status: int) -> Upstream:
    words.seek(0)
    tail = words.read().decode(errors="replace").strip()[-WORDS_KEPT:]
    last = tail.splitlines()[-1] if tail else ""
    return Upstream(
        _("The load generator ended with status %(status)d. %(why)s") % {"status": status, "why": last},
        code="generator-died",
        hint=_("It is started again; the levels that were measured are kept."),
    )


def _environment() -> dict[str, str]:
    """The child finds the same packages; nothing that it inherits makes it a Django process."""
    paths = [str(settings.ROOT), str(settings.ROOT / "platform"), os.environ.get("PYTHONPATH", "")]
    return dict(os.environ) | {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "GRPC_VERBOSITY": "ERROR"}
