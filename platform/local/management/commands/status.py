"""Show each component of the stack: pid, port, healthy or why not."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from local import cli


class Command(BaseCommand):
    help = "Show what runs, where, and whether it works. Exit status 1 unless everything is healthy."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        raise SystemExit(cli.show_status(as_json=options["json"]))
