"""Parts of the stack for tests: real servers on free ports, in a state folder of their own."""

import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.component import Component
from local.errors import CannotStart
from local.layout import Layout
from local.ports import Ports
from local.running import Running
from local.stack import EXTERNAL, Stack
from local.supervisor import Supervisor

SERVERS = ("postgres", "redis", "triton")


class Servers:
    """Started servers; `env` is what Django's settings must see. Stop them with `stop()`."""

    def __init__(self, stack: Stack, supervisor: Supervisor) -> None:
        self.stack = stack
        self.supervisor = supervisor
        self.env = stack.addresses() | {
            "CONCH_HOME": str(stack.layout.home),
            "CONCH_ENVS": str(stack.layout.envs),
        }

    def pid(self, name: str) -> int:
        process = self._named(name).process
        assert process is not None
        return process.pid

    def kill(self, name: str) -> None:
        """End a server as a crash would, and everything it started."""
        one = self._named(name)
        assert one.process is not None
        os.kill(one.process.pid, signal.SIGKILL)
        one.process.wait()
        one.end_strays()

    def restart(self, name: str) -> None:
        """Start a killed server again and return once it is healthy."""
        one = self._named(name)
        one.start()
        self.supervisor.await_health(one)

    def stop(self) -> None:
        self.supervisor.stop()

    def _named(self, name: str) -> Running:
        return next(one for one in self.supervisor.running if one.component.name == name)


def start(home: Path, *, names: Sequence[str] = SERVERS, env: Mapping[str, str] = os.environ) -> Servers:
    """Start these servers on free ports below `home`, which may be used again and then starts faster.

    Raises CannotStart when another process uses that folder. Servers left by a killed run are ended first.
    """
    # Tests never touch servers that somebody works with.
    wanted = {key: value for key, value in env.items() if key not in EXTERNAL.values()} | {
        "CONCH_HOME": str(home)
    }
    stack = Stack(Layout.from_env(wanted), Ports.free(), wanted)
    supervisor = Supervisor(stack.layout)
    if not supervisor.acquire():
        raise CannotStart(f"Another process runs servers in {home}.")
    supervisor.end_orphans()
    chosen: list[Component] = [component for component in stack.infrastructure() if component.name in names]
    try:
        supervisor.start(chosen, wanted)
    except BaseException:
        supervisor.stop()
        raise
    return Servers(stack, supervisor)
