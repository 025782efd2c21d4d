"""A model as it was at a moment of the past."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from core.errors import Invalid, NotFound, PlatformError
from models_registry import selectors
from models_registry.asof.reading import asked, model_as_of
from models_registry.asof.state import ModelState, Version
from models_registry.lifecycle import Stage
from models_registry.pages import tones
from models_registry.pages.models import tabs

ROWS_A_PAGE = 25


@require_GET
@login_required
def model_at(request: HttpRequest, name: str) -> HttpResponse:
    """Stages, aliases and approvers at `?as_of=`; of now without it."""
    model = selectors.model(name)
    error: PlatformError | None = None
    state, at = None, None
    text = request.GET.get("as_of", "")
    try:
        at = asked(text)
        state = model_as_of(name, at=at)
    except (Invalid, NotFound) as found:
        error = found
    if at is not None and not text.strip() and error:
        # Nobody named a moment, so none is wrong.
        error, state = None, ModelState(name=name, at=at)
    tone, word = tones.of_model(model.concern)  # type: ignore[attr-defined]
    context: dict[str, Any] = {
        "model": model,
        "tone": tone,
        "word": word,
        "asked": text,
        "at": at,
        "state": state,
        "error": error,
        "tabs": tabs(model, current="as_of"),
    }
    if state is not None:
        versions = sorted(state.versions.values(), key=lambda version: -version.number)
        page = Paginator(versions, ROWS_A_PAGE).get_page(request.GET.get("page"))
        context |= {"page": page, "rows": _rows(page, state), "until": state.at.isoformat()}
    return render(request, "models_registry/as_of.html", context, status=error.status if error else 200)


def _rows(page: Page[Version], state: ModelState) -> list[tuple[Version, str, list[str]]]:
    """Each version of a page with the word for its stage and its aliases."""
    names: dict[int, list[str]] = {}
    for alias in sorted(state.aliases.values(), key=lambda alias: alias.name):
        names.setdefault(alias.number, []).append(alias.name)
    words = dict(Stage.choices)
    return [
        (version, str(words.get(version.stage, version.stage)), names.get(version.number, []))
        for version in page
    ]
