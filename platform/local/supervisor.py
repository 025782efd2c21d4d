"""Start components in order, keep them running, stop them in reverse."""

import fcntl
import os
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from typing import TextIO

from local import logs, processes
from local.component import Component
from local.console import say
from local.errors import CannotStart
from local.layout import Layout
from local.running import Running

POLL_S = 0.1
PROBE_EVERY_S = 5.0


class Supervisor:
    """Owns one state folder's processes. `stopping` may be set from a signal handler or another thread."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        # Those of one batch were started side by side, and stop side by side.
        self.batches: list[list[Running]] = []
        self.stopping = threading.Event()
        self.hurried = threading.Event()
        self.lock: TextIO | None = None

    @property
    def running(self) -> list[Running]:
        return [one for batch in self.batches for one in batch]

    def ask_to_stop(self) -> None:
        """Stop in order; asked a second time, stop at once."""
        (self.hurried if self.stopping.is_set() else self.stopping).set()

    def acquire(self) -> bool:
        """Take the state folder's lock, dropped by the kernel when we die; False when another has it."""
        self.layout.prepare()
        lock = (self.layout.run / "supervisor.lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        self.lock = lock
        own = processes.record(name="supervisor", pid=os.getpid(), stop_signal=signal.SIGTERM, grace_s=60)
        own.save(self.layout.run)
        return True

    def end_orphans(self) -> None:
        """End what a killed supervisor left running, found by pid and start time."""
        for found in processes.records(self.layout.run):
            if found.name == "supervisor":
                continue
            if processes.end(found, stack=str(self.layout.home)):
                say(f"ended {found.name} (pid {found.pid}), left over from a stack that was killed")
            (self.layout.run / f"{found.name}.json").unlink(missing_ok=True)

    def start(self, components: Sequence[Component], env: Mapping[str, str]) -> None:
        """Start these, side by side, and return once each is healthy; raise CannotStart otherwise."""
        for one in self.launch(components, env):
            self.await_health(one)

    def launch(self, components: Sequence[Component], env: Mapping[str, str]) -> list[Running]:
        """Start these without waiting for them; raise CannotStart when one cannot even be started."""
        fresh: list[Running] = []
        self.batches.append(fresh)
        for component in components:
            fresh.append(Running(component, self.layout, env))
            fresh[-1].start()
        return fresh

    def watch(self) -> None:
        """Show logs, restart the dead, say when health changes; return once asked to stop."""
        health = threading.Thread(target=self._watch_health, daemon=True)
        health.start()
        while not self.stopping.wait(POLL_S):
            for one in self.running:
                one.show_log()
                one.tend()

    def stop(self) -> None:
        """Stop in reverse order; a component that outstays its grace is killed and that is said."""
        self.stopping.set()
        for batch in reversed(self.batches):
            for one in reversed(batch):
                one.ask_to_stop()
            for one in reversed(batch):
                if one.wait_stopped(hurried=self.hurried):
                    say(f"{one.component.name} did not stop in time and was killed")
                one.show_log()
        self.batches.clear()
        if self.lock is not None:
            (self.layout.run / "supervisor.json").unlink(missing_ok=True)
            self.lock.close()
            self.lock = None

    def await_health(self, one: Running) -> None:
        name, deadline = one.component.name, time.monotonic() + one.component.start_timeout_s
        while (reason := one.unhealthy_because()) is not None:
            one.show_log()
            if self.stopping.is_set():
                raise CannotStart("Stopped before everything had started.")
            dead = one.process is not None and one.process.poll() is not None
            if dead or time.monotonic() > deadline:
                tail = "\n".join(f"  {line}" for line in logs.last_lines(one.log, 12))
                raise CannotStart(f"{name} did not become healthy: {reason}. The end of its log:\n{tail}")
            time.sleep(0.05)
        one.show_log()

    def _watch_health(self) -> None:
        """Say when a running component stops answering, twice in a row, and when it answers again."""
        failures: dict[str, int] = {}
        while not self.stopping.wait(PROBE_EVERY_S):
            for one in self.running:
                name, reason = one.component.name, one.unhealthy_because()
                if reason is None:
                    if failures.pop(name, 0) >= 2:
                        say(f"{name} is healthy again")
                    continue
                failures[name] = failures.get(name, 0) + 1
                # A death is told by the restart; this is about those that run and do not answer.
                if failures[name] == 2 and one.process is not None and one.process.poll() is None:
                    say(f"{name} is unhealthy: {reason}")
