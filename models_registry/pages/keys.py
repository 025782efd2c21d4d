"""The public keys whose signatures count, under Settings; admins add and revoke them."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from core.http import page_actor
from models_registry import selectors, services
from models_registry.forms import KeyForm
from models_registry.models import TrustedKey
from models_registry.pages import buttons, submit

ROWS_A_PAGE = 25


@require_http_methods(["GET", "POST"])
@login_required
def keys(request: HttpRequest) -> HttpResponse:
    actor = page_actor(request)
    found = TrustedKey.objects.select_related("workspace", "added_by").order_by("revoked_at", "name", "pk")
    context = {
        "page": Paginator(found, ROWS_A_PAGE).get_page(request.GET.get("page")),
        "why": buttons.refusal(actor, "key.manage"),
    }

    def write(given: dict[str, Any]) -> HttpResponse:
        services.add_key(actor=actor, **given)
        return redirect("models_registry:keys")

    form = KeyForm(request.POST or None)
    return submit.answer(request, form, template="models_registry/keys.html", context=context, write=write)


@require_POST
@login_required
def key_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    services.revoke_key(actor=page_actor(request), key_id=pk)
    return redirect("models_registry:keys")


@require_POST
@login_required
def version_sign(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Sign a version with the key that the server holds."""
    services.sign_version(actor=page_actor(request), version_id=selectors.version(name, number).pk)
    return redirect("models_registry:version_tab", name, number, "files")
