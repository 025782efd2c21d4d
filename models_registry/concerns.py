"""The states of a model that the registry itself knows of; serving adds its own."""

from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from models_registry import panels
from models_registry.lifecycle import Stage
from models_registry.models import Inspection, ModelVersion, PromotionRequest, PromotionState
from models_registry.panels import Concern


def register_own() -> None:
    panels.register_id("R", "models_registry:review_detail")
    panels.register_concern(Concern(tone="wait", word=_("Needs approval"), model_ids=_asked))
    panels.register_concern(Concern(tone="wait", word=_("Changes requested"), model_ids=_sent_back))
    panels.register_concern(Concern(tone="wait", word=_("Check failed"), model_ids=_refused))
    panels.register_concern(Concern(tone="run", word=_("Checking"), model_ids=_checking))


def sent_back() -> QuerySet[Any, Any]:
    """The newest requests of versions that reviewers asked to change and that have not moved since."""
    newer = PromotionRequest.objects.filter(version=OuterRef("version"), pk__gt=OuterRef("pk"))
    found = PromotionRequest.objects.filter(~Exists(newer), state=PromotionState.CHANGES)
    return found.filter(version__stage=F("from_stage"))


def _asked() -> QuerySet[Any, Any]:
    found = PromotionRequest.objects.filter(state=PromotionState.OPEN)
    return found.order_by().values("version__model_id")


def _sent_back() -> QuerySet[Any, Any]:
    return sent_back().order_by().values("version__model_id")


def _refused() -> QuerySet[Any, Any]:
    return _drafts(Inspection.FAILED)


def _checking() -> QuerySet[Any, Any]:
    return _drafts(Inspection.PENDING, Inspection.RUNNING)


def _drafts(*states: Inspection) -> QuerySet[Any, Any]:
    found = ModelVersion.objects.filter(stage=Stage.DRAFT, inspection__in=states)
    return found.order_by().values("model_id")
