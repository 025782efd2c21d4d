"""What beat asks of the kernel: forget what has run out."""

from celery import shared_task

from core.api import idempotency
from core.signing_in import sessions


@shared_task(name="core.sweep", ignore_result=True)
def sweep() -> None:
    """Harmless to run twice, late, or never."""
    idempotency.drop_old()
    sessions.drop_dead()
