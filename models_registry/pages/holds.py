"""Legal holds as the About pages show, place and lift them."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.http import page_actor
from models_registry import selectors, services
from models_registry.factsform import HoldForm
from models_registry.models import LegalHold
from models_registry.pages import buttons, submit


@require_http_methods(["GET", "POST"])
@login_required
def place(request: HttpRequest, name: str, number: int | None = None) -> HttpResponse:
    """Say why a model or a version must be kept."""
    model, actor = selectors.model(name), page_actor(request)
    subject = selectors.version(name, number) if number is not None else model

    def write(given: dict[str, Any]) -> HttpResponse:
        services.place_hold(actor=actor, name=name, number=number, **given)
        return _about(name, number)

    context = {
        "model": model,
        "heading": _("Hold %(name)s") % {"name": subject},
        "button": _("Place hold"),
        "answer": _("While a legal hold stands it is neither deleted nor removed by the rules of retention."),
        "why": buttons.refusal(actor, "hold.manage", model=model),
    }
    form = HoldForm(request.POST or None)
    return submit.answer(request, form, template="models_registry/hold.html", context=context, write=write)


@require_http_methods(["GET", "POST"])
@login_required
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    """Say why a hold ends."""
    actor = page_actor(request)
    hold = get_object_or_404(LegalHold.objects.select_related("model", "version", "placed_by"), pk=pk)
    model, version = hold.model, hold.version

    def write(given: dict[str, Any]) -> HttpResponse:
        services.lift_hold(actor=actor, hold_id=pk, **given)
        if model.deleted_at or (version and version.deleted_at):
            return redirect(f"{reverse('models_registry:deleted')}?show=files")
        return _about(model.name, version.number if version else None)

    context = {
        "model": model,
        "heading": _("Lift the hold on %(name)s") % {"name": hold},
        "button": _("Lift hold"),
        "answer": _("Placed by %(name)s: %(reason)s") % {"name": hold.placed_by.name, "reason": hold.reason},
        "why": buttons.refusal(actor, "hold.manage", model=model),
    }
    form = HoldForm(request.POST or None)
    form.fields["reason"].label = _("Why it ends")
    return submit.answer(request, form, template="models_registry/hold.html", context=context, write=write)


def _about(name: str, number: int | None) -> HttpResponse:
    if number is None:
        return redirect("models_registry:model_about", name)
    return redirect("models_registry:version_about", name, number)
