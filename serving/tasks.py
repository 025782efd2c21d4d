"""Nudges for serving. No retry options: the rows hold what is due, beat asks again."""

from celery import shared_task
from django.db.models import F, Q

from core.dispatch import nudge
from models_registry.lifecycle import ENDED, SERVABLE, Stage
from models_registry.models import ModelVersion
from serving import services
from serving.models import Deployment, Route, TritonServer

MOST_NUDGES = 100


@shared_task(name="serving.follow_version")
def follow_version(version_id: int) -> None:
    services.follow_version(version_id=version_id)


@shared_task(name="serving.reconcile_deployment", soft_time_limit=600)
def reconcile_deployment(deployment_id: int) -> None:
    """Harmless to run twice, late, or never: the row says what is missing."""
    services.reconcile_deployment(deployment_id=deployment_id)


@shared_task(name="serving.reconcile_route", soft_time_limit=300)
def reconcile_route(route_id: int) -> None:
    services.reconcile_route(route_id=route_id)


@shared_task(name="serving.sweep", soft_time_limit=60)
def sweep() -> None:
    """Look at every server, then follow every version and nudge every row that is due."""
    for pk in TritonServer.objects.values_list("pk", flat=True):
        services.probe_server(server_id=pk)
    for pk in unfollowed():
        services.follow_version(version_id=pk)
    sweep_due()


@shared_task(name="serving.sweep_due")
def sweep_due() -> None:
    for pk in Deployment.objects.due().values_list("pk", flat=True)[:MOST_NUDGES]:
        nudge("serving.reconcile_deployment", pk)
    for pk in Route.objects.due().values_list("pk", flat=True)[:MOST_NUDGES]:
        nudge("serving.reconcile_route", pk)


def unfollowed() -> list[int]:
    """Versions whose stage is not yet a wish: a lost nudge, or a server that was added later."""
    followed = Q(deleted_at=None, model__workspace__permissive=False)
    never_wished = followed & Q(stage__in=SERVABLE, deployments=None)
    still_wished = Q(deployments__wanted=True) & (Q(stage__in=ENDED) | Q(deleted_at__isnull=False))
    not_routed = (
        followed
        & Q(stage=Stage.DEPLOYED)
        & (Q(model__route=None) | Q(model__route__wished_at__lt=F("stage_changed_at")))
    )
    if not TritonServer.objects.exists():
        return []
    found = ModelVersion.with_deleted.filter(never_wished | still_wished | not_routed).order_by(
        "stage_changed_at"
    )
    return list(found.values_list("pk", flat=True).distinct()[:MOST_NUDGES])
