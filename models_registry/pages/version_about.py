"""Tags and metrics of a version, and how it leaves and comes back."""

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
from models_registry.factsform import MetricForm, TagForm
from models_registry.forms import ReasonForm, RefusableForm
from models_registry.pages import buttons, submit, version_view
from models_registry.services.holds import holds_on_version, told

ROWS_A_PAGE = 25
TEMPLATE = "models_registry/version_about.html"


@require_GET
@login_required
def version_about(request: HttpRequest, name: str, number: int) -> HttpResponse:
    return render(request, TEMPLATE, _context(request, version_view.scene(selectors.version(name, number))))


@require_POST
@login_required
def tag_set(request: HttpRequest, name: str, number: int) -> HttpResponse:
    actor, seen = page_actor(request), version_view.scene(selectors.version(name, number))

    def write(given: dict[str, Any]) -> None:
        services.set_version_tag(actor=actor, version_id=seen.version.pk, **given)

    return _answered(request, seen, "tag_form", TagForm(request.POST), write)


@require_POST
@login_required
def tag_delete(request: HttpRequest, name: str, number: int) -> HttpResponse:
    version, key = selectors.version(name, number), request.POST.get("key", "")
    services.delete_version_tag(actor=page_actor(request), version_id=version.pk, key=key)
    return redirect("models_registry:version_about", name, number)


@require_POST
@login_required
def metric_add(request: HttpRequest, name: str, number: int) -> HttpResponse:
    actor, seen = page_actor(request), version_view.scene(selectors.version(name, number))

    def write(given: dict[str, Any]) -> None:
        services.record_metric(actor=actor, version_id=seen.version.pk, **given)

    return _answered(request, seen, "metric_form", MetricForm(request.POST), write)


@require_http_methods(["GET", "POST"])
@login_required
def version_delete(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Ask once more; a draft is discarded the same way."""
    actor, seen = page_actor(request), version_view.scene(selectors.version(name, number))
    context = version_view.frame(seen, actor=actor, tab="") | {
        "why": buttons.refusal(actor, "model.delete", model=seen.version.model)
    }

    def write(given: dict[str, Any]) -> HttpResponse:
        services.delete_version(actor=actor, version_id=seen.version.pk, **given)
        return redirect("models_registry:model_detail", name)

    form, template = ReasonForm(request.POST or None), "models_registry/version_delete.html"
    return submit.answer(request, form, template=template, context=context, write=write)


@require_POST
@login_required
def restore(request: HttpRequest, name: str, number: int) -> HttpResponse:
    services.restore_version(actor=page_actor(request), model_name=name, number=number)
    return redirect("models_registry:version_detail", name, number)


def _answered(
    request: HttpRequest,
    seen: version_view.Scene,
    key: str,
    form: RefusableForm,
    write: Callable[..., object],
) -> HttpResponse:
    version, context = seen.version, partial(_context, request, seen)

    def done(given: dict[str, Any]) -> HttpResponse:
        write(given)
        return redirect("models_registry:version_about", version.model.name, version.number)

    return submit.answer(request, form, template=TEMPLATE, context=context, write=done, key=key)


def _context(request: HttpRequest, seen: version_view.Scene) -> dict[str, Any]:
    actor, version = page_actor(request), seen.version
    newest = version.metrics.filter(newest=True).order_by("name")
    holds = list(holds_on_version(version).select_related("placed_by", "model", "version__model"))
    return version_view.frame(seen, actor=actor, tab="about") | {
        "page": Paginator(newest, ROWS_A_PAGE).get_page(request.GET.get("page")),
        "tags": sorted(version.tags.items()),
        "tag_form": TagForm(),
        "metric_form": MetricForm(),
        "why": buttons.refusal(actor, "version.register", model=version.model),
        "holds": holds,
        "hold_why": buttons.refusal(actor, "hold.manage", model=version.model),
        "delete_why": buttons.refusal(actor, "model.delete", model=version.model)
        or (told(holds[0]) if holds else ""),
        "answer": _("Words and numbers about it. Its files and its configuration stay what they are."),
    }
