"""Prove the audit trail."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.trail.verify import Report, verify


class Command(BaseCommand):
    help = (
        "Check that every audit event is unchanged and follows its predecessor, and that the trail is the "
        "one of every checkpoint, here and elsewhere; exit 1 and name the first event that is not."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--against",
            type=Path,
            action="append",
            metavar="FOLDER",
            help="a folder of checkpoints kept elsewhere, instead of this installation's own",
        )

    def handle(self, *args: Any, against: list[Path] | None = None, **options: Any) -> None:
        for folder in against or ():
            if not folder.is_dir():
                raise CommandError(f"there is no folder {folder}")
        report = verify(folders=against)
        if not report.is_whole:
            raise CommandError("\n".join(map(str, report.problems)))
        self.stdout.write(f"audit trail whole: {report.events} events{_head(report)}")
        if report.checkpoints:
            self.stdout.write(
                f"{report.checkpoints} checkpoints over {report.covered} events, {report.copies} found "
                f"elsewhere, signed by {', '.join(report.keys)}, the last at {report.last_signed_at}"
            )


def _head(report: Report) -> str:
    return f", head {report.head[:16]}, root {report.root[:16]}" if report.events else ""
