"""Sign the files of one version with a private key."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.actors import command_actor
from core.errors import PlatformError
from core.models import User
from models_registry import services, signed
from models_registry.models import ModelVersion


class Command(BaseCommand):
    help = "Sign the files of one version, e.g. `manage.py sign_version digits 3 --key key.pem --as ada`."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("model")
        parser.add_argument("number", type=int)
        parser.add_argument("--key", type=Path, help="elliptic private key (PEM); else the server's own")
        parser.add_argument("--as", dest="username", required=True, help="the admin who signs")

    def handle(self, *, model: str, number: int, key: Path | None, username: str, **options: Any) -> None:
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no account “{username}”.")
        version = ModelVersion.objects.of(model).filter(number=number).first()
        if version is None:
            raise CommandError(f"There is no {model} v{number}.")
        try:
            version = services.sign_version(actor=command_actor(user), version_id=version.pk, key_file=key)
        except PlatformError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(signed.sentence(signed.verdict(version)))
