"""Reading an uploaded file: claim, inspect with no transaction open, settle what is still ours."""

import logging
import uuid
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.actors import WORKER
from core.audit import record
from core.errors import PlatformError
from models_registry import artifacts, gates, modelconfig
from models_registry.inspection import Inspection as Report
from models_registry.inspection import inspect_files
from models_registry.inspection.report import remark
from models_registry.models import Inspection, ModelVersion
from models_registry.services.stages import locked_version

log = logging.getLogger(__name__)
# Longer than the sandbox's own wall clock, so that a live inspection is never taken over.
CLAIM = timedelta(seconds=120)
MOST_TRIES = 3
GAVE_UP = {"code": "inspection-died", "particulars": {}}


def run_inspection(*, version_id: int) -> None:
    """Derive signature and configuration from the draft's file. Harmless to run twice, late, or never."""
    version = _claim(version_id)
    if version is None:
        return
    files = {file.path: file.sha256 for file in version.files.all()}
    if not files:
        return
    try:
        report = _inspect(files)
    except PlatformError as error:
        log.info("inspection_failed version=%s code=%s", version, error.code)
        # Kept as code and particulars: who reads it later may read another language.
        problem = {"code": error.code, "particulars": error.context.get("particulars", {})}
        _settle(version, report=None, problem=problem)
        return
    _settle(version, report=report, problem=None)


def _inspect(files: dict[str, str]) -> Report:
    """Read the model; with others beside it, in a folder where each has its own name."""
    if len(files) == 1:
        [(path, sha256)] = files.items()
        return inspect_files({path: artifacts.path_of(sha256)})
    with artifacts.laid_out(files) as folder:
        return inspect_files({path: folder / path for path in files})


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
        waiting.update(inspection=Inspection.FAILED, inspection_due_at=None, inspection_problem=GAVE_UP)
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
def _settle(claimed: ModelVersion, *, report: Report | None, problem: dict[str, Any] | None) -> None:
    version = locked_version(claimed.pk)
    if version.inspection_claim != claimed.inspection_claim:
        return
    version.inspection_claim, version.inspection_due_at = None, None
    if report is None:
        version.inspection, version.inspection_problem = Inspection.FAILED, problem
    else:
        _take_over(version, report)
    version.save()
    after = {"inspection": version.inspection, "problem": problem}
    record(WORKER, "version.inspect", version, after=after, model_name=version.model.name)


def _take_over(version: ModelVersion, report: Report) -> None:
    known = bool(report.signature)
    version.inspection = Inspection.PASSED if known else Inspection.NEEDED
    version.inspection_problem = None
    version.backend, version.signature, version.golden = report.backend, report.signature, report.golden
    version.warnings = report.warnings
    version.facts = report.facts | {"format": report.format}
    if not known:
        version.facts |= {"questions": report.questions, "suggested": report.suggested}
        return
    version.config_text = report.config_text
    problems = gates.config_problems(version, report.config_text) if report.config_text else []
    if problems:
        version.warnings = [*report.warnings, remark("config-not-used", line=problems[0].line)]
    if problems or not report.config_text:
        version.config_text = modelconfig.derive(
            report.signature, backend=report.backend, model_format=report.format
        )
