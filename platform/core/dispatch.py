"""Nudges: tasks are named here, never imported, and sent only once the rows are visible."""

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def after_commit(task_name: str, *args: int | str) -> None:
    """Nudge a worker once the row it will read is visible; losing the nudge is harmless."""
    transaction.on_commit(lambda: nudge(task_name, *args))


def nudge(task_name: str, *args: int | str) -> None:
    """Send a task now; when the broker is down, say so and leave the work to the sweep."""
    try:
        current_app.signature(task_name, args=args).apply_async(retry=False)
    except OperationalError as error:
        log.warning("nudge_lost task=%s why=%s", task_name, error)
