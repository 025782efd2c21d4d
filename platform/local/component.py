"""One supervised process: what to run, how to see that it works, how to stop it."""

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


def nothing() -> None:
    """For a component that needs no preparation."""


def every_line(line: str) -> str | None:
    """Show each log line as it is."""
    return line


@dataclass(frozen=True, slots=True)
class Account:
    """The unprivileged user that a component runs as when the stack is started by root."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """`prepare` runs before each start and may raise CannotStart; `probe` raises Unhealthy with the reason.

    `console` turns a log line into what the terminal shows, or None to leave it to the log file alone.
    """

    name: str
    command: Callable[[], Sequence[str]]
    env: Mapping[str, str]
    probe: Callable[[], None]
    ports: Sequence[str] = ()
    prepare: Callable[[], None] = nothing
    console: Callable[[str], str | None] = every_line
    account: Account | None = None
    folder: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace_s: float = 15.0
    start_timeout_s: float = 60.0
