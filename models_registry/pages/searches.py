"""The search box of a list: what was asked, what is wrong with it, and how it can be narrowed or widened."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.http import is_partial, signed_in
from models_registry import selectors
from models_registry.lifecycle import Stage
from models_registry.models import RiskTier
from models_registry.pages import saved_searches
from models_registry.searching import QueryError, models_matching, versions_matching
from models_registry.searching.cutting import CappedPaginator, Total, counted
from models_registry.searching.editing import chips, quoted, with_clause
from models_registry.searching.facets import Facets, facets
from models_registry.searching.targets import MODELS, Target

ROWS_A_PAGE = 25
MOST_SAVED = 50
# Filters of links made before there was a language.
OLDER = ("team", "stage")
LABELS: dict[str, str | Promise] = {
    "stage": _("Stage"),
    "tier": _("Tier"),
    "team": _("Team"),
    "backend": _("Backend"),
    "task": _("Task"),
    "tags": _("Tags"),
}
WORDS: dict[str, dict[str, Any]] = {"stage": dict(Stage.choices), "tier": dict(RiskTier.choices)}


@dataclass(frozen=True, slots=True)
class Option:
    """A value one can narrow to: what it is called, how many have it, where the click leads."""

    label: str | Promise
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    label: str | Promise
    options: list[Option]


@dataclass(frozen=True, slots=True)
class Removable:
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Saved:
    """A search under a name; `by` is empty for one's own."""

    pk: int
    name: str
    url: str
    by: str
    mine: bool
    shared: bool


@dataclass(frozen=True, slots=True)
class Search:
    """A query as the reader gave it, and what it found; nothing where it has a `problem`.

    `groups` are counted only where they are `opened`, among so many rows (0 for all); `toggle` opens or
    closes them.
    """

    query: str
    found: QuerySet[Any]
    problem: QueryError | None
    total: Total
    chips: list[Removable]
    among: int
    groups: list[Group]
    opened: bool
    toggle: str


def query_of(request: HttpRequest) -> str:
    """The query in the address, with what older links ask for beside it.

    Raises:
        QueryError: the query cannot be read.
    """
    query = request.GET.get("q", "")
    for name in OLDER:
        if value := request.GET.get(name, "").strip():
            query = with_clause(query, f"{name} = {quoted(value)}")
    return query


def matching(query: str, target: Target) -> QuerySet[Any, Any]:
    """Raise QueryError or give what fits the query."""
    return models_matching(query) if target is MODELS else versions_matching(query)


def search(request: HttpRequest, target: Target, *, model: type[Model]) -> Search:
    """Answer the query of a page; a wrong one finds nothing and says what is wrong."""
    written = request.GET.get("q", "")
    opened = "narrow" in request.GET
    try:
        query = query_of(request)
        found, total = counted(matching(query, target))
    except QueryError as problem:
        none = model._default_manager.none()
        toggle = _address(request, written, opened=not opened)
        return Search(written, none, problem, Total(), [], 0, [], opened, toggle)
    values = facets(found) if opened else Facets()
    removable = [
        Removable(chip.text, _address(request, chip.without, opened=opened)) for chip in chips(query)
    ]
    groups = _groups(request, query, values)
    toggle = _address(request, query, opened=not opened)
    return Search(query, found, None, total, removable, values.among, groups, opened, toggle)


def paginator(search: Search, rows: QuerySet[Any, Any]) -> CappedPaginator:
    """Pages of `rows`, which are what was found in some order."""
    return CappedPaginator(rows, ROWS_A_PAGE, total=search.total)


def answer(request: HttpRequest, search: Search, *, template: str, context: dict[str, Any]) -> HttpResponse:
    """The page, or the list with what is said about it; of a query half typed, only what is wrong with it."""
    context = context | {"search": search, "oob": is_partial(request)}
    if not is_partial(request):
        return render(request, template, context | _kept(request, context["target"], sort=context["sort"]))
    if search.problem is None:
        return render(request, f"{template}#found", context)
    response = render(request, "models_registry/search_said.html", context)
    # What was found before stays until the query can be read again.
    response["HX-Reswap"] = "none"
    return response


def tabs(request: HttpRequest, target: Target) -> list[dict[str, object]]:
    """The two things that can be searched, with the same query."""
    query = request.GET.get("q", "")
    found = []
    for key, route, label in (
        ("models", "models_registry:model_list", _("Models")),
        ("versions", "models_registry:version_list", _("Versions")),
    ):
        address = f"{reverse(route)}?{urlencode({'q': query})}" if query else reverse(route)
        found.append({"label": label, "url": address, "current": key == target.key})
    return found


def _kept(request: HttpRequest, target: Target, *, sort: str) -> dict[str, Any]:
    """What is saved, and what saving this search takes along."""
    user = signed_in(request)
    rows = selectors.saved_searches(user, target=target.key)[:MOST_SAVED]
    saved = [
        Saved(
            pk=row.pk,
            name=row.name,
            url=saved_searches.address(target=row.target, query=row.query, sort=row.sort),
            by="" if row.owner_id == user.pk else row.owner.name,
            mine=row.owner_id == user.pk,
            shared=row.shared,
        )
        for row in rows
    ]
    return {"saved": saved, "saving": {"target": target.key, "sort": sort}}


def _groups(request: HttpRequest, query: str, found: Facets) -> list[Group]:
    present = {chip.text for chip in chips(query)}
    groups = []
    for key, known in found.groups.items():
        options = [
            Option(
                WORDS.get(key, {}).get(facet.value, facet.value),
                facet.count,
                _address(request, with_clause(query, facet.clause), opened=True),
            )
            for facet in known
            if facet.clause not in present
        ]
        if options:
            groups.append(Group(LABELS[key], options))
    return groups


def _address(request: HttpRequest, query: str, *, opened: bool) -> str:
    """This page with another query, from its first page on."""
    kept = request.GET.copy()
    # Typing asks with what the form holds, of which an empty sort says nothing.
    if not kept.get("sort"):
        kept.pop("sort", None)
    for name in ("page", "narrow", *OLDER):
        kept.pop(name, None)
    kept["q"] = query
    if opened:
        kept["narrow"] = "1"
    return f"?{kept.urlencode()}"
