"""What goes into a pack, read from the rows; nothing of it depends on the reader or on the clock."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from core.errors import missing
from core.models import AuditCheckpoint, AuditEvent
from core.trail import checkpoints
from core.trail.exports import Slice, as_json
from models_registry import panels, selectors, signatures
from models_registry.lifecycle import Stage
from models_registry.models import Comment, Delegation, ModelVersion, VersionFile
from models_registry.packing import judged
from models_registry.packing.rows import row, value

# That somebody took a pack is in the trail and not in the next pack, which would never be the same twice.
READS = ("version.pack",)
BOOKKEEPING = ("inspection_due_at", "inspection_claim", "inspection_tries", "changed_at")
HEAVY = ("golden", "signature", "facts", "config_text")
MOST_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """JSON by topic, the texts beside it, and the trail with the checkpoint that covers it."""

    subject: str
    topics: dict[str, Any]
    titles: dict[str, str]
    config: str
    audit: str
    checkpoint: dict[str, Any]


def gather(version: ModelVersion) -> Gathered:
    """All of one version; read again where something was written meanwhile.

    Raises:
        Conflict: the checkpoints elsewhere are of another trail.
    """
    for _try in range(MOST_TRIES):
        labels = _labels(version)
        before = selectors.events_of_version(version, labels=labels).count()
        version = selectors.version(version.model.name, version.number)
        found = _gathered(version, labels)
        if selectors.events_of_version(version, labels=_labels(version)).count() == before:
            break
    return found


def _gathered(version: ModelVersion, labels: list[str]) -> Gathered:
    told = selectors.events_of_version(version, labels=labels).exclude(verb__in=READS)
    covering = _covering(version, told)
    events = told.filter(position__lte=covering.size).order_by("position")
    filters = {"version": str(version)}
    sections = sorted(panels.packed.gather(version), key=lambda section: section.key)
    return Gathered(
        subject=str(version),
        topics=_own(version) | {section.key: value(section.rows) for section in sections},
        titles={section.key: str(section.title) for section in sections},
        config=version.config_text,
        audit="".join(as_json(Slice(events=events, checkpoint=covering, filters=filters))),
        checkpoint={"size": covering.size, "root": covering.root},
    )


def _own(version: ModelVersion) -> dict[str, Any]:
    return {
        "model": row(version.model, without=("next_number", "changed_at")),
        "version": row(version, without=(*BOOKKEEPING, *HEAVY)) | {"triton_name": version.triton_name},
        "signature": value(version.signature),
        "facts": value(version.facts),
        "golden": value(version.golden),
        "files": [row(file, without=("version",)) for file in version.files.select_related("uploaded_by")],
        "metrics": [row(metric, without=("version",)) for metric in version.metrics.order_by("pk")],
        "aliases": [row(alias, without=("model", "version")) for alias in version.aliases.order_by("name")],
        "cards": [row(card, without=("version",)) for card in version.cards.order_by("number")],
        "promotions": _promotions(version),
        "predecessor": _difference(version),
        **judged.topics(version),
    }


def _promotions(version: ModelVersion) -> list[dict[str, Any]]:
    found = version.promotions.select_related("requested_by", "policy_version").prefetch_related(
        "reviews__reviewer",
        Prefetch("comments", Comment.objects.select_related("author").order_by("pk")),
        Prefetch("delegations", Delegation.objects.select_related("from_user", "to_user").order_by("pk")),
    )
    return [
        row(request, without=("version",))
        | {
            "name": str(request),
            "reviews": [row(one, without=("promotion",)) for one in request.reviews.all()],
            **judged.talk(request),
        }
        for request in found.order_by("pk")
    ]


def _difference(version: ModelVersion) -> dict[str, Any] | None:
    """What changed since the version that this one derives from, else since the one before it."""
    before = version.derived_from
    if before is None:
        older = ModelVersion.objects.filter(model_id=version.model_id, number__lt=version.number)
        before = older.exclude(stage=Stage.DRAFT).select_related("model").order_by("-number").first()
    if before is None:
        return None
    old, new = _digests(before), _digests(version)
    changes = signatures.changes(before.signature, version.signature) if before.signature else []
    return {
        "version": str(before),
        "config_changed": before.config_digest != version.config_digest,
        "config_before": before.config_text,
        "signature": [{"side": one.side, "text": str(one.text), "breaking": one.breaking} for one in changes],
        "files": [
            {"path": path, "before": old.get(path), "after": new.get(path)}
            for path in sorted({*old, *new})
            if old.get(path) != new.get(path)
        ],
    }


def _digests(version: ModelVersion) -> dict[str, str]:
    files = VersionFile.objects.filter(version_id=version.pk)
    return dict(files.values_list("path", "sha256"))


def _labels(version: ModelVersion) -> list[str]:
    """The names under which the trail tells of what belongs to a version."""
    places = panels.where_it_runs.gather(ModelVersion.objects.filter(pk=version.pk))
    return sorted([*(place.label for place in places), *judged.labels(version)])


def _covering(version: ModelVersion, told: QuerySet[AuditEvent]) -> AuditCheckpoint:
    """The first checkpoint over all that the trail says of the version; the same until that grows."""
    last = told.exclude(position=None).order_by("-position").first()
    place = last.position if last and last.position else 1
    rows = AuditCheckpoint.objects.filter(size__gte=place).order_by("size")
    found = rows.first()
    if found is None:
        checkpoints.checkpoint()
        found = rows.first()
    if found is None:
        raise missing(_("event about %(version)s yet") % {"version": version})
    return found
