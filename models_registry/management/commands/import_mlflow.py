"""Register what a running MLflow server has."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.actors import command_actor
from core.errors import PlatformError
from core.models import User, Workspace
from models_registry.importing.mlflow_server import MlflowServer, import_models


class Command(BaseCommand):
    help = "Register the models of a running MLflow server, with their versions, tags and files."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("uri", help="http://host:5000")
        parser.add_argument("--as", dest="username", required=True, help="the engineer who registers them")
        parser.add_argument("--workspace", default=Workspace.DEFAULT)
        parser.add_argument("--token", default="", help="a bearer token of that server")

    def handle(
        self, *, uri: str, username: str, workspace: str, token: str, verbosity: int, **options: Any
    ) -> None:
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no account “{username}”.")
        home = Workspace.objects.filter(name=workspace).first()
        if home is None:
            raise CommandError(f"There is no workspace “{workspace}”.")
        counts = {"imported": 0, "known": 0, "skipped": 0}
        try:
            server = MlflowServer(uri, token=token)
            for outcome in import_models(server, actor=command_actor(user), workspace_id=home.pk):
                counts[outcome.state] += 1
                self.stdout.write(f"{outcome.state:<9} {outcome.source:<40} {outcome.detail}")
        except PlatformError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(", ".join(f"{count} {state}" for state, count in counts.items()))
