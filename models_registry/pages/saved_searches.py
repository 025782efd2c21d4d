"""Keeping a search and forgetting it; both lead back to the list it is of."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import Conflict, Invalid
from core.http import page_actor
from models_registry import services

LISTS = {"models": "models_registry:model_list", "versions": "models_registry:version_list"}


def address(*, target: str, query: str, sort: str = "") -> str:
    """The list that a saved search leads to."""
    asked = {"q": query} | ({"sort": sort} if sort else {})
    return f"{reverse(LISTS[target])}?{urlencode(asked)}"


@require_POST
@login_required
def save(request: HttpRequest) -> HttpResponse:
    given = {name: request.POST.get(name, "") for name in ("name", "target", "query", "sort")}
    try:
        search = services.save_search(
            actor=page_actor(request), shared=request.POST.get("shared") == "on", **given
        )
        messages.success(request, _("“%(name)s” is saved.") % {"name": search.name})
    except (Invalid, Conflict) as error:
        if error.code == "bad-target":
            raise
        messages.error(request, str(error))
    return redirect(address(target=given["target"], query=given["query"], sort=given["sort"]))


@require_POST
@login_required
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    services.delete_search(actor=page_actor(request), search_id=pk)
    messages.success(request, _("The saved search is deleted."))
    target = request.POST.get("target", "")
    return redirect(LISTS.get(target, LISTS["models"]))
