"""What a search found, as CSV; written while it is read, so that its size does not matter."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_GET

from models_registry import selectors
from models_registry.models import ModelVersion, RegisteredModel
from models_registry.pages.searches import matching, query_of
from models_registry.searching import MODELS, VERSIONS

CHUNK = 2000
# What a spreadsheet would take for a formula.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
MODEL_FIELDS = ("name", "title", "team", "risk_tier", "task", "owner", "created_at", "changed_at")
VERSION_FIELDS = (
    "model", "version", "stage", "backend", "aliases", "author", "run_id", "created_at", "changed_at"
)  # fmt: skip


class Line:
    """A file of one line: what is written is what comes back."""

    def write(self, text: str) -> str:
        return text


@require_GET
@login_required
def models_csv(request: HttpRequest) -> StreamingHttpResponse:
    found = matching(query_of(request), MODELS).select_related("owner").order_by("name")
    rows = (_model(model) for model in found.iterator(chunk_size=CHUNK))
    return _streamed("models.csv", MODEL_FIELDS, rows)


@require_GET
@login_required
def versions_csv(request: HttpRequest) -> StreamingHttpResponse:
    found = selectors.as_results(matching(query_of(request), VERSIONS)).order_by("model__name", "-number")
    rows = (_version(version) for version in found.iterator(chunk_size=CHUNK))
    return _streamed("versions.csv", VERSION_FIELDS, rows)


def _model(model: RegisteredModel) -> list[Any]:
    times = [model.created_at.isoformat(), model.changed_at.isoformat()]
    owner = model.owner.username
    return [model.name, model.title, model.team, model.risk_tier, model.task, owner, *times]


def _version(version: ModelVersion) -> list[Any]:
    aliases = " ".join(sorted(alias.name for alias in version.aliases.all()))
    times = [version.created_at.isoformat(), version.changed_at.isoformat()]
    author = version.created_by.username
    where = [version.model.name, version.number, version.stage, version.backend]
    return [*where, aliases, author, version.run_id, *times]


def _streamed(name: str, fields: Sequence[str], rows: Iterable[list[Any]]) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        _lines(fields, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _lines(fields: Sequence[str], rows: Iterable[list[Any]]) -> Iterator[str]:
    writer = csv.writer(Line())
    yield writer.writerow(fields)
    for row in rows:
        yield writer.writerow([_harmless(value) for value in row])


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULAS) else value
