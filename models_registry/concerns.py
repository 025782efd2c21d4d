"""The states of a model that the registry itself knows of; serving adds its own."""

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from models_registry import panels
from models_registry.lifecycle import ENDED, Stage
from models_registry.models import Inspection, ModelVersion, PromotionRequest, PromotionState
from models_registry.panels import Concern


def register_own() -> None:
    panels.register_id("R", "models_registry:review_detail")
    for concern in (
        Concern(tone="bad", word=_("In quarantine"), rows=_quarantined, path="model_id"),
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


def _refused() -> QuerySet[ModelVersion]:
    return _drafts(Inspection.FAILED)


def _checking() -> QuerySet[ModelVersion]:
    return _drafts(Inspection.PENDING, Inspection.RUNNING)


def _drafts(*states: Inspection) -> QuerySet[ModelVersion]:
    return ModelVersion.objects.filter(stage=Stage.DRAFT, inspection__in=states)
