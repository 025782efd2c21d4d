"""The same MLflow client script against `mlflow server` and against Conch, on this machine in one run.

    .conch/envs/web/bin/python benchmarks/mlflow_side_by_side.py [--calls 100]

Both have four workers and a database each in the same PostgreSQL; mlflow runs on uvloop and without sign-in,
Conch with tokens, audit and policy. What counts is the CPU time that the servers use per call of the client.
Targets: at most half of MLflow's, and a fifth for searching 100 models. MLflow itself is installed on demand
into an environment of its own, `.conch/envs/mlflow`.
"""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from scene import ROOT, machine, scene

VERSION = "3.17.2"
ENVS = ROOT / ".conch" / "envs"
TICKS = os.sysconf("SC_CLK_TCK")
SOURCE = "s3://bucket/model"
HALF, FIFTH = 0.5, 0.2
Call = Callable[[int], object]


def main(calls: int) -> int:
    python = installed()
    with scene(names=("postgres", "redis")) as servers, tempfile.TemporaryDirectory() as folder:
        database = servers.env["DATABASE_URL"]
        alone = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        with running(peer(python, database, Path(folder)), env=alone) as (url, pid):
            theirs = measured(url, pid, calls, token="")
        token = people()
        with running(own(), env=dict(os.environ)) as (url, pid):
            ours = measured(url, pid, calls, token=token)
    return report(theirs, ours, calls)


def installed() -> Path:
    """The Python of the environment with the whole of mlflow."""
    home = ENVS / "mlflow"
    if not (home / "bin" / "mlflow").exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        wanted = [f"mlflow=={VERSION}", "psycopg2-binary", "uvloop"]
        subprocess.run([str(home / "bin" / "pip"), "install", "-q", *wanted], check=True)
    return home / "bin" / "python"


def peer(python: Path, database: str, folder: Path) -> Callable[[int], list[str]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE mlflow")
    store = database.rpartition("/")[0].replace("postgresql:", "postgresql+psycopg2:") + "/mlflow"
    options = ["--backend-store-uri", store, "--artifacts-destination", str(folder), "--workers", "4"]
    # As a module: the script beside it names the folder that the environment was first made in.
    server = [str(python), "-m", "mlflow", "server", "--host"]
    return lambda port: [*server, "127.0.0.1", "--port", str(port), *options]


def own() -> Callable[[int], list[str]]:
    """Conch as `make up` serves it, with as many workers as the other."""
    flags = [
        "--preload",
        "--no-control-socket",
        "--worker-class",
        "gthread",
        "--threads",
        "4",
        "--workers",
        "4",
        "--log-level",
        "warning",
    ]
    command = [sys.executable, "-m", "gunicorn", "config.wsgi:application", *flags]
    return lambda port: [*command, "--bind", f"127.0.0.1:{port}"]


@contextmanager
def running(command: Callable[[int], list[str]], *, env: dict[str, str]) -> Iterator[tuple[str, int]]:
    """A server until the block ends: its address, and the id of its first process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command(port), cwd=ROOT, env=env, stdout=said, stderr=said, start_new_session=True
        )
        url = f"http://127.0.0.1:{port}"
        try:
            until = time.monotonic() + 180
            while not _answers(f"{url}/health"):
                if process.poll() is not None or time.monotonic() > until:
                    said.seek(0)
                    raise SystemExit(f"{command(port)[0]} did not start:\n{said.read().decode()[-2000:]}")
                time.sleep(0.2)
            yield url, process.pid
        finally:
            for pid in tree(process.pid):
                subprocess.run(["kill", str(pid)], check=False, stderr=subprocess.DEVNULL)
            process.wait(timeout=30)


def people() -> str:
    """An engineer's token, and a permissive workspace beside the default one."""
    from core.accounts import create_account, create_token
    from core.actors import command_actor
    from core.models import Workspace
    from core.roles import Role

    Workspace.objects.create(name="free", permissive=True)
    system = command_actor()
    user = create_account(
        username="bench", roles=[Role.ENGINEER], password="correct horse battery", actor=system
    )
    return create_token(actor=command_actor(user), name="bench", scopes=["read", "register"])[1]


def measured(url: str, pid: int, calls: int, *, token: str) -> dict[str, tuple[float, float]]:
    """Per call of the client: CPU ms of the servers, and ms until the answer (the middle one)."""
    os.environ["MLFLOW_TRACKING_TOKEN"] = token
    if not token:
        del os.environ["MLFLOW_TRACKING_TOKEN"]
    found = {}
    for name, call in script(url, free=f"{url}/ws/free" if token else url):
        call(-1)
        waits = []
        begun = cpu_s(pid)
        for number in range(calls):
            at = time.perf_counter()
            call(number)
            waits.append((time.perf_counter() - at) * 1000)
        time.sleep(0.1)
        found[name] = ((cpu_s(pid) - begun) * 1000 / calls, statistics.median(waits))
    return found


def script(url: str, *, free: str) -> Iterator[tuple[str, Call]]:
    """What both are asked; where nobody reviews, for moves that Conch would first have reviewed."""
    import warnings

    from mlflow import MlflowClient

    warnings.simplefilter("ignore")
    client = MlflowClient(tracking_uri=url, registry_uri=url)
    loose = MlflowClient(tracking_uri=free, registry_uri=free)
    client.create_registered_model("digits")
    loose.create_registered_model("loose")
    for number in range(100):
        client.create_registered_model(f"model-{number:03}", tags={"team": "a" if number % 2 else "b"})
        client.create_model_version(f"model-{number:03}", SOURCE, await_creation_for=0)
    for _ in range(2):
        loose.create_model_version("loose", SOURCE, await_creation_for=0)
    loose.set_registered_model_alias("loose", "champion", "1")
    yield "create", lambda i: client.create_model_version("digits", SOURCE, await_creation_for=0)
    yield "get", lambda i: client.get_registered_model("digits")
    yield "by alias", lambda i: loose.get_model_version_by_alias("loose", "champion")
    yield "latest", lambda i: client.get_latest_versions("digits")
    yield "alias", lambda i: loose.set_registered_model_alias("loose", "champion", str(i % 2 + 1))
    stages = ("Staging", "Production")
    yield "transition", lambda i: loose.transition_model_version_stage("loose", "1", stages[i % 2])
    yield "search 100", lambda i: client.search_registered_models(max_results=100)


def cpu_s(pid: int) -> float:
    """User and system time of a process and all below it."""
    total = 0.0
    for one in tree(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


def tree(pid: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            parents.setdefault(parent, []).append(int(entry.name))
    found, left = [], [pid]
    while left:
        one = left.pop()
        found.append(one)
        left += parents.get(one, [])
    return found


def report(theirs: dict[str, tuple[float, float]], ours: dict[str, tuple[float, float]], calls: int) -> int:
    print(f"\nServer CPU per call of the client, {calls} calls each; {machine()}; mlflow {VERSION}\n")
    heads = ("call", "mlflow CPU", "Conch CPU", "ratio", "target", "mlflow waits", "Conch waits")
    print(" ".join(f"{head:>12}" for head in heads))
    missed = []
    for name, (their_cpu, their_wait) in theirs.items():
        our_cpu, our_wait = ours[name]
        target, ratio = FIFTH if name.startswith("search") else HALF, our_cpu / their_cpu
        missed += [name] if ratio > target else []
        figures = (f"{their_cpu:.2f} ms", f"{our_cpu:.2f} ms", f"{ratio:.2f}", f"{target:.1f}")
        waits = (f"{their_wait:.1f} ms", f"{our_wait:.1f} ms")
        print(" ".join(f"{cell:>12}" for cell in (name, *figures, *waits)))
    print(f"\ntargets {'missed by ' + ', '.join(missed) if missed else 'met by every call'}")
    return 1 if missed else 0


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100)
    sys.exit(main(parser.parse_args().calls))
