"""Reading an uploaded file: claim, inspect with no transaction open, settle what is still ours."""

import logging
import uuid
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import WORKER
from core.audit import record
from core.errors import PlatformError
from models_registry import artifacts, contents, modelconfig
from models_registry.inspection import Inspection as Report
from models_registry.inspection import inspect_file
from models_registry.models import Inspection, ModelVersion
from models_registry.services.stages import locked_version

log = logging.getLogger(__name__)
# Longer than the sandbox's own wall clock, so that a live inspection is never taken over.
CLAIM = timedelta(seconds=120)
MOST_TRIES = 3


def run_inspection(*, version_id: int) -> None:
    """Derive signature and configuration from the draft's file. Harmless to run twice, late, or never."""
    version = _claim(version_id)
    if version is None:
        return
    file = contents.main_file(version.files.all())
    if file is None:
        return
    try:
        report = inspect_file(Path(artifacts.path_of(file.sha256)), filename=Path(file.path).name)
    except PlatformError as error:
        log.info("inspection_failed version=%s code=%s", version, error.code)
        _settle(version, report=None, problem={k: str(v) for k, v in error.problem().items()})
        return
    _settle(version, report=report, problem=None)


def _claim(version_id: int) -> ModelVersion | None:
    """Compare-and-set: one worker gets the draft until the claim runs out."""
    now = timezone.now()
    waiting = ModelVersion.objects.filter(
        pk=version_id, inspection__in=[Inspection.PENDING, Inspection.RUNNING], inspection_due_at__lte=now
    )
    tries = waiting.values_list("inspection_tries", flat=True).first()
    if tries is None:
        return None
    if tries >= MOST_TRIES:
        waiting.update(inspection=Inspection.FAILED, inspection_due_at=None, inspection_problem=_gave_up())
        return None
    token = uuid.uuid4()
    taken = waiting.filter(inspection_tries=tries).update(
        inspection=Inspection.RUNNING,
        inspection_claim=token,
        inspection_due_at=now + CLAIM,
        inspection_tries=tries + 1,
    )
    return ModelVersion.objects.get(pk=version_id, inspection_claim=token) if taken else None


@transaction.atomic(durable=True)
def _settle(claimed: ModelVersion, *, report: Report | None, problem: dict[str, str] | None) -> None:
    version = locked_version(claimed.pk)
    if version.inspection_claim != claimed.inspection_claim:
        return
    version.inspection_claim, version.inspection_due_at = None, None
    if report is None:
        version.inspection, version.inspection_problem = Inspection.FAILED, problem
    else:
        version.inspection, version.inspection_problem = Inspection.PASSED, None
        version.backend, version.signature = report.backend, report.signature
        version.facts, version.golden = report.facts, report.golden
        version.warnings = report.warnings
        version.config_text = modelconfig.derive(report.signature, backend=report.backend)
    version.save()
    after = {"inspection": version.inspection, "problem": problem}
    record(WORKER, "version.inspect", version, after=after, model_name=version.model.name)


def _gave_up() -> dict[str, str]:
    return {
        "code": "inspection-died",
        "detail": _("Reading the file ended the worker three times."),
        "hint": _("Upload the file again; if it happens again, the file is likely damaged."),
    }
