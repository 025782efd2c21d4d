"""Remove the files of versions that are past their time, or say which would go."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from models_registry import services


class Command(BaseCommand):
    help = "Remove the files of versions that are past their time; without --yes only say which would go."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="do it")

    def handle(self, *, yes: bool, **options: Any) -> None:
        if yes:
            versions, blobs = services.purge()
            self.stdout.write(f"{versions} versions purged, {blobs} blobs removed")
            return
        for version in services.due_versions().select_related("model").iterator():
            why = "retired" if version.deleted_at is None else "deleted"
            since = version.gone_at  # type: ignore[attr-defined]
            self.stdout.write(f"{version}: {why} {since:%Y-%m-%d}")
        self.stdout.write("Nothing was removed; --yes does it.")
