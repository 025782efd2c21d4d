"""Keep the message catalogues complete."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.env import ROOT
from local.messages import missing, update


class Command(BaseCommand):
    help = "Collect all messages into the catalogues; with --check, only say what is not translated."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing; exit 1 if anything is missing"
        )

    def handle(self, *, check: bool, **options: Any) -> None:
        for code, _name in settings.LANGUAGES:
            if code == settings.LANGUAGE_CODE:
                continue
            folder = "zh_Hant" if code == "zh-hant" else code
            catalogue = settings.LOCALE_PATHS[0] / folder / "LC_MESSAGES" / "django.po"
            work = missing if check else update
            lacking = work(ROOT, catalogue, language=folder)
            for message in lacking:
                self.stdout.write(f"{code}: {message}")
            if lacking and check:
                raise CommandError(f"{len(lacking)} messages are not translated into {code}")
            self.stdout.write(f"{code}: {len(lacking)} messages to translate")
