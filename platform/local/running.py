"""One component while the supervisor runs it: its process, its log, how often it died."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping

from local import logs, processes
from local.accounts import run_as
from local.component import Component
from local.console import say
from local.errors import CannotStart, Unhealthy
from local.layout import ROOT, Layout

BACKOFF_FIRST_S = 1.0
BACKOFF_MOST_S = 30.0
STEADY_S = 60.0


class Running:
    """Start, watch and stop one component. Not safe to use from two threads at once."""

    def __init__(self, component: Component, layout: Layout, env: Mapping[str, str]) -> None:
        self.component = component
        self.layout = layout
        self.env = dict(env) | dict(component.env) | {processes.STACK_VARIABLE: str(layout.home)}
        self.log = layout.logs / f"{component.name}.log"
        self.tail = logs.Tail(self.log)
        self.process: subprocess.Popen[bytes] | None = None
        self.deaths = 0
        self.restarts = 0
        self.started_at = 0.0
        self.due_at: float | None = None

    def start(self) -> None:
        """Start the process; raise CannotStart when its preparation or its program fails."""
        self.component.prepare()
        descriptor = logs.open_log(self.log)
        try:
            self.process = subprocess.Popen(
                list(self.component.command()),
                env=self.env,
                cwd=self.component.folder or ROOT,
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                start_new_session=True,
                **run_as(self.component.account),
            )  # type: ignore[call-overload]
        except OSError as error:
            raise CannotStart(f"{self.component.name} does not start: {error}") from None
        finally:
            os.close(descriptor)
        self.started_at, self.due_at = time.monotonic(), None
        processes.record(
            name=self.component.name,
            pid=self.process.pid,
            stop_signal=self.component.stop_signal,
            grace_s=self.component.grace_s,
            restarts=self.restarts,
        ).save(self.layout.run)

    def unhealthy_because(self) -> str | None:
        """Why the component does not do its work; None when it does."""
        if self.process is None or self.process.poll() is not None:
            return "not running"
        try:
            self.component.probe()
        except Unhealthy as reason:
            return str(reason)
        return None

    def tend(self) -> None:
        """Notice a death and start again once its back-off has passed."""
        now = time.monotonic()
        if self.due_at is not None:
            if now >= self.due_at:
                self._start_again()
            return
        if self.process is None or (status := self.process.poll()) is None:
            return
        # Whatever it left behind would hold its ports and its locks.
        self.end_strays()
        self.deaths = 1 if now - self.started_at > STEADY_S else self.deaths + 1
        self._later(f"ended {ending(status)}")

    def show_log(self) -> None:
        for line in self.tail.lines():
            if (shown := self.component.console(line)) is not None:
                say(shown, name=self.component.name)
        logs.rotate(self.log)

    def ask_to_stop(self) -> None:
        self.due_at = None
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.component.stop_signal)

    def wait_stopped(self, *, hurried: threading.Event) -> bool:
        """Wait for the end, then kill what is left of the session; return whether its grace ran out."""
        if self.process is None:
            return False
        deadline = time.monotonic() + self.component.grace_s
        while self.process.poll() is None and time.monotonic() < deadline and not hurried.is_set():
            time.sleep(0.02)
        killed = self.process.poll() is None
        self.end_strays()
        self.process.wait()
        (self.layout.run / f"{self.component.name}.json").unlink(missing_ok=True)
        return killed

    def end_strays(self) -> None:
        if self.process is None:
            return
        for pid in processes.members(self.process.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def _start_again(self) -> None:
        self.restarts += 1
        try:
            self.start()
        except CannotStart as error:
            self.deaths += 1
            self._later(str(error))

    def _later(self, what: str) -> None:
        wait_s = min(BACKOFF_FIRST_S * 2 ** (self.deaths - 1), BACKOFF_MOST_S)
        self.due_at = time.monotonic() + wait_s
        say(f"{self.component.name} {what}; starting again in {wait_s:.0f} s", name="conch")


def ending(status: int) -> str:
    if status >= 0:
        return f"with exit status {status}"
    try:
        return f"by {signal.Signals(-status).name}"
    except ValueError:
        return f"by signal {-status}"
