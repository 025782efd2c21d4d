"""Webhooks: the list, one with its log, and what can be done with it."""

import uuid

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from core.actors import Actor
from core.errors import Invalid
from core.http import page_actor
from core.webhooks import reading, services
from core.webhooks.forms import NewWebhookForm, WebhookForm
from core.webhooks.models import Webhook
from core.webhooks.wanted import Wanted

PER_PAGE = 25


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def webhook_list(request: HttpRequest) -> HttpResponse:
    """All webhooks, and the form of another; its secret is shown in this answer and never again."""
    actor = page_actor(request)
    found = reading.webhooks(actor)
    form, made, secret = NewWebhookForm(request.POST or None), None, ""
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = services.create_webhook(
                actor=actor, wanted=form.wanted(), secret=form.cleaned_data["secret"]
            )
            form = NewWebhookForm()
        except Invalid as error:
            form.add_error(_field(error), f"{error.detail} {error.hint}".strip())
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "form": form, "made": made, "secret": secret}
    return render(request, "core/webhooks.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@login_required
def webhook_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One webhook: what it hears of, its log, and its form."""
    actor = page_actor(request)
    webhook = reading.webhook(actor, pk)
    form = WebhookForm(request.POST or None, initial=_shown(webhook))
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_webhook(actor=actor, webhook_id=str(pk), wanted=form.wanted())
            return redirect("core:webhook_detail", pk)
        except Invalid as error:
            form.add_error(_field(error), f"{error.detail} {error.hint}".strip())
    return _detail(request, actor, webhook, form=form)


@require_POST
@never_cache
@login_required
def webhook_secret(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Another secret, shown in this answer and never again."""
    actor = page_actor(request)
    _renewed, secret = services.renew_secret(actor=actor, webhook_id=str(pk))
    webhook = reading.webhook(actor, pk)
    return _detail(request, actor, webhook, form=WebhookForm(initial=_shown(webhook)), secret=secret)


@require_POST
@login_required
def webhook_test(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    services.send_test(actor=page_actor(request), webhook_id=str(pk))
    return redirect("core:webhook_detail", pk)


@require_POST
@login_required
def webhook_switch(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """On or off, as the button said."""
    wanted = Wanted(active=request.POST.get("active") == "yes")
    services.edit_webhook(actor=page_actor(request), webhook_id=str(pk), wanted=wanted)
    return redirect("core:webhook_detail", pk)


@require_POST
@login_required
def webhook_delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    services.delete_webhook(actor=page_actor(request), webhook_id=str(pk))
    return redirect("core:webhook_list")


@require_POST
@login_required
def webhook_replay(request: HttpRequest, pk: uuid.UUID, delivery: uuid.UUID) -> HttpResponse:
    services.replay(actor=page_actor(request), webhook_id=str(pk), delivery_id=str(delivery))
    return redirect("core:webhook_detail", pk)


def _detail(
    request: HttpRequest, actor: Actor, webhook: Webhook, *, form: WebhookForm, secret: str = ""
) -> HttpResponse:
    log = reading.deliveries(actor, webhook.pk)
    page = Paginator(log, PER_PAGE).get_page(request.GET.get("page"))
    context = {"webhook": webhook, "page": page, "form": form, "secret": secret}
    return render(request, "core/webhook_detail.html", context, status=422 if form.errors else 200)


def _shown(webhook: Webhook) -> dict[str, object]:
    return {name: getattr(webhook, name) for name in ("name", "url", "description", "events")}


def _field(error: Invalid) -> str | None:
    """Where on the form an error of the service belongs."""
    fields = {"bad-name": "name", "bad-secret": "secret", "unknown-event": "events", "no-event": "events"}
    urls = {"bad-url": "url", "address-refused": "url", "https-required": "url"}
    return (fields | urls).get(error.code)
