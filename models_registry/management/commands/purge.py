"""Remove the files of versions that are past their time, or say which would go, and why."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core.actors import command_actor
from models_registry import services


class Command(BaseCommand):
    help = "Remove the files that are past their time; without --yes only say which would go."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--yes", action="store_true", help="do it")
        which.add_argument("--dry-run", action="store_true", help="only say what would go, as without it")

    def handle(self, *, yes: bool, **options: Any) -> None:
        if yes:
            versions, blobs = services.purge(actor=command_actor())
            self.stdout.write(f"{versions} versions purged, {blobs} blobs removed")
            return
        for version in services.due_versions().select_related("model").iterator():
            why = "retired" if version.deleted_at is None else "deleted"
            since = version.gone_at  # type: ignore[attr-defined]
            self.stdout.write(f"{version}: {why} {since:%Y-%m-%d}")
        for sha256, since in services.unused_blobs().values_list("sha256", "condemned_at").iterator():
            self.stdout.write(f"{sha256}: nothing refers to it, given up {since:%Y-%m-%d}")
        self.stdout.write("Nothing was removed; --yes does it.")
