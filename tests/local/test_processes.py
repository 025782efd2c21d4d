"""A process is known by its number and its start time together, so that none but ours is ever ended."""

import dataclasses
import os
import signal
import subprocess
import sys
import time

import pytest

from local import processes

FOREVER = "import time; time.sleep(60)"


@pytest.fixture
def spawn():
    made = []

    def start(code: str = FOREVER, **env: str) -> subprocess.Popen:
        process = subprocess.Popen([sys.executable, "-c", code], start_new_session=True, env=os.environ | env)
        made.append(process)
        return process

    yield start
    for process in made:
        if process.poll() is None:
            process.kill()
        process.wait()


def recorded(process: subprocess.Popen, **given: object) -> processes.Record:
    values = {"name": "web", "pid": process.pid, "stop_signal": signal.SIGTERM, "grace_s": 5.0}
    return processes.record(**values | given)


def test_a_record_survives_its_file(tmp_path, spawn):
    record = recorded(spawn(), restarts=3)

    record.save(tmp_path)

    assert processes.load(tmp_path / "web.json") == record
    assert (tmp_path / "web.json").stat().st_mode & 0o777 == 0o600


def test_a_record_that_was_cut_short_is_no_record(tmp_path):
    (tmp_path / "web.json").write_text('{"name": "web", "pi')

    assert processes.load(tmp_path / "web.json") is None


def test_a_recorded_process_is_ended_with_all_it_started(spawn):
    child = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])"
    process = spawn(f"import subprocess, sys, time; {child}; time.sleep(60)")
    while len(list(processes.members(process.pid))) < 2:
        time.sleep(0.01)

    assert processes.end(recorded(process), stack="here") is True

    assert process.wait(timeout=5) == -signal.SIGTERM
    assert list(processes.members(process.pid)) == []


def test_a_process_that_ignores_its_signal_is_killed(spawn):
    process = spawn(
        "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    )
    time.sleep(0.3)

    assert processes.end(recorded(process, grace_s=0.2), stack="here") is True

    assert process.wait(timeout=5) == -signal.SIGKILL


def test_another_process_of_the_same_number_is_left_alone(spawn):
    process = spawn()
    other = dataclasses.replace(recorded(process), started=1)

    assert processes.end(other, stack="here") is False

    assert process.poll() is None


def test_a_record_from_before_a_reboot_ends_nothing(spawn):
    process = spawn()

    assert processes.end(dataclasses.replace(recorded(process), boot="earlier"), stack="here") is False

    assert process.poll() is None


def test_what_a_dead_leader_left_is_ended_only_when_it_carries_our_mark(spawn):
    code = (
        "import subprocess, sys, os; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])"
    )
    leader = spawn(code, CONCH_STACK="ours")
    record = recorded(leader)
    leader.wait()
    (left,) = processes.members(leader.pid)
    assert processes.belongs(left, "ours") is True

    assert processes.end(record, stack="theirs") is False
    assert processes.started(left) is not None
    assert processes.end(record, stack="ours") is True
    assert processes.started(left) is None
