"""Show each component of the stack: pid, port, healthy or why not."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from local import status
from local.errors import CannotStart


class Command(BaseCommand):
    help = "Show what runs, where, and whether it works. Exit status 1 unless everything is healthy."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            stack, pid, states = status.read()
        except CannotStart as error:
            self.stderr.write(str(error))
            raise SystemExit(1) from None
        if options["json"]:
            told = {"home": str(stack.layout.home), "url": stack.url, "running": pid is not None, "pid": pid}
            self.stdout.write(json.dumps(told | {"components": [asdict(state) for state in states]}, indent=2))
        else:
            self.stdout.write(f"{'running' if pid else 'not running'} · {stack.layout.home} · {stack.url}")
            self.table(states)
        if pid is None or not all(state.healthy for state in states):
            raise SystemExit(1)

    def table(self, states: list[status.State]) -> None:
        rows = [("component", "pid", "port", "health")]
        for state in states:
            ports = ", ".join(map(str, state.ports.values())) or state.at or "–"
            health = "healthy" if state.healthy else state.why
            again = f" (restarted {state.restarts}×)" if state.restarts else ""
            rows.append((state.name, str(state.pid or "–"), ports, health + again))
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        for row in rows:
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
            self.stdout.write("  ".join([*cells, row[3]]))
