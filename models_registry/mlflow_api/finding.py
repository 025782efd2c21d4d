"""Models and versions by the names that MLflow clients use."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, CharField, F, OuterRef, QuerySet, Value, When

from models_registry.lifecycle import Stage
from models_registry.mlflow_api import shapes
from models_registry.mlflow_api.calls import Call
from models_registry.mlflow_api.errors import ApiError, absent, invalid
from models_registry.models import Alias, Folded, ModelVersion, RegisteredModel

CANON = Case(
    *(When(stage=stage, then=Value(name)) for stage, name in shapes.CANONICAL.items()),
    output_field=CharField(),
)
SHOWN = (
    "number", "stage", "created_at", "changed_at", "notes", "source_uri", "run_id", "run_link", "inspection",
    "inspection_problem", "tags", "created_by__username", "model__name", "model__display_name",
    "model__workspace__permissive",
)  # fmt: skip


def title_of(path: str = "") -> Case:
    """What people call a model, as an expression."""
    title, name = F(f"{path}display_name"), F(f"{path}name")
    return Case(When(**{f"{path}display_name": ""}, then=name), default=title, output_field=CharField())


TITLE = title_of()


def model(call: Call, *, key: str = "name") -> RegisteredModel:
    """The model of a name, exactly as it is written."""
    title = call.text(key)
    found = RegisteredModel.objects.select_related("owner").filter(
        title_key=Folded(Value(title)), workspace__name=call.workspace_name
    )
    row = found.first()
    if row is None or row.title != title:
        raise _absent(call, title, twin=row)
    return row


def version(call: Call) -> ModelVersion:
    """The version of a name and a number."""
    title, text = call.text("name"), call.text("version")
    found = ModelVersion.objects.filter(
        model__title_key=Folded(Value(title)),
        model__workspace__name=call.workspace_name,
        number=_number(text),
    )
    row = shown(found).first()
    if row is None or row.model.title != title:
        # The second look says which of the two is not there.
        return numbered(call, model(call), text)
    return row


def numbered(call: Call, row: RegisteredModel, text: str) -> ModelVersion:
    found = versions(row.pk).filter(number=_number(text)).first()
    if found is None:
        raise absent(f"Model Version (name={row.title}, version={text[:40]})")
    return found


def versions(*model_ids: int) -> QuerySet[ModelVersion]:
    """Versions with all that is shown of one."""
    return shown(ModelVersion.objects.filter(model_id__in=model_ids))


def shown(found: QuerySet[ModelVersion]) -> QuerySet[ModelVersion]:
    found = found.select_related("model__workspace", "created_by").only(*SHOWN)
    names = Alias.objects.filter(version=OuterRef("pk")).order_by("name").values("name")
    return found.annotate(alias_names=ArraySubquery(names))


def newest(model_ids: Collection[int], *, stages: Collection[str] = ()) -> dict[int, list[ModelVersion]]:
    """By model, the newest version of each of MLflow's stages."""
    found = versions(*model_ids)
    if stages:
        own = [stage for stage in Stage if shapes.CANONICAL[stage] in stages]
        found = found.filter(stage__in=own)
    found = found.annotate(canon=CANON).order_by("model_id", "canon", "-number").distinct("model_id", "canon")
    by_model: dict[int, list[ModelVersion]] = defaultdict(list)
    for row in found:
        by_model[row.model_id].append(row)
    return by_model


def shown_models(rows: Iterable[RegisteredModel]) -> list[shapes.Shape]:
    """Models with their newest versions and aliases, in a fixed number of queries."""
    rows = list(rows)
    ids = [row.pk for row in rows]
    latest = newest(ids) if ids else {}
    aliases: dict[int, dict[str, int]] = defaultdict(dict)
    pointers = Alias.objects.filter(model_id__in=ids).values_list("model_id", "name", "version__number")
    for model_id, name, number in pointers:
        aliases[model_id][name] = number
    return [shapes.model(row, latest=latest.get(row.pk, []), aliases=aliases[row.pk]) for row in rows]


def shown_version(pk: int) -> shapes.Shape:
    """A version as it is now."""
    return shapes.version(shown(ModelVersion.objects.filter(pk=pk)).get())


def _number(text: str) -> int:
    """The number of a version; one that none can have is 0."""
    if not text.isdecimal():
        raise invalid(f"Model version must be an integer, got '{text[:80]}'")
    return int(text) if len(text) < 10 else 0


def _absent(call: Call, title: str, *, twin: RegisteredModel | None) -> ApiError:
    # An unknown workspace is said as that.
    _ = call.workspace
    hint = f"; did you mean '{twin.title}'?" if twin else ""
    return absent(f"Registered Model with name={title[:300]}{hint}")
