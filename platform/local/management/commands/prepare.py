"""What must be done between the servers' start and Conch's own."""

from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand

from local.translations import compile_catalogues

# Each is idempotent: a second start finds nothing left to do.
SEEDS = ("ensure_accounts", "ensure_embedded_server")


class Command(BaseCommand):
    help = "Migrate the database, compile translations, make the accounts and the embedded server's row."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for folder in settings.LOCALE_PATHS:
            compile_catalogues(folder)
        lines = Lines(self)
        call_command("migrate", interactive=False, verbosity=1, stdout=lines, skip_checks=True)
        if lines.applied:
            self.stdout.write(f"{lines.applied} migrations applied")
        for name in SEEDS:
            if name in get_commands():
                call_command(name, stdout=self.stdout)


class Lines:
    """One line for all that was migrated; Django's migrate says four even when there was nothing to do."""

    def __init__(self, command: BaseCommand) -> None:
        self.command, self.applied = command, 0

    def write(self, text: str) -> None:
        if not text.lstrip().startswith("Applying"):
            return
        if not self.applied:
            self.command.stdout.write("migrating the database …")
            self.command.stdout.flush()
        self.applied += 1

    def flush(self) -> None:
        self.command.stdout.flush()
