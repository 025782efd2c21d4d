"""Stop a running stack from another terminal."""

from typing import Any

from django.core.management.base import BaseCommand

from local import cli


class Command(BaseCommand):
    help = "Stop the stack of this state folder and wait until it has stopped."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        raise SystemExit(cli.down())
