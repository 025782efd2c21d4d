"""The whole stack as `make up` runs it: up, watched, killed, started again, down."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config.env import ROOT
from local import processes
from local.ports import Ports
from tests.waiting import until

pytestmark = pytest.mark.recovery
COMPONENTS = ["postgres", "redis", "triton", "web", "gateway", "worker-main", "worker-benchmark", "beat"]
ELSEWHERE = {"DATABASE_URL", "CONCH_BROKER_URL", "CONCH_TRITON_URL"}


class Stack:
    """A state folder with ports of its own, driven through `python -m local`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.ports = Ports.free()
        self.log = home.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None

    def env(self) -> dict[str, str]:
        inherited = {key: value for key, value in os.environ.items() if key not in ELSEWHERE}
        own = {
            "CONCH_HOME": str(self.home),
            "PYTHONPATH": "platform",
            "DJANGO_SETTINGS_MODULE": "config.settings.local",
        }
        return inherited | self.ports.as_env() | own

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "local", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.env(), capture_output=True, text=True, timeout=120, check=False
        )

    def up(self) -> str:
        """Start in the background; return what it said once it says that it is ready."""
        with self.log.open("wb") as log:
            command = [sys.executable, "-m", "local", "up"]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.env(), stdout=log, stderr=log)
        until(self.said_or_died, timeout_s=120, what="ready")
        assert "ready after" in self.log.read_text(), self.log.read_text()
        return self.log.read_text()

    def said_or_died(self) -> bool:
        assert self.process is not None
        return "ready after" in self.log.read_text() or self.process.poll() is not None

    def status(self) -> dict:
        return json.loads(self.run("status", "--json").stdout)

    def states(self) -> dict[str, dict]:
        return {state["name"]: state for state in self.status()["components"]}

    def all_healthy(self) -> dict[str, dict] | None:
        states = self.states()
        return states if all(state["healthy"] for state in states.values()) else None

    def wait_healthy(self) -> dict[str, dict]:
        return until(self.all_healthy, timeout_s=120, what="every component healthy")

    def settings(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in (self.home / "stack.env").read_text().splitlines())

    def processes(self) -> list[int]:
        """Every process that this stack started, found by the mark in its environment."""
        found = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())
        return [pid for pid in found if processes.belongs(pid, str(self.home))]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    folder = Path(os.environ.get("CONCH_TEST_HOME") or ROOT / ".conch" / "tests")
    home = folder / f"stack-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    made = Stack(home)
    made.up()
    yield made
    made.run("down")
    if made.process is not None:
        made.process.wait()


def test_every_component_comes_up_healthy_on_its_port(stack):
    states = stack.wait_healthy()

    assert list(states) == COMPONENTS
    assert states["web"]["ports"] == {"CONCH_WEB_PORT": stack.ports["WEB"]}
    assert states["triton"]["ports"] == {
        f"CONCH_TRITON_{name}_PORT": stack.ports[f"TRITON_{name}"] for name in ("HTTP", "GRPC", "METRICS")
    }
    assert all(state["pid"] and state["restarts"] == 0 for state in states.values())


def test_passwords_are_printed_once_and_kept_for_the_owner_alone(stack):
    printed = re.findall(r"^prepare +│ +(\w+) +([\w-]{12,})$", stack.log.read_text(), re.M)
    kept = [tuple(line.split()) for line in (stack.home / "accounts.txt").read_text().splitlines()]

    assert [name for name, _ in kept] == [
        "engineer", "reviewer", "reviewer2", "validator", "operator", "learner", "admin",
    ]  # fmt: skip
    assert printed == kept
    for name in ("accounts.txt", "stack.env", "postgres.password", "redis.password", "secret_key"):
        assert (stack.home / name).stat().st_mode & 0o777 == 0o600, name


def test_no_command_line_shows_a_password(stack):
    secrets = [(stack.home / f"{name}.password").read_text().encode() for name in ("postgres", "redis")]

    for pid in stack.processes():
        shown = Path(f"/proc/{pid}/cmdline").read_bytes()
        assert not any(secret in shown for secret in secrets), shown


def test_a_second_up_says_in_one_line_that_a_stack_runs(stack):
    again = stack.run("up")

    assert again.returncode == 0
    assert again.stdout == (
        f"conch            │ A stack already runs in {stack.home} (pid {stack.process.pid}): "
        "see `make status`, end it with `make down`.\n"
    )


def test_another_stack_on_the_same_ports_is_told_which_before_anything_starts(stack):
    other = Stack(stack.home.with_name(f"{stack.home.name}-other"))
    other.ports = stack.ports

    refused = other.run("up")

    assert refused.returncode == 1
    port = stack.ports["POSTGRES"]
    assert (
        refused.stderr
        == f"Port {port} is taken by another program; set CONCH_POSTGRES_PORT to a free port.\n"
    )
    assert refused.stdout == ""
    assert not (other.home / "postgres" / "data").exists()
    shutil.rmtree(other.home)


def test_killed_components_are_started_again(stack):
    before = stack.wait_healthy()
    for state in before.values():
        os.kill(state["pid"], signal.SIGKILL)
    log = stack.log
    until(lambda: log.read_text().count("ended by SIGKILL; starting again in 1 s") == len(COMPONENTS))

    after = stack.wait_healthy()

    assert {name: state["restarts"] for name, state in after.items()} == dict.fromkeys(COMPONENTS, 1)
    assert not {state["pid"] for state in before.values()} & {state["pid"] for state in after.values()}


def test_after_a_killed_supervisor_the_next_up_ends_what_was_left_and_loses_nothing(stack):
    with psycopg.connect(stack.settings()["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    left = stack.processes()
    stack.process.kill()
    stack.process.wait()
    assert stack.status()["running"] is False

    said = stack.up()

    assert said.count("left over from a stack that was killed") == len(COMPONENTS)
    assert not set(left) & set(stack.processes())
    assert "engineer" not in said
    with psycopg.connect(stack.settings()["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchall() == [(42,)]


def test_down_stops_everything_and_leaves_no_process_and_no_port(stack):
    down = stack.run("down")

    assert down.returncode == 0
    assert down.stdout.endswith("│ stopped\n")
    assert stack.process.wait(timeout=5) == 0
    assert stack.processes() == []
    stack.ports.check(list(stack.ports.by_variable))
    assert "killed" not in stack.log.read_text().split("stopping")[1]
    assert {name for name, state in stack.states().items() if state["why"] != "not running"} == set()
    assert stack.run("down").stdout == f"conch            │ No stack runs in {stack.home}.\n"
