"""What is said about a model: facts, aliases, tags; and how it leaves and comes back."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.http import page_actor
from models_registry import selectors, services
from models_registry.factsform import AliasForm, FactsForm, TagForm
from models_registry.forms import ReasonForm, RefusableForm
from models_registry.lifecycle import SERVABLE
from models_registry.models import ModelVersion, RegisteredModel
from models_registry.pages import buttons, models, submit, tones
from models_registry.services.holds import holds_on_model, told

ROWS_A_PAGE = 25
MOST_NUMBERS = 200


@require_http_methods(["GET", "POST"])
@login_required
def model_about(request: HttpRequest, name: str) -> HttpResponse:
    """The page of all that is said; what is posted here are the facts."""
    model, actor = selectors.model(name), page_actor(request)

    def write(given: dict[str, Any]) -> None:
        services.edit_model(actor=actor, name=model.name, **given)

    return _answered(request, model, "facts", _facts(model, request.POST or None), write)


@require_POST
@login_required
def alias_set(request: HttpRequest, name: str) -> HttpResponse:
    model, actor = selectors.model(name), page_actor(request)

    def write(given: dict[str, Any]) -> None:
        services.set_alias(actor=actor, model_name=model.name, **given)

    form = AliasForm(request.POST, numbers=_numbers(model))
    return _answered(request, model, "alias_form", form, write)


@require_POST
@login_required
def alias_delete(request: HttpRequest, name: str) -> HttpResponse:
    alias = request.POST.get("alias", "")
    services.delete_alias(actor=page_actor(request), model_name=name, alias=alias)
    return redirect("models_registry:model_about", name)


@require_POST
@login_required
def tag_set(request: HttpRequest, name: str) -> HttpResponse:
    model, actor = selectors.model(name), page_actor(request)

    def write(given: dict[str, Any]) -> None:
        services.set_model_tag(actor=actor, name=model.name, **given)

    return _answered(request, model, "tag_form", TagForm(request.POST), write)


@require_POST
@login_required
def tag_delete(request: HttpRequest, name: str) -> HttpResponse:
    services.delete_model_tag(actor=page_actor(request), name=name, key=request.POST.get("key", ""))
    return redirect("models_registry:model_about", name)


@require_http_methods(["GET", "POST"])
@login_required
def model_delete(request: HttpRequest, name: str) -> HttpResponse:
    """Ask once more, with what goes with it; what serves traffic stays."""
    model, actor = selectors.model(name), page_actor(request)

    def write(given: dict[str, Any]) -> HttpResponse:
        services.delete_model(actor=actor, name=model.name, **given)
        return redirect("models_registry:model_list")

    context = _head(model) | {
        "why": buttons.refusal(actor, "model.delete", model=model),
        "versions": model.versions.filter(deleted_at=None).count(),
        "aliases": list(model.aliases.all()),
    }
    form = ReasonForm(request.POST or None)
    template = "models_registry/model_delete.html"
    return submit.answer(request, form, template=template, context=context, write=write)


@require_GET
@login_required
def deleted(request: HttpRequest) -> HttpResponse:
    """Deleted models, deleted versions of models that are there, and all files that go by the rules."""
    gone = RegisteredModel.with_deleted.filter(deleted_at__isnull=False).order_by("-deleted_at")
    waiting = services.waiting_versions().select_related("model")
    alone = waiting.filter(deleted_at__isnull=False, model__deleted_at=None).order_by("-deleted_at")
    shown = request.GET.get("show", "")
    found = {"versions": alone, "files": waiting.filter(purged_at=None)}.get(shown, gone)
    rows = Paginator(found, ROWS_A_PAGE).get_page(request.GET.get("page"))
    for row in rows:
        if isinstance(row, ModelVersion):
            row.leaves_at = services.leaves_at(row)  # type: ignore[attr-defined]
    context = {
        "page": rows,
        "shown": shown if shown in {"versions", "files"} else "models",
        "why": buttons.refusal(page_actor(request), "model.restore"),
        "answer": _("An operator or admin brings it back while its files are kept."),
    }
    return render(request, "models_registry/deleted.html", context)


@require_POST
@login_required
def restore(request: HttpRequest, name: str) -> HttpResponse:
    services.restore_model(actor=page_actor(request), name=name)
    return redirect("models_registry:model_detail", name)


def _answered(
    request: HttpRequest, model: RegisteredModel, key: str, form: RefusableForm, write: Callable[..., object]
) -> HttpResponse:
    """One of the page's forms: the page anew when it is done, or with what is wrong beside what was typed."""

    def done(given: dict[str, Any]) -> HttpResponse:
        write(given)
        return redirect("models_registry:model_about", model.name)

    context, template = partial(_context, request, model), "models_registry/model_about.html"
    return submit.answer(request, form, template=template, context=context, write=done, key=key)


def _context(request: HttpRequest, model: RegisteredModel) -> dict[str, Any]:
    actor, holds = page_actor(request), list(holds_on_model(model))
    return _head(model) | {
        "tabs": models.tabs(model, current="about"),
        "facts": _facts(model, None),
        "aliases": model.aliases.select_related("version", "moved_by"),
        "alias_form": AliasForm(numbers=_numbers(model)),
        "alias_why": buttons.refusal(actor, "alias.move", model=model),
        "tags": sorted(model.tags.items()),
        "tag_form": TagForm(),
        "why": buttons.refusal(actor, "model.register", model=model),
        "holds": holds,
        "hold_why": buttons.refusal(actor, "hold.manage", model=model),
        "delete_why": buttons.refusal(actor, "model.delete", model=model)
        or (told(holds[0]) if holds else ""),
        "answer": _("What people and programs are told about it. None of this changes what a version does."),
    }


def _head(model: RegisteredModel) -> dict[str, Any]:
    tone, word = tones.of_model(model.concern)  # type: ignore[attr-defined]
    return {"model": model, "tone": tone, "word": word}


def _facts(model: RegisteredModel, posted: Any) -> FactsForm:
    return FactsForm(posted, initial={field: getattr(model, field) for field in FactsForm.base_fields})


def _numbers(model: RegisteredModel) -> list[int]:
    """Versions that an alias may point at, the newest first."""
    found = model.versions.filter(deleted_at=None)
    if not model.workspace.permissive:
        found = found.filter(stage__in=SERVABLE)
    return list(found.order_by("-number").values_list("number", flat=True)[:MOST_NUMBERS])
