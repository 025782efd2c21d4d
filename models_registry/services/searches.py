"""Writes to saved searches."""

from django.db import transaction
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.errors import Conflict, Forbidden, Invalid, missing
from core.models import User, default_workspace
from core.roles import Role
from models_registry.models import SavedSearch
from models_registry.searching import TARGETS, condition

MOST_SEARCHES = 100
LONGEST_NAME = 80
LONGEST_SORT = 20


@transaction.atomic(durable=True)
def save_search(
    *, actor: Actor, name: str, target: str, query: str = "", sort: str = "", shared: bool = False
) -> SavedSearch:
    """Keep a query under a name; the same name again replaces it.

    Raises:
        Invalid: no name or too long a one, an unknown target, or a query that cannot be asked.
        Conflict: MOST_SEARCHES are kept already.
    """
    actor.require("search.save")
    assert actor.user is not None
    name = " ".join(name.split())
    _refuse(name=name, target=target, query=query, sort=sort)
    # The person's row, so that two savings of one name do not pass each other.
    owner = User.objects.select_for_update().get(pk=actor.user.pk)
    own = SavedSearch.objects.filter(owner=owner)
    search = own.filter(target=target, name__iexact=name).first()
    before = _told(search) if search else None
    if search is None:
        if own.count() >= MOST_SEARCHES:
            raise Conflict(
                _("You keep %(limit)d searches already.") % {"limit": MOST_SEARCHES},
                code="too-many-searches",
                hint=_("Delete one that you no longer use."),
            )
        search = SavedSearch(owner=owner, target=target, workspace_id=default_workspace())
    search.name, search.query, search.sort, search.shared = name, query, sort, shared
    after = _told(search)
    if after != before:
        search.save()
        record(actor, "search.save", search, before=before, after=after)
    return search


@transaction.atomic(durable=True)
def delete_search(*, actor: Actor, search_id: int) -> None:
    """Forget a saved search: one's own, or as an admin one that is shared.

    Raises:
        NotFound: there is none that this actor can see.
        Forbidden: it is somebody else's.
    """
    actor.require("search.save")
    search = SavedSearch.objects.select_for_update().filter(pk=search_id).first()
    if search is None or (search.owner != actor.user and not search.shared):
        raise missing(_("saved search %(number)d") % {"number": search_id})
    if search.owner != actor.user and Role.ADMIN not in actor.roles:
        raise Forbidden(
            _("“%(name)s” is %(owner)s's search.") % {"name": search.name, "owner": search.owner.name},
            code="not-your-search",
            hint=_("Its owner or an admin can delete it."),
        )
    record(actor, "search.delete", search, before=_told(search))
    search.delete()


def _refuse(*, name: str, target: str, query: str, sort: str) -> None:
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise Invalid(
            _("A saved search has a name of 1 to %(limit)d characters.") % {"limit": LONGEST_NAME},
            code="bad-name",
            field="name",
        )
    if target not in TARGETS:
        raise Invalid(
            _("A search is of one of: %(targets)s.") % {"targets": ", ".join(TARGETS)},
            code="bad-target",
            field="target",
        )
    if len(sort) > LONGEST_SORT or not (sort.isprintable() and sort.isascii()):
        raise Invalid(_("This order is not known."), code="bad-sort", field="sort")
    condition(query, TARGETS[target])


def _told(search: SavedSearch) -> dict[str, object]:
    return {
        "name": search.name,
        "target": search.target,
        "query": search.query,
        "sort": search.sort,
        "shared": search.shared,
    }
