"""Follow the log files of the stack."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from local import logs
from local.console import say
from local.layout import Layout


class Command(BaseCommand):
    help = "Show the last lines of each component's log and follow them; Ctrl-C ends it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("component", nargs="*", help="only these, e.g. triton web")
        parser.add_argument("--lines", type=int, default=10, help="how many of the last lines to show first")
        parser.add_argument("--no-follow", action="store_true", help="show what there is and end")

    def handle(self, *args: Any, **options: Any) -> None:
        layout = Layout.from_env()
        found = {path.stem: path for path in sorted(layout.logs.glob("*.log"))}
        if unknown := set(options["component"]) - set(found):
            known = ", ".join(found) or "none yet"
            raise CommandError(f"There is no log of {', '.join(sorted(unknown))}; there are: {known}.")
        if not found:
            raise CommandError(f"There are no logs in {layout.logs} yet; start the stack with `make up`.")
        chosen = {name: path for name, path in found.items() if name in (options["component"] or found)}
        tails = {name: logs.Tail(path) for name, path in chosen.items()}
        for name, path in chosen.items():
            for line in logs.last_lines(path, options["lines"]):
                say(line, name=name)
        while not options["no_follow"]:
            try:
                time.sleep(0.2)
            except KeyboardInterrupt:
                return
            for name, tail in tails.items():
                for line in tail.lines():
                    say(line, name=name)
