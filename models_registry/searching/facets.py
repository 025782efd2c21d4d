"""How what was found divides by stage, tier, team, backend, task and tag, asked in one query."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from models_registry.models import RegisteredModel
from models_registry.searching.editing import quoted

MOST_ROWS = 5000
MOST_VALUES = 8
ORDER = ("stage", "tier", "team", "backend", "task", "tags")
PLAIN = (
    "SELECT '{key}', {column}, count(*) AS n FROM counted WHERE {column} <> '' GROUP BY 2 ORDER BY n DESC, 2"
)
OF_VERSIONS = """SELECT '{key}', v.{column}, count(DISTINCT v.model_id) AS n
FROM counted JOIN models_registry_modelversion v ON v.model_id = counted.pk
WHERE v.deleted_at IS NULL AND v.{column} <> '' GROUP BY 2 ORDER BY n DESC, 2"""
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
    """`total` is how many rows were found, at most MOST_ROWS; `capped` says that there are more."""

    total: int
    capped: bool
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
        return Facets(0, False)
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
    return Facets(min(total, MOST_ROWS), total > MOST_ROWS, shown)


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
