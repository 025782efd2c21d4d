"""registered-models/search and model-versions/search."""

from typing import Any, TypeVar

from django.db.models import CharField, Lookup, Model, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Collate

from models_registry.mlflow_api import filters, finding, keyset, rows, shapes
from models_registry.mlflow_api.calls import Call
from models_registry.mlflow_api.errors import invalid
from models_registry.mlflow_api.filters import Clause
from models_registry.mlflow_api.registered_models import Answer
from models_registry.models import Folded, ModelVersion, RegisteredModel

MOST_MODELS, SOME_MODELS = 1000, 100
MOST_VERSIONS, SOME_VERSIONS = 200_000, 10_000
IS_PROMPT = "mlflow.prompt.is_prompt"
MODEL_ORDER = {
    "name": "sorted_title",
    "timestamp": "changed_at",
    "last_updated_timestamp": "changed_at",
}
VERSION_ORDER = {
    "name": "model__title_key",
    "version_number": "number",
    "creation_timestamp": "created_at",
    "last_updated_timestamp": "changed_at",
}
COMPARE = {"=": "exact", ">": "gt", ">=": "gte", "<": "lt", "<=": "lte", "LIKE": "like", "ILIKE": "ilike"}
Row = TypeVar("Row", bound=Model)


class Like(Lookup):
    """SQL's own LIKE, with its wildcards; Django's `contains` escapes them."""

    lookup_name = "like"
    word = "LIKE"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} {self.word} {right} ESCAPE ''", (*left_params, *right_params)


class ILike(Like):
    lookup_name = "ilike"
    word = "ILIKE"


for kind in (CharField, TextField):
    kind.register_lookup(Like)
    kind.register_lookup(ILike)


def models(call: Call) -> Answer:
    size = _size(call, most=MOST_MODELS, default=SOME_MODELS)
    text, wanted = call.text("filter", default=""), call.texts("order_by")
    token, asked = call.text("page_token", default=""), f"models {call.workspace.pk} {text} {wanted}"
    if not (text or wanted or token):
        return _first(call, size, asked)
    found = RegisteredModel.objects.filter(workspace=call.workspace)
    found = found.annotate(titled=rows.title_of(), sorted_title=Collate(rows.title_of(), "C"))
    try:
        clauses = filters.parse(text, keys=filters.MODEL_KEYS)
        orders = filters.parse_order(wanted, keys=MODEL_ORDER)
        found = _narrowed(found, clauses, names={"name": "titled"}, title_key="title_key")
        keys = _keys(orders, MODEL_ORDER, last=(("sorted_title", False), ("pk", False)))
        page, following = keyset.page(found, rows.models, keys=keys, size=size, token=token, asked=asked)
    except ValueError as error:
        raise invalid(str(error)) from error
    shown = finding.shown_models(rows.ModelRow(*row) for row in page)
    return _with_token({"registered_models": shown}, following)


def _first(call: Call, size: int, asked: str) -> Answer:
    """The first page of all models by name, which most searches ask for."""
    found = rows.first_page(size + 1).rows(workspace=call.workspace_name)
    page = [rows.ModelRow(*row) for row in found[:size]]
    more = len(found) > size
    following = keyset.sealed([page[-1].title, page[-1].pk], asked=asked) if more else ""
    return _with_token({"registered_models": finding.shown_models(page)}, following)


def versions(call: Call) -> Answer:
    size = _size(call, most=MOST_VERSIONS, default=SOME_VERSIONS)
    text, wanted = call.text("filter", default=""), call.texts("order_by")
    names = {"name": "titled", "run_id": "run_id", "source_path": "source_uri", "version_number": "number"}
    found = ModelVersion.objects.filter(model__workspace=call.workspace)
    found = found.annotate(titled=rows.title_of("model__"))
    try:
        clauses = filters.parse(text, keys=filters.VERSION_KEYS)
        orders = filters.parse_order(wanted, keys=VERSION_ORDER)
        found = _narrowed(found, clauses, names=names, title_key="model__title_key")
        last = (("changed_at", True), ("model__title_key", False), ("number", True))
        keys = _keys(orders, VERSION_ORDER, last=last)
        token, asked = call.text("page_token", default=""), f"versions {call.workspace.pk} {text} {wanted}"
        page, following = keyset.page(found, rows.versions, keys=keys, size=size, token=token, asked=asked)
    except ValueError as error:
        raise invalid(str(error)) from error
    shown = [shapes.version(rows.VersionRow(*row)) for row in page]
    return _with_token({"model_versions": shown}, following)


def _narrowed(
    found: QuerySet[Row], clauses: list[Clause], *, names: dict[str, str], title_key: str
) -> QuerySet[Row]:
    for place, clause in enumerate(clauses):
        if clause.is_tag:
            found = _by_tag(found, clause, alias=f"tag_{place}")
            continue
        if clause.key == "name" and clause.operator == "=":
            # The unique index finds it; the other comparison then tells look-alikes apart.
            found = found.filter(**{title_key: Folded(Value(clause.value))})
        found = found.filter(_compared(names[clause.key], clause))
    return found


def _by_tag(found: QuerySet[Row], clause: Clause, *, alias: str) -> QuerySet[Row]:
    if clause.operator == "=":
        return found.filter(tags__contains={clause.key: clause.value})
    found = found.alias(**{alias: KeyTextTransform(clause.key, "tags")})
    condition = _compared(alias, clause)
    if clause.operator == "!=" and clause.key == IS_PROMPT:
        condition |= Q(**{f"{alias}__isnull": True})
    return found.filter(condition)


def _compared(name: str, clause: Clause) -> Q:
    if clause.operator == "!=":
        return ~Q(**{name: clause.value}) & Q(**{f"{name}__isnull": False})
    if clause.operator == "IN":
        return Q(**{f"{name}__in": clause.value})
    if clause.operator == "NOT IN":
        return ~Q(**{f"{name}__in": clause.value})
    return Q(**{f"{name}__{COMPARE[clause.operator]}": clause.value})


def _keys(
    orders: list[filters.Order], fields: dict[str, str], *, last: tuple[tuple[str, bool], ...]
) -> list[tuple[str, bool]]:
    """The order asked for, then the one that leaves no two rows equal."""
    keys: list[tuple[str, bool]] = []
    for name, descending in [*((fields[order.key], order.descending) for order in orders), *last]:
        if name not in {known for known, _descending in keys}:
            keys.append((name, descending))
    return keys


def _size(call: Call, *, most: int, default: int) -> int:
    size = call.integer("max_results", default=default)
    if not 1 <= size <= most:
        raise invalid(f"Invalid value {size} for parameter 'max_results': it must be between 1 and {most}")
    return size


def _with_token(answer: Answer, token: str) -> Answer:
    return answer | {"next_page_token": token} if token else answer
