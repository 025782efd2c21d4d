"""Register what a Triton model repository on disk holds."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.actors import command_actor
from core.models import User
from models_registry.importing import import_folder


class Command(BaseCommand):
    help = "Register what a Triton model repository on disk holds."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--as", dest="username", required=True, help="the engineer who registers them")
        parser.add_argument("--team", default="")

    def handle(self, *, folder: Path, username: str, team: str, **options: Any) -> None:
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no account “{username}”.")
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder.")
        actor = command_actor(user)
        counts = {"imported": 0, "known": 0, "skipped": 0}
        for outcome in import_folder(folder, actor=actor, team=team):
            counts[outcome.state] += 1
            self.stdout.write(f"{outcome.state:<9} {outcome.source:<30} {outcome.detail}")
        self.stdout.write(", ".join(f"{count} {state}" for state, count in counts.items()))
