"""Sign the audit trail as it is now."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core.errors import PlatformError
from core.trail.checkpoints import checkpoint


class Command(BaseCommand):
    help = "Sign a checkpoint of the audit trail, and keep a copy of it in CONCH_CHECKPOINT_DIR."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = checkpoint()
        except (PlatformError, OSError) as error:
            raise CommandError(str(error)) from error
        for row in made:
            self.stdout.write(f"checkpoint over {row.size} events, root {row.root}, key {row.key_id}")
        if not made:
            self.stdout.write("nothing new since the last checkpoint")
        self.stdout.write(f"copies are in {settings.TRAIL.checkpoints}")
