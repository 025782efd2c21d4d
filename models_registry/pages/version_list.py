"""Versions of all models that fit a query."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from core import quantities
from models_registry import selectors
from models_registry.models import ModelVersion
from models_registry.pages import searches, tones
from models_registry.searching import VERSIONS
from models_registry.searching.ordering import order

ORDERS = {"": "changed DESC", "created": "created DESC", "moved": "moved DESC", "name": "name, version DESC"}


@dataclass(frozen=True, slots=True)
class FoundVersion:
    """One line of the list."""

    version: ModelVersion
    tone: str
    word: str | Promise


@require_GET
@login_required
@vary_on_headers("HX-Request")
def version_list(request: HttpRequest) -> HttpResponse:
    search = searches.search(request, VERSIONS, model=ModelVersion)
    sort = request.GET.get("sort", "")
    keys = order(ORDERS.get(sort, ORDERS[""]), VERSIONS)
    found = selectors.as_results(search.found).order_by(*(key.term for key in keys))
    page = searches.paginator(search, found).get_page(request.GET.get("page"))
    context = {
        "target": VERSIONS,
        "page": page,
        "rows": _rows(page),
        "sort": sort,
        "sorts": [
            ("", _("Last changed")),
            ("created", _("Newest")),
            ("moved", _("Last moved")),
            ("name", _("Name")),
        ],
        "tabs": searches.tabs(request, VERSIONS),
        "answer": _answer(search),
    }
    return searches.answer(request, search, template="models_registry/version_list.html", context=context)


def _rows(page: Page[ModelVersion]) -> list[FoundVersion]:
    return [FoundVersion(version, *tones.of_version(version)) for version in page]


def _answer(search: searches.Search) -> str:
    if search.problem is not None:
        return _("The search can't be read yet.")
    words = {"total": quantities.number(search.total.count)}
    if search.total.capped:
        return _("More than %(total)s versions fit.") % words
    return ngettext("%(total)s version fits.", "%(total)s versions fit.", search.total.count) % words
