"""How what was found divides by stage, tier, team, backend, task and tag, asked in one query."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from models_registry.models import RegisteredModel
from models_registry.searching.editing import quoted

MOST_ROWS = 2000
MOST_VALUES = 8
ORDER = ("stage", "tier", "team", "backend", "task", "tags")
PLAIN = (
    "SELECT '{key}', {column}, count(*) AS n FROM counted WHERE {column} <> '' GROUP BY 2 ORDER BY n DESC, 2"
)
# How many models have a version with each value: an array of ids, so that an index alone answers.
OF_VERSIONS = """SELECT '{key}', of_model.{column}, count(*) AS n FROM (
    SELECT DISTINCT model_id, {column} FROM models_registry_modelversion
    WHERE model_id = ANY(ARRAY(SELECT pk FROM counted)) AND deleted_at IS NULL AND {column} <> ''
) AS of_model GROUP BY 2 ORDER BY n DESC, 2"""
TAGS = """SELECT 'tags', jsonb_build_array(t.key, t.value)::text, count(*) AS n
FROM counted, LATERAL jsonb_each_text(counted.tags) AS t WHERE t.value IS NOT NULL
GROUP BY 2 ORDER BY n DESC, 2"""


@dataclass(frozen=True, slots=True)
class Facet:
    """One value of a field: how many have it, and the clause that asks for it."""

    value: str
    count: int
    clause: str


@dataclass(frozen=True, slots=True)
class Facets:
    """`groups` by field; `among` is how many rows were counted where those are not all, else 0."""

    among: int = 0
    groups: dict[str, list[Facet]] = field(default_factory=dict)


def facets(found: QuerySet[Any]) -> Facets:
    """The most frequent values of each field among these rows (or the first MOST_ROWS of them)."""
    is_models = found.model is RegisteredModel
    prefix = "" if is_models else "model__"
    own = ["pk", "tags"] if is_models else ["pk", "tags", "stage", "backend"]
    columns = [*own, f"{prefix}team", f"{prefix}risk_tier", f"{prefix}task"]
    rows = found.order_by().values_list(*columns)[: MOST_ROWS + 1]
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return Facets()
    names = ", ".join(column.rpartition("__")[2] for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(_counting(f"WITH found({names}) AS MATERIALIZED ({sql})", is_models=is_models), params)
        counted = cursor.fetchall()
    total = next(count for key, _value, count in counted if key == "")
    groups: dict[str, list[Facet]] = {key: [] for key in ORDER}
    for key, value, count in counted:
        if key:
            groups[key].append(_facet(key, value, count))
    shown = {key: values for key, values in groups.items() if values}
    return Facets(MOST_ROWS if total > MOST_ROWS else 0, shown)


def _counting(found: str, *, is_models: bool) -> str:
    of_version = OF_VERSIONS if is_models else PLAIN
    selects = [
        of_version.format(key="stage", column="stage"),
        of_version.format(key="backend", column="backend"),
        PLAIN.format(key="team", column="team"),
        PLAIN.format(key="tier", column="risk_tier"),
        PLAIN.format(key="task", column="task"),
        TAGS,
    ]
    limited = [f"({select} LIMIT {MOST_VALUES})" for select in selects]
    cut = f"counted AS (SELECT * FROM found LIMIT {MOST_ROWS})"
    return " UNION ALL ".join([f"{found}, {cut} SELECT '', '', count(*) FROM found", *limited])


def _facet(key: str, value: str, count: int) -> Facet:
    if key != "tags":
        return Facet(value, count, f"{key} = {quoted(value)}")
    return _tag(value, count)


def _tag(pair: str, count: int) -> Facet:
    name, value = json.loads(pair)
    spelled = "`" + name.replace("`", "``") + "`"
    return Facet(f"{name}: {value}", count, f"tags.{spelled} = {quoted(value)}")
