"""The stack's commands. They run without Django's start-up, which alone takes seconds on a small machine."""

import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict

from local import logs, processes, stack, status
from local.console import say
from local.errors import CannotStart
from local.layout import Layout
from local.supervisor import Supervisor

DOWN_MOST_S = 120.0


def up() -> int:
    """Run the whole stack in the foreground until a signal asks it to stop; return the exit status."""
    try:
        wanted = stack.Stack.from_env()
    except CannotStart as error:
        return refused(error)
    supervisor = Supervisor(wanted.layout)
    if not supervisor.acquire():
        running = processes.load(wanted.layout.run / "supervisor.json")
        pid = f" (pid {running.pid})" if running else ""
        say(f"A stack already runs in {wanted.layout.home}{pid}: see `make status`, end it with `make down`.")
        return 0
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: supervisor.ask_to_stop())
    try:
        stack.run(wanted, supervisor)
        say("stopping")
    except CannotStart as error:
        return refused(error)
    finally:
        supervisor.stop()
    say("stopped")
    return 0


def down() -> int:
    """Stop the stack of this state folder and wait for its end; end what a killed one left."""
    layout = Layout.from_env()
    supervisor = processes.load(layout.run / "supervisor.json")
    if supervisor is None or not supervisor.alive():
        return end_leftovers(layout)
    say(f"stopping the stack in {layout.home} (pid {supervisor.pid})")
    os.kill(supervisor.pid, signal.SIGTERM)
    deadline = time.monotonic() + DOWN_MOST_S
    while supervisor.alive():
        if time.monotonic() > deadline:
            return refused(f"The stack (pid {supervisor.pid}) did not stop within {DOWN_MOST_S:.0f} s.")
        time.sleep(0.1)
    say("stopped")
    return 0


def end_leftovers(layout: Layout) -> int:
    left = [found for found in processes.records(layout.run) if found.name != "supervisor"]
    ended = [found.name for found in left if processes.end(found, stack=str(layout.home))]
    for path in layout.run.glob("*.json"):
        path.unlink()
    if ended:
        say(f"ended {', '.join(ended)}, left over from a stack that was killed")
    else:
        say(f"No stack runs in {layout.home}.")
    return 0


def show_status(*, as_json: bool) -> int:
    """Print each component's state; return 0 only when everything is healthy."""
    try:
        told, pid, states = status.read()
    except CannotStart as error:
        return refused(error)
    if as_json:
        whole = {"home": str(told.layout.home), "url": told.url, "running": pid is not None, "pid": pid}
        print(json.dumps(whole | {"components": [asdict(state) for state in states]}, indent=2))
    else:
        print(f"{'running' if pid else 'not running'} · {told.layout.home} · {told.url}")
        print("\n".join(status.table(states)))
    return 0 if pid is not None and all(state.healthy for state in states) else 1


def follow(chosen: Sequence[str], *, lines: int, forever: bool) -> int:
    """Print the last lines of each log, or of those chosen, then what is added until Ctrl-C."""
    layout = Layout.from_env()
    found = {path.stem: path for path in sorted(layout.logs.glob("*.log"))}
    if not found:
        return refused(f"There are no logs in {layout.logs} yet; start the stack with `make up`.")
    if unknown := ", ".join(sorted(set(chosen) - set(found))):
        return refused(f"There is no log of {unknown}; there are: {', '.join(found)}.")
    tails = {name: logs.Tail(found[name]) for name in chosen or found}
    for name in tails:
        for line in logs.last_lines(found[name], lines):
            say(line, name=name)
    while forever:
        try:
            time.sleep(0.2)
        except KeyboardInterrupt:
            break
        for name, tail in tails.items():
            for line in tail.lines():
                say(line, name=name)
    return 0


def refused(why: object) -> int:
    sys.stdout.flush()
    print(why, file=sys.stderr)
    return 1
