"""Models: the list, one model, its history, and registering a new one."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django.views.decorators.vary import vary_on_headers

from core.actors import Actor
from core.http import is_partial, page_actor
from models_registry import panels, rail, selectors, services
from models_registry.forms import ModelForm
from models_registry.lifecycle import Stage
from models_registry.models import ModelVersion, RegisteredModel
from models_registry.pages import answers, buttons, events, rails, searches, submit, tones
from models_registry.searching import MODELS
from models_registry.services.holds import holds_on_model, told

ROWS_A_PAGE = 25


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One line of the list."""

    model: RegisteredModel
    tone: str
    word: str | Promise
    rail: rail.Dots
    versions: int


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One line of the table of versions."""

    version: ModelVersion
    tone: str
    word: str | Promise
    measured: panels.Measured | None


@require_GET
@login_required
@vary_on_headers("HX-Request")
def model_list(request: HttpRequest) -> HttpResponse:
    search = searches.search(request, MODELS, model=RegisteredModel)
    sort = request.GET.get("sort", "")
    pages = searches.paginator(search, selectors.in_order(search.found, sort=sort))
    page = pages.get_page(request.GET.get("page"))
    context = {
        "target": MODELS,
        "page": page,
        "rows": _rows(page),
        "sort": sort,
        "sorts": [("", _("Needs attention")), ("name", _("Name")), ("changed", _("Last changed"))],
    }
    # A fragment shows the rows alone.
    context |= {} if is_partial(request) else _around(request)
    return searches.answer(request, search, template="models_registry/model_list.html", context=context)


@require_GET
@login_required
@vary_on_headers("HX-Request")
def model_detail(request: HttpRequest, name: str) -> HttpResponse:
    model = selectors.model(name)
    page = Paginator(selectors.versions_of(model.pk), ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = _model(model, page, actor=page_actor(request)) | {"partial": is_partial(request)}
    template = "models_registry/model_detail.html"
    return render(request, f"{template}#poll" if is_partial(request) else template, context)


@require_GET
@login_required
def model_history(request: HttpRequest, name: str) -> HttpResponse:
    model = selectors.model(name)
    page = Paginator(selectors.events_of_model(name), ROWS_A_PAGE).get_page(request.GET.get("page"))
    tone, word = tones.of_model(model.concern)  # type: ignore[attr-defined]
    context = {
        "model": model,
        "tone": tone,
        "word": word,
        "page": page,
        "events": [events.told(event) for event in page],
        "tabs": tabs(model, current="history"),
    }
    return render(request, "models_registry/model_history.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def register_model(request: HttpRequest) -> HttpResponse:
    """The name and the purpose; its first version is opened at once."""
    actor = page_actor(request)

    def write(given: dict[str, Any]) -> HttpResponse:
        model = services.register_model(actor=actor, **given)
        version = services.create_version(actor=actor, model_name=model.name)
        return redirect("models_registry:version_wizard", model.name, version.number)

    context = {"why": buttons.refusal(actor, "model.register")}
    template = "models_registry/register_model.html"
    form = ModelForm(request.POST or None)
    return submit.answer(request, form, template=template, context=context, write=write)


def _around(request: HttpRequest) -> dict[str, Any]:
    """What the page says of all models, whatever is searched for."""
    total = RegisteredModel.objects.filter(deleted_at=None).count()
    serving = selectors.in_concern("ok")
    return {
        "tabs": searches.tabs(request, MODELS),
        "answer": answers.of_models(total=total, serving=serving, trouble=selectors.trouble()),
        "register": buttons.register(page_actor(request)),
    }


def _rows(page: Page[Any]) -> list[ModelRow]:
    models = selectors.placed(page)
    ids = [model.pk for model in models]
    counts, shares = selectors.stage_counts(ids), selectors.shares(ids)
    rows = []
    for model in models:
        live: dict[str, list[int]] = {}
        for share in shares.get(model.pk, ()):
            live.setdefault(share.stage, []).append(share.number)
        stages = counts.get(model.pk, {})
        tone, word = tones.of_model(model.concern)  # type: ignore[attr-defined]
        rows.append(ModelRow(model, tone, word, rail.dots(stages, live=live), sum(stages.values())))
    return rows


def _model(model: RegisteredModel, page: Page[Any], *, actor: Actor) -> dict[str, Any]:
    """What the page of a model shows, its live parts first."""
    counts = selectors.stage_counts([model.pk]).get(model.pk, {})
    requests = selectors.open_requests(model.pk)
    shares = selectors.shares([model.pk]).get(model.pk, [])
    newest = selectors.newest_by_stage(model.pk)
    places = panels.where_it_runs.gather(ModelVersion.objects.filter(model=model).order_by())
    places = [place for place in places if place.tone != "idle"]
    ids = {version.pk for version in (*newest, *page)}
    measured = {row.version_id: row for row in panels.measured.gather(sorted(ids))}
    percents = {share.number: share.percent for share in shares}
    tone, word = tones.of_model(model.concern)  # type: ignore[attr-defined]
    failed = any(place.tone in {"bad", "warn"} for place in places)
    count = sum(counts.values())
    return {
        "model": model,
        "held": [told(hold) for hold in holds_on_model(model)] if model.is_held else [],  # type: ignore[attr-defined]
        "tone": tone,
        "word": word,
        "answer": answers.of_model(count=count, shares=shares, requests=requests.values(), failed=failed),
        "rail": rails.of_model(
            model, newest, counts=counts, requests=requests, shares=shares, measured=measured
        ),
        "places": places,
        "moving": "run" in {tone, *(place.tone for place in places)},
        "page": page,
        "rows": [
            VersionRow(
                version,
                *tones.of_version(
                    version, request=requests.get(version.pk), share=percents.get(version.number)
                ),
                measured.get(version.pk),
            )
            for version in page
        ],
        "buttons": _buttons(model, newest, shares=shares, actor=actor),
        "tabs": tabs(model, current="lifecycle"),
    }


def _buttons(
    model: RegisteredModel, newest: list[ModelVersion], *, shares: list[panels.Share], actor: Actor
) -> list[buttons.Button]:
    """What can be done with the version that answers, or else with the newest one; then a new version."""
    live = {share.number for share in shares}
    started = [version for version in newest if version.stage != Stage.DRAFT]
    chosen = next((version for version in started if version.number in live), None)
    chosen = chosen or next((version for version in started if version.is_servable), None)
    used = buttons.used_by(chosen, actor=actor)[:1] if chosen else []
    return [*used, buttons.register_version(model, actor=actor)]


def tabs(model: RegisteredModel, *, current: str) -> list[dict[str, object]]:
    """The tabs of all pages of one model."""
    return [
        {
            "label": label,
            "url": reverse(f"models_registry:{route}", args=[model.name]),
            "current": key == current,
        }
        for key, route, label in (
            ("lifecycle", "model_detail", _("Lifecycle")),
            ("about", "model_about", _("About")),
            ("policy", "model_policy", _("Policy")),
            ("history", "model_history", _("History")),
            ("as_of", "model_as_of", _("As of")),
        )
    ]
