"""Run the whole stack in the foreground."""

import signal
import sys
from typing import Any

from django.core.management.base import BaseCommand

from local import processes, stack
from local.console import say
from local.errors import CannotStart
from local.supervisor import Supervisor


class Command(BaseCommand):
    help = "Start PostgreSQL, Redis, Triton, the workers, the web server and the gateway; Ctrl-C stops them."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            wanted = stack.Stack.from_env()
        except CannotStart as error:
            self.refuse(error)
        supervisor = Supervisor(wanted.layout)
        if not supervisor.acquire():
            running = processes.load(wanted.layout.run / "supervisor.json")
            pid = f" (pid {running.pid})" if running else ""
            say(f"A stack already runs in {wanted.layout.home}{pid}: see `make status`, stop it with `make down`.")
            return
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: supervisor.ask_to_stop())
        try:
            stack.run(wanted, supervisor)
        except CannotStart as error:
            self.refuse(error)
        finally:
            say("stopping")
            supervisor.stop()
            say("stopped")

    def refuse(self, error: CannotStart) -> None:
        sys.stdout.flush()
        self.stderr.write(str(error))
        raise SystemExit(1)
