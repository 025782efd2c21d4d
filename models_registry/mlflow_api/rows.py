"""What is read of models and versions: plain rows, and the queries that give them."""

import json
from functools import lru_cache
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, Case, CharField, F, Func, OuterRef, QuerySet, Value, When
from django.db.models.functions import Collate

from core.once import Once, number, text
from models_registry.mlflow_api import shapes
from models_registry.models import Alias, Folded, ModelVersion, RegisteredModel

VERSION_FIELDS = (
    "pk", "number", "stage", "created_ms", "changed_ms", "notes", "source_uri", "run_id", "run_link",
    "inspection", "inspection_problem", "tags", "created_by__username", "model_id", "model__name",
    "model__display_name", "model__workspace__permissive",
)  # fmt: skip
MODEL_FIELDS = (
    "pk", "name", "display_name", "purpose", "tags", "risk_tier", "created_ms", "changed_ms",
    "owner__username",
)  # fmt: skip


class VersionRow(NamedTuple):
    pk: int
    number: int
    stage: str
    created_ms: int
    changed_ms: int
    notes: str
    source_uri: str
    run_id: str
    run_link: str
    inspection: str
    problem_json: Any
    tags_json: Any
    author: str
    model_id: int
    model_name: str
    display_name: str
    permissive: bool
    aliases: list[str]
    # Read only where the newest of each is wanted, for the database picks them by it.
    canon: str = ""

    @property
    def title(self) -> str:
        return self.display_name or self.model_name

    @property
    def tags(self) -> dict[str, str]:
        return _loaded(self.tags_json) or {}

    @property
    def problem(self) -> dict[str, str]:
        return _loaded(self.problem_json) or {}


class ModelRow(NamedTuple):
    pk: int
    name: str
    display_name: str
    purpose: str
    tags_json: Any
    risk_tier: str
    created_ms: int
    changed_ms: int
    owner: str
    aliases: list[str]
    alias_numbers: list[int]

    @property
    def title(self) -> str:
        return self.display_name or self.name

    @property
    def tags(self) -> dict[str, str]:
        return _loaded(self.tags_json) or {}


def title_of(path: str = "") -> Case:
    """What people call a model, as an expression."""
    title, name = F(f"{path}display_name"), F(f"{path}name")
    return Case(When(**{f"{path}display_name": ""}, then=name), default=title, output_field=CharField())


class Milliseconds(Func):
    """A time as MLflow writes it; made here, for reading a time costs more than all else in a row."""

    template = "FLOOR(EXTRACT(EPOCH FROM %(expressions)s) * 1000)::bigint"
    output_field = BigIntegerField()


TIMES = {"created_ms": Milliseconds("created_at"), "changed_ms": Milliseconds("changed_at")}


def versions(found: QuerySet[ModelVersion], *more: str) -> QuerySet[ModelVersion, tuple[Any, ...]]:
    """Tuples of VersionRow."""
    names = Alias.objects.filter(version=OuterRef("pk")).order_by("name").values("name")
    return found.annotate(**TIMES, alias_names=ArraySubquery(names)).values_list(
        *VERSION_FIELDS, "alias_names", *more
    )


def models(found: QuerySet[RegisteredModel]) -> QuerySet[RegisteredModel, tuple[Any, ...]]:
    """Tuples of ModelRow."""
    aliases = Alias.objects.filter(model=OuterRef("pk")).order_by("name")
    named = ArraySubquery(aliases.values("name"))
    numbers = ArraySubquery(aliases.values("version__number"))
    found = found.annotate(**TIMES, alias_names=named, alias_numbers=numbers)
    return found.values_list(*MODEL_FIELDS, "alias_names", "alias_numbers")


def newest(found: QuerySet[ModelVersion]) -> QuerySet[ModelVersion, tuple[Any, ...]]:
    """Of each model, the newest version of each of MLflow's stages."""
    cases = [When(stage=stage, then=Value(name)) for stage, name in shapes.CANONICAL.items()]
    staged = found.annotate(canon=Case(*cases, output_field=CharField()))
    staged = staged.order_by("model_id", "canon", "-number").distinct("model_id", "canon")
    return versions(staged, "canon")


def _of_title(path: str = "") -> dict[str, Any]:
    """Conditions on a model's title and workspace."""
    return {f"{path}title_key": Folded(Value(text("title"))), f"{path}workspace__name": text("workspace")}


_VERSIONS = ModelVersion.objects.order_by()
MODEL = Once(lambda: models(RegisteredModel.objects.order_by().filter(**_of_title())))
VERSION = Once(lambda: versions(_VERSIONS.filter(**_of_title("model__"), number=number("number"))))
VERSION_BY_ID = Once(lambda: versions(_VERSIONS.filter(pk=number("pk"))))
BY_ALIAS = Once(lambda: versions(_VERSIONS.filter(**_of_title("model__"), aliases__name=text("alias"))))
LAST = Once(lambda: versions(ModelVersion.objects.filter(**_of_title("model__")).order_by("-number"))[:1])
NEWEST = Once(lambda: newest(ModelVersion.objects.filter(model_id=number("model_id"))))
NEWEST_OF = Once(lambda: newest(ModelVersion.objects.filter(model__pk__among=text("model_ids"))))


@lru_cache(maxsize=32)
def first_page(size: int) -> Once:
    """The first `size` models of a workspace by name, which is what most searches ask for."""
    of_workspace = RegisteredModel.objects.filter(workspace__name=text("workspace"))
    by_name = of_workspace.order_by(Collate(title_of(), "C"), "pk")
    return Once(lambda: models(by_name)[:size])


def _loaded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
