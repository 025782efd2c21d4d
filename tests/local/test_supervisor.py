"""The supervisor starts in order, restarts the dead with back-off, says so, and stops in reverse."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from local import processes, running
from local.component import Component
from local.errors import CannotStart, Unhealthy
from local.layout import Layout
from local.supervisor import Supervisor
from tests.waiting import until

SLEEP = "import time; time.sleep(60)"


def a_component(name: str, code: str = SLEEP, **given: object) -> Component:
    values: dict = {
        "name": name,
        "command": lambda: [sys.executable, "-c", code],
        "env": {},
        "probe": lambda: None,
    }
    return Component(**values | given)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(home=tmp_path / "home", envs=tmp_path / "envs")


@pytest.fixture
def supervisor(layout: Layout):
    made = Supervisor(layout)
    assert made.acquire()
    yield made
    made.hurried.set()
    made.stop()


@pytest.fixture
def watching(supervisor: Supervisor):
    """Watch in a thread, as `up` does in the foreground; stop it before the supervisor stops."""
    thread = threading.Thread(target=supervisor.watch)

    yield thread.start
    supervisor.stopping.set()
    if thread.ident is not None:
        thread.join()


def pid_of(supervisor: Supervisor, name: str) -> int:
    record = processes.load(supervisor.layout.run / f"{name}.json")
    assert record is not None
    return record.pid


def test_one_state_folder_has_one_supervisor(layout, supervisor):
    assert Supervisor(layout).acquire() is False


def test_a_component_that_dies_is_started_again_and_that_is_said(supervisor, watching, capfd, monkeypatch):
    monkeypatch.setattr(running, "BACKOFF_FIRST_S", 0.2)
    supervisor.start([a_component("web")], os.environ)
    first = pid_of(supervisor, "web")
    watching()

    os.kill(first, signal.SIGKILL)
    until(lambda: pid_of(supervisor, "web") != first)

    record = processes.load(supervisor.layout.run / "web.json")
    assert record is not None
    assert record.alive()
    assert record.restarts == 1
    assert "web ended by SIGKILL; starting again in 0 s" in capfd.readouterr().out


def test_the_back_off_doubles_while_a_component_keeps_dying(layout, monkeypatch, capfd):
    monkeypatch.setattr(running, "BACKOFF_FIRST_S", 0.05)
    layout.prepare()
    one = running.Running(a_component("web", "raise SystemExit(3)"), layout, os.environ)
    one.start()
    waits = []
    while len(waits) < 4:
        before = one.due_at
        one.tend()
        if one.due_at is not None and one.due_at != before:
            waits.append(one.due_at - time.monotonic())
        time.sleep(0.005)

    assert [round(wait, 2) for wait in waits] == pytest.approx([0.05, 0.1, 0.2, 0.4], abs=0.02)
    assert "web ended with exit status 3" in capfd.readouterr().out


def test_components_stop_in_reverse_order(supervisor, tmp_path):
    note = tmp_path / "stops"
    code = (
        "import signal, sys, time\n"
        "def stop(*_):\n"
        f"    open({str(note)!r}, 'a').write('{{name}} '); sys.exit()\n"
        "signal.signal(signal.SIGTERM, stop); open({ready!r}, 'w').close(); time.sleep(60)"
    )
    for name in ("postgres", "redis", "web"):
        ready = tmp_path / name

        def probe(ready: Path = ready) -> None:
            if not ready.exists():
                raise Unhealthy("not yet")

        supervisor.start(
            [a_component(name, code.format(name=name, ready=str(ready)), probe=probe)], os.environ
        )

    supervisor.stop()

    assert note.read_text() == "web redis postgres "
    assert [path.name for path in supervisor.layout.run.iterdir()] == ["supervisor.lock"]


def test_a_component_that_does_not_stop_in_time_is_killed_and_that_is_said(supervisor, capfd):
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"
    supervisor.start([a_component("triton", code, grace_s=0.3)], os.environ)
    time.sleep(0.3)

    supervisor.stop()

    assert "triton did not stop in time and was killed" in capfd.readouterr().out


def test_a_component_that_never_gets_healthy_gives_its_reason_and_the_end_of_its_log(supervisor):
    def probe() -> None:
        raise Unhealthy("no answer on port 5442")

    code = "print('could not open the data folder', flush=True); raise SystemExit(1)"
    with pytest.raises(CannotStart) as refused:
        supervisor.start([a_component("postgres", code, probe=probe)], os.environ)

    message = (
        "postgres did not become healthy: not running. The end of its log:\n  could not open the data folder"
    )
    assert str(refused.value) == message


def test_what_a_killed_supervisor_left_running_is_ended_by_the_next(layout, capfd):
    killed = Supervisor(layout)
    assert killed.acquire()
    killed.start([a_component("redis")], os.environ)
    left = killed.running[0].process
    assert left is not None
    assert killed.lock is not None
    killed.lock.close()

    following = Supervisor(layout)
    assert following.acquire()
    following.end_orphans()

    assert left.wait(timeout=5) == -signal.SIGTERM
    assert f"ended redis (pid {left.pid}), left over from a stack that was killed" in capfd.readouterr().out
    following.stop()
