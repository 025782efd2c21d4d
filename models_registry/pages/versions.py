"""One version: its tabs, and the moves that end in a page of their own."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from core.http import is_partial, page_actor
from models_registry import gates, guards, selectors, services
from models_registry.forms import NotesForm, PromoteForm, ReasonForm
from models_registry.lifecycle import TRANSITIONS, promotions_from
from models_registry.pages import buttons, cards, submit, version_view
from models_registry.pages.tabs import BUILDERS
from models_registry.pages.version_view import Scene


@require_GET
@login_required
@vary_on_headers("HX-Request")
def version_detail(request: HttpRequest, name: str, number: int) -> HttpResponse:
    return _tab(request, version_view.scene(selectors.version(name, number)), "overview")


@require_GET
@login_required
def version_tab(request: HttpRequest, name: str, number: int, tab: str) -> HttpResponse:
    if tab not in BUILDERS:
        raise Http404
    return _tab(request, version_view.scene(selectors.version(name, number)), tab)


@require_http_methods(["GET", "POST"])
@login_required
def version_promote(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Ask reviewers to move a version on; the page says beforehand what each step lacks."""
    actor = page_actor(request)
    seen = version_view.scene(selectors.version(name, number))
    version, steps = seen.version, promotions_from(seen.version.stage)
    context = version_view.frame(seen, actor=actor, tab="") | {
        "steps": [
            (step.target.label, seen.policies[step.verb], cards.checks(seen.evidence[step.verb]))
            for step in steps
        ],
        "why": _why_not_promote(seen) or buttons.refusal(actor, "promotion.request", model=version.model),
    }

    def write(given: dict[str, Any]) -> HttpResponse:
        asked = services.request_promotion(actor=actor, version_id=version.pk, **given)
        return redirect("models_registry:review_detail", asked.pk)

    form = PromoteForm(request.POST or None, steps=steps)
    template = "models_registry/version_promote.html"
    return submit.answer(request, form, template=template, context=context, write=write)


@require_http_methods(["GET", "POST"])
@login_required
def version_retire(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """End a version's life, with a reason."""
    actor = page_actor(request)
    seen = version_view.scene(selectors.version(name, number))
    context = version_view.frame(seen, actor=actor, tab="") | {
        "checks": cards.checks(guards.gather(seen.version, gates.RETIRE)),
        "why": _why_not_retire(seen)
        or buttons.refusal(actor, TRANSITIONS["retire"].permission, model=seen.version.model),
    }

    def write(given: dict[str, Any]) -> HttpResponse:
        services.retire_version(actor=actor, version_id=seen.version.pk, **given)
        return redirect("models_registry:version_detail", name, number)

    form = ReasonForm(request.POST or None)
    template = "models_registry/version_retire.html"
    return submit.answer(request, form, template=template, context=context, write=write)


@require_http_methods(["GET", "POST"])
@login_required
def version_notes(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """The free notes, which are not part of what a version is."""
    actor = page_actor(request)
    seen = version_view.scene(selectors.version(name, number))
    context = version_view.frame(seen, actor=actor, tab="") | {
        "why": buttons.refusal(actor, "version.register", model=seen.version.model)
    }

    def write(given: dict[str, Any]) -> HttpResponse:
        services.edit_notes(actor=actor, version_id=seen.version.pk, **given)
        return redirect("models_registry:version_detail", name, number)

    posted = request.POST if request.method == "POST" else None
    form = NotesForm(posted, initial={"notes": seen.version.notes})
    template = "models_registry/version_notes.html"
    return submit.answer(request, form, template=template, context=context, write=write)


@require_POST
@login_required
def version_release(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """End a quarantine, if the bytes are right again."""
    version = selectors.version(name, number)
    services.release_quarantine(actor=page_actor(request), version_id=version.pk)
    return redirect("models_registry:version_detail", name, number)


def _tab(request: HttpRequest, seen: Scene, tab: str) -> HttpResponse:
    frame = version_view.frame(seen, actor=page_actor(request), tab=tab)
    partial = is_partial(request) and tab == "overview"
    context = frame | BUILDERS[tab](request, seen) | {"partial": partial}
    context["content"] = f"models_registry/tabs/{tab}.html"
    template = "models_registry/version_detail.html"
    return render(request, f"{template}#poll" if partial else template, context)


def _why_not_promote(seen: Scene) -> str:
    if seen.request is not None and seen.request.state == "open":
        return _("%(request)s is open already.") % {"request": seen.request}
    if not promotions_from(seen.version.stage):
        stage = seen.version.get_stage_display()
        return _("No further step leads on from “%(stage)s”.") % {"stage": stage}
    return ""


def _why_not_retire(seen: Scene) -> str:
    if seen.version.stage in TRANSITIONS["retire"].sources:
        return ""
    stage = seen.version.get_stage_display()
    return _("A version that is “%(stage)s” can't be retired.") % {"stage": stage}
