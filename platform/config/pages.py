"""Home and search: the two pages that look across all apps."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from config import finding, overview
from core.http import is_partial, signed_in

LONGEST_QUERY = 200


@require_GET
@login_required
@vary_on_headers("HX-Request")
def home(request: HttpRequest) -> HttpResponse:
    """What needs the reader, what runs, and whether what serves is well."""
    template = "home.html"
    view = overview.overview(signed_in(request))
    return render(request, f"{template}#live" if is_partial(request) else template, {"view": view})


@require_GET
@login_required
@vary_on_headers("HX-Request")
def search(request: HttpRequest) -> HttpResponse:
    """Whatever has this name or id; as a fragment, the options of the jump box."""
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    context = {"q": query, "results": finding.find(query)}
    template = "core/search.html"
    return render(request, f"{template}#options" if is_partial(request) else template, context)
