"""The two things that can be searched, with the names of their fields."""

from collections.abc import Mapping
from dataclasses import dataclass

from models_registry.lifecycle import Stage
from models_registry.models import Inspection, RiskTier
from models_registry.searching.fields import (
    Aliases,
    Choice,
    Count,
    Day,
    Field,
    Metrics,
    Moment,
    Tags,
    Title,
    Words,
    of_versions,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One kind of row that can be searched.

    `fields` by name; `other_names` are what MLflow or habit call them; `sorts` are the orders by name, each
    a path that is never null; `model` is the path to the model, "" where the row is one.
    """

    key: str
    model: str
    fields: Mapping[str, Field]
    sorts: Mapping[str, str]
    default_order: str
    other_names: Mapping[str, str]

    def name_of(self, written: str) -> str:
        return self.other_names.get(written, written)


def _of_model(prefix: str) -> dict[str, Field]:
    return {
        "name": Words(path=f"{prefix}name"),
        "title": Title(prefix=prefix),
        "purpose": Words(path=f"{prefix}purpose"),
        "task": Words(path=f"{prefix}task"),
        "team": Words(path=f"{prefix}team"),
        "tier": Choice(path=f"{prefix}risk_tier", known=RiskTier.values),
        "owner": Words(path=f"{prefix}owner__username"),
        "workspace": Words(path=f"{prefix}workspace__name"),
        "next_review": Day(path=f"{prefix}next_review_on"),
    }


OF_VERSION: dict[str, Field] = {
    "version": Count(path="number"),
    "stage": Choice(path="stage", known=Stage.values),
    "backend": Words(path="backend"),
    "alias": Aliases(),
    "metrics": Metrics(),
    "run_id": Words(path="run_id"),
    "source": Words(path="source_uri"),
    "commit": Words(path="source_commit"),
    "dataset": Words(path="dataset"),
    "author": Words(path="created_by__username"),
    "check": Choice(path="inspection", known=Inspection.values),
    "moved": Moment(path="stage_changed_at"),
}
OWN: dict[str, Field] = {
    "tags": Tags(path="tags"),
    "created": Moment(path="created_at"),
    "changed": Moment(path="changed_at"),
}
OTHER_NAMES = {
    "tag": "tags",
    "metric": "metrics",
    "aliases": "alias",
    "risk_tier": "tier",
    "risk": "tier",
    "version_number": "version",
    "number": "version",
    "current_stage": "stage",
    "source_path": "source",
    "source_uri": "source",
    "source_commit": "commit",
    "created_by": "author",
    "inspection": "check",
    "display_name": "title",
    "created_at": "created",
    "creation_timestamp": "created",
    "timestamp": "created",
    "time": "created",
    "changed_at": "changed",
    "updated": "changed",
    "last_updated": "changed",
    "last_updated_timestamp": "changed",
    "stage_changed": "moved",
}
MODELS = Target(
    key="models",
    model="",
    fields=_of_model("")
    | OWN
    | {name: of_versions(inner) for name, inner in OF_VERSION.items()}
    | {"alias": Aliases(owner="model")},
    sorts={"name": "name", "created": "created_at", "changed": "changed_at"},
    default_order="name",
    other_names=OTHER_NAMES,
)
VERSIONS = Target(
    key="versions",
    model="model__",
    fields=_of_model("model__") | OWN | OF_VERSION,
    sorts={
        "name": "model__name",
        "version": "number",
        "created": "created_at",
        "changed": "changed_at",
        "moved": "stage_changed_at",
    },
    default_order="changed DESC",
    other_names=OTHER_NAMES,
)
TARGETS = {target.key: target for target in (MODELS, VERSIONS)}
