"""The steps of one deployment attempt, written as they happen so that the page can follow."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.utils import timezone

from core.errors import PlatformError
from serving.models import Deployment, DeploymentStep, StepState
from serving.services.claims import still_ours


@dataclass(slots=True)
class Note:
    """What a step wants to say about itself."""

    detail: str = ""
    skipped: bool = False


def begin(deployment: Deployment) -> None:
    """Close the steps that an earlier, dead attempt left running."""
    # The claim is fresh: no step of it exists yet.
    deployment.steps.filter(state=StepState.RUNNING).update(state=StepState.ABANDONED)


@contextmanager
def step(deployment: Deployment, name: str) -> Iterator[Note]:
    """Record one step with its time; a PlatformError marks it failed and goes on up."""
    still_ours(deployment)
    assert deployment.claim is not None
    row = DeploymentStep.objects.create(
        deployment=deployment, claim=deployment.claim, name=name, started_at=timezone.now()
    )
    note, started = Note(), time.perf_counter()
    state = StepState.FAILED
    try:
        yield note
        state = StepState.SKIPPED if note.skipped else StepState.DONE
    except PlatformError as error:
        note.detail = str(error)
        raise
    finally:
        row.state, row.detail = state, note.detail
        row.duration_ms = (time.perf_counter() - started) * 1000
        row.save(update_fields=["state", "detail", "duration_ms"])
