"""Hand a part of the trail to somebody who does not trust this server."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.actors import command_actor
from core.errors import PlatformError
from core.models import User
from core.trail import exports, filters


class Command(BaseCommand):
    help = (
        "Write audit events with their proofs into a file that tools/conch_verify.py checks without Conch, "
        "e.g. `manage.py export_audit trail.json --as ada --since 2026-11-01 --model digits`."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--as", dest="username", required=True, help="an operator or admin")
        for name in ("actor", "model", "verb", "door", "since", "until"):
            parser.add_argument(f"--{name}", default="")
        parser.add_argument("--csv", action="store_true", help="a table without proofs instead")
        parser.add_argument(
            "--from-size",
            type=int,
            action="append",
            default=[],
            help="prove that an old checkpoint over so many events is the start of this trail",
        )

    def handle(self, *args: Any, file: Path, username: str, **options: Any) -> None:
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"there is no active account {username}")
        write = exports.as_csv if options["csv"] else exports.as_json
        try:
            part = exports.hand_out(
                actor=command_actor(user),
                filters=filters.read(options),
                kind="csv" if options["csv"] else "json",
                from_sizes=options["from_size"],
            )
            with file.open("x", encoding="utf-8", newline="") as target:
                target.writelines(write(part))
        except (PlatformError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{file}: events up to {part.checkpoint.size}, root {part.checkpoint.root}")
