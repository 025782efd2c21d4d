"""What scanners, signers, reviewers and rules said about a version, for its pack."""

from typing import Any

from django.db.models import Q

from models_registry.models import FileScan, GatePolicy, LegalHold, ModelVersion, PromotionRequest
from models_registry.packing.rows import row

NOT_SAID = ("due_at", "tries")


def topics(version: ModelVersion) -> dict[str, list[dict[str, Any]]]:
    """Rows by topic; each in an order that nothing written later changes."""
    return {
        "scans": _scans(version),
        "signatures": _rows(version.signatures.select_related("added_by").order_by("pk"), "version"),
        "findings": [
            row(one, without=("version",)) | {"name": str(one)}
            for one in version.findings.select_related(
                "promotion", "owner", "raised_by", "decided_by"
            ).order_by("pk")
        ],
        "overrides": [
            row(one, without=("version",)) | {"name": str(one)}
            for one in version.overrides.select_related("used_by", "reviewed_by").order_by("pk")
        ],
        "policies": _policies(version),
        "holds": _holds(version),
    }


def labels(version: ModelVersion) -> list[str]:
    """The names under which the trail tells of findings and overrides."""
    return [*map(str, version.findings.all()), *map(str, version.overrides.all())]


def talk(request: PromotionRequest) -> dict[str, list[dict[str, Any]]]:
    """The comments on a request, by line where they are about one, and who handed it to whom."""
    return {
        "comments": [
            row(one, without=("promotion", "parent")) | {"id": one.pk, "answers": one.parent_id}
            for one in request.comments.all()
        ],
        "delegations": [row(one, without=("promotion",)) for one in request.delegations.all()],
    }


def _scans(version: ModelVersion) -> list[dict[str, Any]]:
    found = FileScan.objects.filter(file__version=version).select_related("file").order_by("file__path")
    return [{"path": one.file.path} | row(one, without=("file", *NOT_SAID)) for one in found]


def _policies(version: ModelVersion) -> list[dict[str, Any]]:
    """Each published text that a request for this version was decided by."""
    used = version.promotions.exclude(policy_version=None).values_list("policy_version_id", flat=True)
    found = GatePolicy.objects.filter(pk__in=list(used)).select_related(
        "author", "proposed_by", "published_by", "based_on"
    )
    return [row(one, without=("changed_at",)) for one in found.order_by("number")]


def _holds(version: ModelVersion) -> list[dict[str, Any]]:
    """Those on the version and on its whole model, also the lifted ones."""
    here = Q(version=version) | Q(version=None, model_id=version.model_id)
    found = LegalHold.objects.filter(here).select_related("placed_by", "lifted_by").order_by("pk")
    return [
        row(one, without=("model", "version")) | {"of": "version" if one.version_id else "model"}
        for one in found
    ]


def _rows(found: Any, *without: str) -> list[dict[str, Any]]:
    return [row(one, without=without) for one in found]
