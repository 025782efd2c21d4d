"""Nudges for the registry; the rows say what is missing, and beat asks again."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from core.dispatch import nudge
from models_registry import artifacts, services
from models_registry.models import Inspection, ModelVersion
from models_registry.services.tracked_files import drop_stale_uploads

MOST_NUDGES = 50


@shared_task(name="models_registry.inspect", soft_time_limit=110)
def inspect(version_id: int) -> None:
    services.run_inspection(version_id=version_id)


@shared_task(name="models_registry.scan", soft_time_limit=190)
def scan(file_id: int) -> None:
    services.run_scan(file_id=file_id)


@shared_task(name="models_registry.sweep")
def sweep() -> None:
    """Ask again for every inspection and every scan that is due, and act on deadlines that passed."""
    services.meet_deadlines()
    due = ModelVersion.objects.filter(
        inspection__in=[Inspection.PENDING, Inspection.RUNNING], inspection_due_at__lte=timezone.now()
    )
    for pk in due.values_list("pk", flat=True)[:MOST_NUDGES]:
        nudge("models_registry.inspect", pk)
    for pk in services.due_scans(most=MOST_NUDGES):
        nudge("models_registry.scan", pk)


@shared_task(name="models_registry.tidy", ignore_result=True)
def tidy() -> None:
    """Drop what nobody will finish: expired uploads, and what dead processes left in the store's folder."""
    services.expire_uploads()
    artifacts.sweep_leftovers()
    drop_stale_uploads()


@shared_task(name="models_registry.purge", ignore_result=True)
def purge() -> None:
    """Remove the bytes of what is past its time. Harmless to run twice, late, or never."""
    services.purge()


@shared_task(name="models_registry.rehash", ignore_result=True)
def rehash() -> None:
    """Read some of the stored bytes back."""
    services.check_some(budget_bytes=settings.ARTIFACTS.rehash_bytes)
