"""The embedded Triton Inference Server: the real tritonserver, from the wheel that carries it."""

import hashlib
import http.client
import json
import os
import re
import shutil
import signal
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from local import interpreters
from local.component import Component
from local.errors import CannotStart, Unhealthy
from local.layout import ROOT, Layout
from local.ports import Ports

RUNTIME = ROOT / "serving" / "runtime"
RESPONSE_CACHE_BYTES = 64 * 1024 * 1024
EXIT_TIMEOUT_S = 5
# What Triton says on every machine without a GPU, and means no harm.
WITHOUT_GPU = (
    "CudaDriverHelper",
    "DCGM",
    "Unable to allocate pinned",
    "CUDA driver version is insufficient",
)


def component(layout: Layout, ports: Ports) -> Component:
    return Component(
        name="triton",
        command=partial(command, layout, ports),
        env={},
        prepare=partial(prepare, layout),
        probe=partial(probe, ports["TRITON_HTTP"]),
        # The stub puts its working folder first on Python's path.
        folder=layout.triton,
        ports=("CONCH_TRITON_HTTP_PORT", "CONCH_TRITON_GRPC_PORT", "CONCH_TRITON_METRICS_PORT"),
        console=readable,
        stop_signal=signal.SIGTERM,
        # Keep-alive clients hold Triton for its whole exit time-out.
        grace_s=EXIT_TIMEOUT_S + 3,
    )


def prepare(layout: Layout) -> None:
    """Lay out the backend folder and clear what a killed server left in shared memory."""
    python = _interpreter(layout)
    server = python.site_packages / "pytriton" / "tritonserver"
    backends = layout.triton / "backends"
    shutil.rmtree(backends, ignore_errors=True)
    backends.mkdir(parents=True)
    # Triton makes the stub executable itself, so the copy must belong to whoever runs it.
    shutil.copytree(server / "backends" / "python", backends / "python")
    stub = shutil.copy(
        server / "python_backend_stubs" / python.minor / "triton_python_backend_stub", backends / "python"
    )
    Path(stub).chmod(0o755)
    for backend in sorted(RUNTIME.iterdir()):
        if (backend / "model.py").is_file():
            shutil.copytree(backend, backends / backend.name, ignore=shutil.ignore_patterns("__pycache__"))
            shutil.copy(RUNTIME / "batching.py", backends / backend.name)
    for leftover in Path("/dev/shm").glob(f"{_shared_memory_prefix(layout)}*"):
        leftover.unlink(missing_ok=True)


def command(layout: Layout, ports: Ports) -> Sequence[str]:
    python = _interpreter(layout)
    library = python.library(extra=layout.envs / "lib")
    if library is None:
        raise CannotStart(f"libpython{python.minor} is missing; install the package libpython{python.minor}.")
    packages = python.site_packages
    # What is set already stays behind ours: it may lead to the NVIDIA driver.
    inherited = filter(None, os.environ.get("LD_LIBRARY_PATH", "").split(":"))
    libraries = [packages / "nvidia_pytriton.libs", library.parent, *inherited]
    # `env` sets the loader path for Triton alone: the supervisor's children would else inherit it.
    return [
        "/usr/bin/env",
        f"LD_LIBRARY_PATH={':'.join(map(str, libraries))}",
        # The stub ignores PYTHON* variables; it finds its packages by the `python3` that is first on PATH.
        f"PATH={layout.triton_python.parent}:{os.environ.get('PATH', os.defpath)}",
        str(packages / "pytriton" / "tritonserver" / "bin" / "tritonserver"),
        f"--model-repository={layout.models}",
        f"--backend-directory={layout.triton / 'backends'}",
        f"--cache-directory={packages / 'pytriton' / 'tritonserver' / 'caches'}",
        f"--cache-config=local,size={RESPONSE_CACHE_BYTES}",
        "--model-control-mode=explicit",
        "--strict-readiness=false",
        # Conch writes whole configurations; asking a python-based backend to complete one costs 1.3 s a load.
        "--disable-auto-complete-config",
        f"--exit-timeout-secs={EXIT_TIMEOUT_S}",
        "--log-verbose=0",
        f"--backend-config=python,shm-region-prefix-name={_shared_memory_prefix(layout)}",
        *(
            f"--{kind}-{key}={value}"
            for kind in ("http", "grpc", "metrics")
            for key, value in (("address", "127.0.0.1"), ("port", ports[f"TRITON_{kind.upper()}"]))
        ),
    ]


def probe(http_port: int, host: str = "127.0.0.1") -> None:
    connection = http.client.HTTPConnection(host, http_port, timeout=2)
    try:
        connection.request("GET", "/v2/health/live")
        status = connection.getresponse().status
    except OSError as error:
        raise Unhealthy(f"no answer on port {http_port}: {error}") from None
    except http.client.HTTPException as error:
        raise Unhealthy(f"port {http_port} does not speak HTTP: {error!r}") from None
    finally:
        connection.close()
    if status != http.client.OK:
        raise Unhealthy(f"/v2/health/live answered {status}")


def readable(line: str) -> str | None:
    """Warnings, errors and the coming and going of models; start-up tables stay in the log file."""
    found = re.match(r"([IWEF])\d{4} [\d:.]+ \d+ ([\w.]+):\d+\] (.*)", line)
    if found is None:
        return None
    level, source, message = found.groups()
    if message.startswith('"') and message.endswith('"'):
        message = json.loads(message) if "\\" in message else message[1:-1]
    if any(noise in message for noise in WITHOUT_GPU):
        return None
    if level == "I":
        return message if source.startswith("model_lifecycle") else None
    return f"{'warning' if level == 'W' else 'error'}: {message}"


def _interpreter(layout: Layout) -> interpreters.Interpreter:
    python = interpreters.describe(layout.triton_python)
    if python is None:
        raise CannotStart(f"There is no Triton environment in {layout.envs}; run `make up` to have it made.")
    return python


def _shared_memory_prefix(layout: Layout) -> str:
    """One per state folder, so that two stacks never clear each other's segments."""
    return f"conch-{hashlib.sha256(os.fsencode(layout.home)).hexdigest()[:12]}-"
