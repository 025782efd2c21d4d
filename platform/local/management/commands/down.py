"""Stop a running stack from another terminal."""

import os
import signal
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from local import processes
from local.console import say
from local.layout import Layout

MOST_S = 120.0


class Command(BaseCommand):
    help = "Stop the stack of this state folder and wait until it has stopped."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        layout = Layout.from_env()
        supervisor = processes.load(layout.run / "supervisor.json")
        if supervisor is not None and supervisor.alive():
            say(f"stopping the stack in {layout.home} (pid {supervisor.pid})")
            os.kill(supervisor.pid, signal.SIGTERM)
            self.wait(supervisor)
            say("stopped")
            return
        left = [found for found in processes.records(layout.run) if found.name != "supervisor"]
        ended = [found.name for found in reversed(left) if processes.end(found, stack=str(layout.home))]
        for path in layout.run.glob("*.json"):
            path.unlink()
        say(f"ended {', '.join(ended)}, left over from a killed stack" if ended else f"No stack runs in {layout.home}.")

    def wait(self, supervisor: processes.Record) -> None:
        deadline = time.monotonic() + MOST_S
        while supervisor.alive():
            if time.monotonic() > deadline:
                raise CommandError(f"The stack (pid {supervisor.pid}) did not stop within {MOST_S:.0f} s.")
            time.sleep(0.1)
