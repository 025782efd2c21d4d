"""Servers: who they are, what they last said, and which wishes they stopped meeting."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from core.actors import Actor
from core.audit import record
from core.dispatch import nudge
from core.errors import Upstream
from serving import wishes
from serving.drift import strays
from serving.models import Deployment, Observed, Route, ServerState, TritonServer
from serving.reconcile import missing_models
from serving.triton.connect import control


@transaction.atomic(durable=True)
def ensure_server(
    *,
    actor: Actor,
    name: str,
    grpc_url: str,
    http_url: str,
    metrics_url: str,
    repository: str,
    embedded: bool,
) -> TritonServer:
    """Add a server, or correct its addresses."""
    wish = {
        "grpc_url": grpc_url,
        "http_url": http_url,
        "metrics_url": metrics_url,
        "repository": repository,
        "embedded": embedded,
    }
    server = TritonServer.objects.select_for_update().filter(name=name).first() or TritonServer(name=name)
    before = {field: getattr(server, field) for field in wish} if server.pk else None
    if before == wish:
        return server
    for field, value in wish.items():
        setattr(server, field, value)
    server.save()
    record(actor, "server.change" if before else "server.add", server, before=before, after=wish)
    return server


def probe_server(*, server_id: int) -> None:
    """Ask a server how it is and what it has; make due whatever it should have and has not."""
    server = TritonServer.objects.get(pk=server_id)
    was = server.state
    server.checked_at = timezone.now()
    try:
        client = control(server)
        metadata, index = client.metadata(), client.index()
    except Upstream as error:
        server.state, server.last_error = ServerState.UNREACHABLE, str(error.detail)
        server.save(update_fields=["state", "last_error", "checked_at"])
        return
    server.state, server.last_error, server.seen_at = ServerState.READY, "", server.checked_at
    server.version, server.extensions = metadata.version, list(metadata.extensions)
    server.index = [
        {"name": m.name, "version": m.version, "state": m.state, "reason": m.reason} for m in index
    ]
    take_index(server, came_back=was != ServerState.READY)


def take_index(server: TritonServer, *, came_back: bool = False) -> None:
    """Keep what a server has, and make due whatever it should have and has not."""
    server.strays = strays(index=server.index, known=wishes.known_names(server.pk))
    server.save()
    ready = {row["name"] for row in server.index if row["state"] == "READY"}
    _make_due(server, ready=ready, came_back=came_back)


def _make_due(server: TritonServer, *, ready: set[str], came_back: bool) -> None:
    """Rows that the server stopped meeting become due; after an absence, so does all that waits for a retry.

    Only rows without a claim: a worker that holds one is about to say more than the index knows. And only
    rows that were as they are when the index was read: what a worker said since is newer.
    """
    now = timezone.now()
    older = Q(changed_at__lte=server.seen_at)
    deployments = Deployment.objects.filter(server=server, claim=None)
    met = deployments.filter(older, wanted=True, observed=Observed.READY)
    gone = missing_models(wanted=dict(met.values_list("pk", wishes.TRITON_NAME)), ready=ready)
    deployments.filter(pk__in=gone).update(observed=Observed.ABSENT, due_at=now)
    routes = Route.objects.filter(server=server, claim=None)
    aliases = routes.filter(older).exclude(observed=None).values_list("pk", "model__name")
    lost = missing_models(wanted=dict(aliases), ready=ready)
    routes.filter(pk__in=lost).update(observed=None, due_at=now)
    if came_back:
        waiting = Q(due_at__gt=now)
        deployments.filter(waiting).update(due_at=now)
        routes.filter(waiting).update(due_at=now)
    if gone or came_back:
        nudge("serving.sweep_due")
