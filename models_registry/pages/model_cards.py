"""The model card of a version: read it, write it, approve it."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST

from core import richtext
from core.http import page_actor
from models_registry import modelcard, selectors, services
from models_registry.forms import CardForm
from models_registry.models import CardRevision
from models_registry.pages import buttons, submit, version_view


@dataclass(frozen=True, slots=True)
class Part:
    """One section as the page shows it."""

    key: str
    title: str | Promise
    html: SafeString


def parts(card: CardRevision) -> list[Part]:
    """The sections that somebody wrote, in the order of the template."""
    return [
        Part(section.key, section.title, richtext.render(card.sections[section.key]))
        for section in modelcard.SECTIONS
        if section.key in card.sections
    ]


@require_http_methods(["GET", "POST"])
@login_required
def card_edit(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """All sections in one form; a new card starts from that of the version before."""
    actor = page_actor(request)
    seen = version_view.scene(selectors.version(name, number))
    version = seen.version
    card = selectors.newest_card(version.pk)
    before = None if card else selectors.card_before(version)
    started = card or before
    initial = {**(started.sections if started else {}), "based_on": card.number if card else 0}
    if not started and version.model.purpose:
        initial["purpose"] = version.model.purpose
    context = version_view.frame(seen, actor=actor, tab="card") | {
        "card": card,
        "copied_from": before.version if before else None,
        "why": buttons.refusal(actor, "version.register"),
    }

    def write(given: dict[str, Any]) -> HttpResponse:
        based_on = given.pop("based_on")
        services.save_card(actor=actor, version_id=version.pk, sections=given, based_on=based_on)
        return redirect("models_registry:version_tab", name, number, "card")

    form = CardForm(request.POST or None, initial=initial, tier=version.model.risk_tier)
    template = "models_registry/card_edit.html"
    return submit.answer(request, form, template=template, context=context, write=write)


@require_POST
@login_required
def card_approve(request: HttpRequest, name: str, number: int) -> HttpResponse:
    version = selectors.version(name, number)
    given = request.POST.get("revision", "")
    revision = int(given) if given.isdecimal() and len(given) < 10 else 0
    services.approve_card(actor=page_actor(request), version_id=version.pk, number=revision)
    return redirect("models_registry:version_tab", name, number, "card")
