"""The tables of the registry, a module a topic."""

from models_registry.models.cards import CardRevision
from models_registry.models.discussion import Comment, Delegation
from models_registry.models.findings import Finding, FindingState, Severity
from models_registry.models.overrides import Override, OverrideGrant, OverrideVerdict
from models_registry.models.policies import GatePolicy, PolicyState
from models_registry.models.promotions import PromotionRequest, PromotionState, Review, Verdict
from models_registry.models.registry import NAME_PATTERN, RESERVED_NAMES, Folded, RegisteredModel, RiskTier
from models_registry.models.versions import (
    Alias,
    Inspection,
    ModelVersion,
    VersionFile,
    VersionMetric,
    VersionQuerySet,
)

__all__ = [
    "NAME_PATTERN",
    "RESERVED_NAMES",
    "Alias",
    "CardRevision",
    "Folded",
    "Comment",
    "Delegation",
    "Finding",
    "FindingState",
    "GatePolicy",
    "Inspection",
    "ModelVersion",
    "Override",
    "OverrideGrant",
    "OverrideVerdict",
    "PolicyState",
    "PromotionRequest",
    "PromotionState",
    "RegisteredModel",
    "Review",
    "RiskTier",
    "Severity",
    "Verdict",
    "VersionFile",
    "VersionMetric",
    "VersionQuerySet",
]
