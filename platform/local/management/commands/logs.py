"""Follow the log files of the stack."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from local import cli


class Command(BaseCommand):
    help = "Show the last lines of each component's log and follow them; Ctrl-C ends it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("component", nargs="*", help="only these, e.g. triton web")
        parser.add_argument("--lines", type=int, default=10, help="how many of the last lines to show first")
        parser.add_argument("--no-follow", action="store_true", help="show what there is and end")

    def handle(self, *args: Any, **options: Any) -> None:
        code = cli.follow(options["component"], lines=options["lines"], forever=not options["no_follow"])
        raise SystemExit(code)
