"""The tables of the registry, a module a topic."""

from models_registry.models.cards import CardRevision
from models_registry.models.discussion import Comment, Delegation
from models_registry.models.findings import Finding, FindingState, Severity
from models_registry.models.integrity import BlobCheck, BlobState
from models_registry.models.overrides import Override, OverrideGrant, OverrideVerdict
from models_registry.models.policies import GatePolicy, PolicyState
from models_registry.models.promotions import PromotionRequest, PromotionState, Review, Verdict
from models_registry.models.registry import NAME_PATTERN, RESERVED_NAMES, Folded, RegisteredModel, RiskTier
from models_registry.models.retention import CondemnedBlob, LegalHold
from models_registry.models.scans import FileScan, ScanState
from models_registry.models.searches import SavedSearch
from models_registry.models.signing import TrustedKey, VersionSignature
from models_registry.models.tracking import (
    LoggedModel,
    PartUpload,
    StoredArtifact,
    TrackedExperiment,
    TrackedRun,
    UploadedPart,
)
from models_registry.models.uploads import Upload, UploadPart, UploadState
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
    "BlobCheck",
    "BlobState",
    "CardRevision",
    "FileScan",
    "Folded",
    "Comment",
    "CondemnedBlob",
    "Delegation",
    "Finding",
    "FindingState",
    "GatePolicy",
    "Inspection",
    "LegalHold",
    "LoggedModel",
    "ModelVersion",
    "PartUpload",
    "Override",
    "OverrideGrant",
    "OverrideVerdict",
    "PolicyState",
    "PromotionRequest",
    "PromotionState",
    "RegisteredModel",
    "Review",
    "RiskTier",
    "SavedSearch",
    "ScanState",
    "Severity",
    "StoredArtifact",
    "TrackedExperiment",
    "TrackedRun",
    "TrustedKey",
    "Upload",
    "UploadPart",
    "UploadState",
    "UploadedPart",
    "Verdict",
    "VersionFile",
    "VersionMetric",
    "VersionQuerySet",
    "VersionSignature",
]
