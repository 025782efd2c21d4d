"""Conch's own processes: web, workers, beat and gateway."""

import http.client
import re
import signal
import socket
from collections.abc import Mapping, Sequence
from functools import partial

from local.component import Component
from local.errors import Unhealthy
from local.layout import Layout
from local.ports import Ports

# What each worker takes. Benchmarks have one of their own, so that a long one never delays a deployment.
WORKERS: Mapping[str, tuple[str, int]] = {
    "main": ("default,deploy,notices", 2),
    "benchmark": ("benchmark", 1),
}
MOST_ANSWER_BYTES = 20_000
AS_ROOT = {"PYTHONWARNINGS": "ignore:You're running the worker with superuser"}


def serving(layout: Layout, ports: Ports) -> list[Component]:
    """What people and clients talk to."""
    return [web(layout, ports), gateway(layout, ports)]


def working(layout: Layout) -> list[Component]:
    """What does the work behind it."""
    return [*(worker(layout, name) for name in WORKERS), beat(layout)]


def worker(layout: Layout, name: str) -> Component:
    queues, concurrency = WORKERS[name]
    options = [
        "-n",
        f"{name}@%h",
        "-Q",
        queues,
        "-c",
        str(concurrency),
        "--without-gossip",
        "--without-mingle",
    ]
    return Component(
        name=f"worker-{name}",
        command=partial(_python, layout, "celery", "-q", "-A", "config", "worker", "-l", "INFO", *options),
        env=AS_ROOT,
        probe=_runs,
        console=readable_celery,
        grace_s=15,
    )


def beat(layout: Layout) -> Component:
    schedule = str(layout.run / "beat-schedule")
    return Component(
        name="beat",
        command=partial(
            _python, layout, "celery", "-q", "-A", "config", "beat", "-l", "WARNING", "-s", schedule
        ),
        env={"CONCH_BEAT_FILE": schedule},
        probe=_runs,
        console=readable_celery,
        grace_s=10,
    )


def web(layout: Layout, ports: Ports) -> Component:
    options = {
        "bind": f"127.0.0.1:{ports['WEB']}",
        "worker-class": "gthread",
        "workers": 2,
        "threads": 8,
        # Uploads of many GB are one request; a thread that works is not a thread that hangs.
        "timeout": 120,
        "graceful-timeout": 8,
        "worker-tmp-dir": "/dev/shm",
        "log-level": "warning",
        "config": "python:local.gunicorn_hooks",
    }
    # Preloaded, the application starts once and not once a worker.
    flags = ["--preload", "--no-control-socket", *(f"--{name}={value}" for name, value in options.items())]
    return Component(
        name="web",
        command=partial(_python, layout, "gunicorn", "config.wsgi:application", *flags),
        env={},
        probe=partial(alive, ports["WEB"]),
        ports=("CONCH_WEB_PORT",),
        grace_s=12,
    )


def gateway(layout: Layout, ports: Ports) -> Component:
    return Component(
        name="gateway",
        command=partial(_python, layout, "serving.gateway"),
        env={},
        probe=partial(listens, ports["GATEWAY_HTTP"], ports["GATEWAY_GRPC"]),
        ports=("CONCH_GATEWAY_HTTP_PORT", "CONCH_GATEWAY_GRPC_PORT"),
        stop_signal=signal.SIGTERM,
        grace_s=8,
    )


def alive(port: int) -> None:
    answers(port, "/healthz")


def answers(port: int, path: str) -> bytes:
    """The start of what a GET of this path answers; raise Unhealthy unless its status is 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read(MOST_ANSWER_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise Unhealthy(f"no answer on port {port}: {error}") from None
    finally:
        connection.close()
    if response.status != http.client.OK:
        raise Unhealthy(f"{path} answered {response.status}: {body[:300].decode(errors='replace')}")
    return body


def listens(*ports: int) -> None:
    for port in ports:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=2).close()
        except OSError as error:
            raise Unhealthy(f"no answer on port {port}: {error}") from None


def readable_celery(line: str) -> str | None:
    """Drop the start banner; a log line starts with its time."""
    if (
        re.match(r"\s*(-{6,}|-{1,3} \*+ |\[(config|queues|tasks)\]|\.>|\. [\w.]+$|\S+@\S+ v\d)", line)
        or not line.strip()
    ):
        return None
    # Every task says that it was received and that it succeeded; the log files keep that.
    return None if re.search(r" INFO celery\.(worker\.strategy|app\.trace) ", line) else line


def _runs() -> None:
    """A worker opens no port; `status` asks it over the broker."""


def _python(layout: Layout, module: str, *arguments: str) -> Sequence[str]:
    return [str(layout.web_python), "-m", module, *arguments]
