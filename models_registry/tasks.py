"""Nudges for the registry; the rows say what is missing, and beat asks again."""

from celery import shared_task
from django.utils import timezone

from core.dispatch import nudge
from models_registry import services
from models_registry.models import Inspection, ModelVersion

MOST_NUDGES = 50


@shared_task(name="models_registry.inspect", soft_time_limit=110)
def inspect(version_id: int) -> None:
    services.run_inspection(version_id=version_id)


@shared_task(name="models_registry.sweep")
def sweep() -> None:
    """Ask again for every inspection that is due, and act on deadlines that passed."""
    services.meet_deadlines()
    due = ModelVersion.objects.filter(
        inspection__in=[Inspection.PENDING, Inspection.RUNNING], inspection_due_at__lte=timezone.now()
    )
    for pk in due.values_list("pk", flat=True)[:MOST_NUDGES]:
        nudge("models_registry.inspect", pk)
