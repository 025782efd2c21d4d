"""Write versions into a folder that any Triton serves as its model repository."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import PlatformError
from models_registry.lifecycle import SERVABLE
from models_registry.models import ModelVersion
from serving.exporting import export
from serving.models import Route


class Command(BaseCommand):
    help = "Write versions into a folder that any Triton serves as its model repository."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--model", action="append", default=[], help="only this model; may be repeated")
        parser.add_argument("--stage", action="append", default=[], choices=sorted(SERVABLE))

    def handle(self, *, folder: Path, model: list[str], stage: list[str], **options: Any) -> None:
        found = ModelVersion.objects.filter(
            stage__in=stage or SERVABLE, model__workspace__permissive=False
        ).select_related("model")
        found = found.prefetch_related("files").order_by("model__name", "number")
        if model:
            found = found.filter(model__name__in=model)
        versions = list(found)
        if not versions:
            raise CommandError("No version that may be served fits; see --model and --stage.")
        routed = Route.objects.filter(version__in=versions).values_list("version_id", flat=True)
        live = [version for version in versions if version.pk in set(routed)]
        try:
            done = export(versions, folder, live=live)
        except PlatformError as error:
            raise CommandError(str(error)) from error
        for one in done:
            self.stdout.write(f"{'wrote' if one.changed else 'kept '}  {one.name}")
        self.stdout.write(f"{len(done)} models in {folder}: tritonserver --model-repository={folder} …")
