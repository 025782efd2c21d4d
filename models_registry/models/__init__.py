"""The tables of the registry, a module a topic."""

from models_registry.models.cards import CardRevision
from models_registry.models.promotions import PromotionRequest, PromotionState, Review, Verdict
from models_registry.models.registry import NAME_PATTERN, RESERVED_NAMES, Folded, RegisteredModel, RiskTier
from models_registry.models.versions import (
    ORIGIN_LENGTHS,
    Alias,
    Inspection,
    ModelVersion,
    VersionFile,
    VersionMetric,
    VersionQuerySet,
)

__all__ = [
    "NAME_PATTERN",
    "ORIGIN_LENGTHS",
    "RESERVED_NAMES",
    "Alias",
    "CardRevision",
    "Folded",
    "Inspection",
    "ModelVersion",
    "PromotionRequest",
    "PromotionState",
    "RegisteredModel",
    "Review",
    "RiskTier",
    "Verdict",
    "VersionFile",
    "VersionMetric",
    "VersionQuerySet",
]
