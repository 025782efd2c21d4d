"""The states of a model that the registry itself knows of; serving adds its own."""

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from models_registry import panels
from models_registry.lifecycle import ENDED, Stage
from models_registry.models import (
    Finding,
    FindingState,
    Inspection,
    ModelVersion,
    Override,
    PromotionRequest,
    PromotionState,
    RegisteredModel,
    Severity,
)
from models_registry.panels import Concern


def register_own() -> None:
    panels.register_id("R", "models_registry:review_detail")
    panels.register_id("F", "models_registry:finding_detail")
    panels.register_id("O", "models_registry:override_detail")
    for concern in (
        Concern(tone="bad", word=_("In quarantine"), rows=_quarantined, path="model_id"),
        Concern(tone="bad", word=_("Override not judged"), rows=_overridden, path="version__model_id"),
        Concern(tone="warn", word=_("Blocked by a finding"), rows=_blocked, path="version__model_id"),
        Concern(tone="wait", word=_("Review due again"), rows=_due_again, path="pk"),
        Concern(tone="wait", word=_("Needs approval"), rows=_asked, path="version__model_id"),
        Concern(tone="wait", word=_("Changes requested"), rows=sent_back, path="version__model_id"),
        Concern(tone="wait", word=_("Check failed"), rows=_refused, path="model_id"),
        Concern(tone="run", word=_("Checking"), rows=_checking, path="model_id"),
    ):
        panels.register_concern(concern)


def sent_back() -> QuerySet[PromotionRequest]:
    """The newest requests of versions that reviewers asked to change and that have not moved since."""
    newer = PromotionRequest.objects.filter(version=OuterRef("version"), pk__gt=OuterRef("pk"))
    found = PromotionRequest.objects.filter(~Exists(newer), state=PromotionState.CHANGES)
    return found.filter(version__stage=F("from_stage"))


def _quarantined() -> QuerySet[ModelVersion]:
    return ModelVersion.objects.filter(quarantined_at__isnull=False).exclude(stage__in=ENDED)


def _asked() -> QuerySet[PromotionRequest]:
    return PromotionRequest.objects.filter(state=PromotionState.OPEN)


def _overridden() -> QuerySet[Override]:
    return Override.objects.filter(reviewed_at=None, review_due_at__lte=timezone.now())


def _blocked() -> QuerySet[Finding]:
    live = Finding.objects.exclude(version__stage__in=ENDED)
    return live.filter(state=FindingState.OPEN, severity=Severity.BLOCKER)


def _due_again() -> QuerySet[RegisteredModel]:
    return RegisteredModel.objects.filter(next_review_on__lt=timezone.localdate())


def _refused() -> QuerySet[ModelVersion]:
    return _drafts(Inspection.FAILED)


def _checking() -> QuerySet[ModelVersion]:
    return _drafts(Inspection.PENDING, Inspection.RUNNING)


def _drafts(*states: Inspection) -> QuerySet[ModelVersion]:
    return ModelVersion.objects.filter(stage=Stage.DRAFT, inspection__in=states)
