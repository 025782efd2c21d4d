"""What runs and whether it works, asked from outside the supervisor."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from local import application, processes
from local.component import Component
from local.errors import Unhealthy
from local.layout import Layout
from local.stack import EXTERNAL, Stack

PING_TIMEOUT_S = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One component; `why` says what is wrong when it is not healthy, `at` where an external one runs."""

    name: str
    pid: int | None = None
    ports: dict[str, int] = field(default_factory=dict)
    healthy: bool = False
    why: str = ""
    restarts: int = 0
    at: str = ""


def read(env: Mapping[str, str] = os.environ) -> tuple[Stack, int | None, list[State]]:
    """The stack of this state folder, its supervisor's pid (None when none runs) and all states."""
    layout = Layout.from_env(env)
    stack = Stack.from_env(dict(env) | _told(layout))
    supervisor = processes.load(layout.run / "supervisor.json")
    pid = supervisor.pid if supervisor and supervisor.alive() else None
    states = [_external(stack, name) for name in EXTERNAL if stack.external(name)]
    states += [_embedded(stack, component) for component in (*stack.infrastructure(), *stack.application())]
    return stack, pid, _asked_over_broker(stack, states)


def _told(layout: Layout) -> dict[str, str]:
    """Ports as the running stack was started with, and what it does not embed."""
    if not layout.stack_env.is_file():
        return {}
    pairs = dict(line.split("=", 1) for line in layout.stack_env.read_text().splitlines() if "=" in line)
    skip = {EXTERNAL[name] for name in pairs.get("CONCH_EMBEDDED", "").split(",") if name}
    return {key: value for key, value in pairs.items() if key not in skip}


def _embedded(stack: Stack, component: Component) -> State:
    ports = {name: stack.ports.by_variable[name] for name in component.ports}
    found = processes.load(stack.layout.run / f"{component.name}.json")
    if found is None or not found.alive():
        return State(
            name=component.name, ports=ports, why="not running", restarts=found.restarts if found else 0
        )
    state = {"name": component.name, "pid": found.pid, "ports": ports, "restarts": found.restarts}
    try:
        component.probe()
    except Unhealthy as reason:
        return State(**state, why=str(reason))  # type: ignore[arg-type]
    return State(**state, healthy=True)  # type: ignore[arg-type]


def _external(stack: Stack, name: str) -> State:
    host, port = stack.whereabouts(name)
    at = f"{host}:{port}" if port else host
    try:
        stack.probe_external(name)
    except Unhealthy as reason:
        return State(name=name, at=at, why=str(reason))
    return State(name=name, at=at, healthy=True)


def _asked_over_broker(stack: Stack, states: list[State]) -> list[State]:
    """A worker that runs but does not answer over the broker does no work."""
    broker = any(state.name == "redis" and state.healthy for state in states)
    answering = _answering(stack.addresses()["CONCH_BROKER_URL"]) if broker else set()
    why = "runs, but does not answer over the broker" if broker else "runs, but the broker is away"
    return [
        State(name=state.name, pid=state.pid, restarts=state.restarts, why=why)
        if state.name in _WORKERS and state.healthy and state.name not in answering
        else state
        for state in states
    ]


_WORKERS = {f"worker-{name}" for name in application.WORKERS}


def _answering(broker_url: str) -> set[str]:
    from celery import Celery
    from redis import RedisError

    try:
        replies = Celery(broker=broker_url).control.ping(timeout=PING_TIMEOUT_S, limit=len(_WORKERS)) or []
    except (OSError, RedisError):
        return set()  # The broker went away while it was asked.
    return {f"worker-{node.split('@')[0]}" for reply in replies for node in reply}


def table(states: list[State]) -> list[str]:
    """Aligned lines for a terminal."""
    rows = [("component", "pid", "port", "health")]
    for state in states:
        ports = ", ".join(map(str, state.ports.values())) or state.at or "–"
        again = f" (restarted {state.restarts}×)" if state.restarts else ""
        rows.append((state.name, str(state.pid or "–"), ports, (state.why or "healthy") + again))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]])
        for row in rows
    ]
