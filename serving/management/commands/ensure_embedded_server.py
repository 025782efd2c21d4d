"""Make the embedded Triton, or the one that CONCH_TRITON_URL names, known to Conch."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from core.actors import command_actor
from serving.services import ensure_server, probe_server


class Command(BaseCommand):
    help = "Register the Triton of this installation, or correct its addresses."

    def handle(self, *args: Any, **options: Any) -> None:
        triton = settings.TRITON
        server = ensure_server(
            actor=command_actor(),
            name="local" if triton.embedded else "triton",
            grpc_url=triton.grpc_url,
            http_url=triton.http_url,
            metrics_url=triton.metrics_url,
            repository=str(triton.repository),
            embedded=triton.embedded,
        )
        probe_server(server_id=server.pk)
        self.stdout.write(f"server {server.name}: {server.grpc_url}")
