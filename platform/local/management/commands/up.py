"""Run the whole stack in the foreground."""

from typing import Any

from django.core.management.base import BaseCommand

from local import cli


class Command(BaseCommand):
    help = "Start PostgreSQL, Redis, Triton, the workers, the web server and the gateway; Ctrl-C stops them."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        raise SystemExit(cli.up())
