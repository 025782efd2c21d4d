"""Processes by identity, not by number: a pid may be used again, a pid with its start time may not."""

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from local.layout import write_private

PROC = Path("/proc")
STACK_VARIABLE = "CONCH_STACK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One started process, as written to run/<name>.json. `started` is in clock ticks since boot."""

    name: str
    pid: int
    started: int
    boot: str
    stop_signal: int
    grace_s: float
    restarts: int = 0

    def alive(self) -> bool:
        """Whether this very process, not another of its number, still runs."""
        return self.boot == boot_id() and started(self.pid) == self.started

    def save(self, folder: Path) -> None:
        write_private(folder / f"{self.name}.json", json.dumps(asdict(self)) + "\n")


def record(*, name: str, pid: int, stop_signal: signal.Signals, grace_s: float, restarts: int = 0) -> Record:
    return Record(
        name=name,
        pid=pid,
        started=started(pid) or 0,
        boot=boot_id(),
        stop_signal=int(stop_signal),
        grace_s=grace_s,
        restarts=restarts,
    )


def load(path: Path) -> Record | None:
    """The record in a file; None when there is none or it was cut short."""
    try:
        return Record(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def records(folder: Path) -> list[Record]:
    """What was started here, the latest first: the order in which to stop."""
    found = [record for path in folder.glob("*.json") if (record := load(path))]
    return sorted(found, key=lambda record: record.started, reverse=True)


def boot_id() -> str:
    return (PROC / "sys/kernel/random/boot_id").read_text().strip()


def started(pid: int) -> int | None:
    """When this process started, in clock ticks since boot; None when there is none or it is a zombie."""
    fields = _stat(pid)
    return None if fields is None or fields[0] in "ZX" else int(fields[19])


def members(session: int) -> Iterator[int]:
    """The processes of a session, its leader among them."""
    for entry in PROC.iterdir():
        fields = _stat(int(entry.name)) if entry.name.isdecimal() else None
        if fields and int(fields[3]) == session and fields[0] not in "ZX":
            yield int(entry.name)


def belongs(pid: int, stack: str) -> bool:
    """Whether a process was started by the stack of this state folder (it inherited the variable)."""
    try:
        return f"{STACK_VARIABLE}={stack}".encode() in (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False


def end(found: Record, *, stack: str) -> bool:
    """Stop a recorded process and its session; return whether anything had to be ended.

    When the leader is gone, only processes that carry this stack's mark are touched.
    """
    if found.boot != boot_id():
        return False
    if found.alive():
        _signal(found.pid, signal.Signals(found.stop_signal))
        _wait(found.pid, found.grace_s)
        strays = list(members(found.pid))
    else:
        if started(found.pid) is not None:
            return False
        strays = [pid for pid in members(found.pid) if belongs(pid, stack)]
        if not strays:
            return False
    for pid in strays:
        _signal(pid, signal.SIGKILL)
    for pid in strays:
        _wait(pid, 5)
    return True


def _wait(pid: int, seconds: float) -> None:
    deadline, began = time.monotonic() + seconds, started(pid)
    while began is not None and started(pid) == began and time.monotonic() < deadline:
        time.sleep(0.02)


def _signal(pid: int, what: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, what)


def _stat(pid: int) -> list[str] | None:
    """Fields of /proc/<pid>/stat from the state on; the command's name may hold spaces and brackets."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
