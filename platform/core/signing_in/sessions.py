"""Sessions as their owners see them: where, with what, since when; each can be ended."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import Actor, Door
from core.audit import record
from core.errors import missing
from core.http import request_actor
from core.models import SignedIn, User

SEEN_EVERY_S = 60
NOTED = "signed_in"
BROWSERS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


class SessionsMiddleware:
    """Note once a minute that a session is in use; the session itself remembers when that was last done."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        user = getattr(request, "user", None)
        if isinstance(user, User) and (noted := request.session.get(NOTED)):
            _note(request, *noted)
        return response


def begin(request: HttpRequest, user: User) -> None:
    """Note where somebody has just signed in; the session goes on knowing its row."""
    if not request.session.session_key:
        request.session.save()
    key = str(request.session.session_key)
    with transaction.atomic():
        row = SignedIn.objects.create(
            user=user,
            session_key=key,
            address=request.META.get("REMOTE_ADDR", "")[:64],
            agent=request.headers.get("User-Agent", "")[:300],
        )
        actor = request_actor(request, user, door=Door.PAGE, auth="session")
        record(actor, "session.begin", user, after={"device": device(row.agent), "address": row.address})
    request.session[NOTED] = [row.pk, key, time.time()]


def _note(request: HttpRequest, row_id: int, known_key: str, seen_at: float) -> None:
    key, now = request.session.session_key, time.time()
    # A new password gives the session a new key.
    if key == known_key and now - seen_at < SEEN_EVERY_S:
        return
    address = request.META.get("REMOTE_ADDR", "")[:64]
    rows = SignedIn.objects.filter(pk=row_id)
    rows.update(session_key=key, last_seen_at=timezone.now(), address=address)
    request.session[NOTED] = [row_id, key, now]


@dataclass(frozen=True, slots=True)
class Shown:
    id: int
    device: str
    address: str
    created_at: datetime
    last_seen_at: datetime
    is_here: bool


def device(agent: str) -> str:
    """ "Firefox, Linux"; the agent's first word where it is no browser."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    known = ", ".join(filter(None, (browser, system)))
    return known or agent.split(" ")[0][:40] or _("Unknown")


def listed(user: User, *, here: str | None = None) -> list[Shown]:
    """The sessions of a person that are still open, the latest first."""
    live = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    rows = SignedIn.objects.filter(user=user, session_key__in=live).order_by("-last_seen_at")[:100]
    return [
        Shown(
            id=row.pk,
            device=device(row.agent),
            address=row.address,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            is_here=row.session_key == here,
        )
        for row in rows
    ]


@transaction.atomic(durable=True)
def end_session(*, actor: Actor, session_id: int) -> None:
    """Sign one browser out: one's own, or anyone's for an admin."""
    found = SignedIn.objects.select_for_update().select_related("user").filter(pk=session_id)
    if actor.user is None or not actor.may("people.manage"):
        found = found.filter(user=actor.user)
    row = found.first()
    if row is None:
        raise missing(_("session of yours with this id"))
    _end(actor, row)


@transaction.atomic(durable=True)
def end_other_sessions(*, actor: Actor, keep: str | None) -> int:
    """Sign the actor out everywhere but here."""
    rows = SignedIn.objects.select_for_update().filter(user=actor.user).exclude(session_key=keep or "")
    ended = list(rows)
    for row in ended:
        _end(actor, row)
    return len(ended)


def _end(actor: Actor, row: SignedIn) -> None:
    Session.objects.filter(session_key=row.session_key).delete()
    record(actor, "session.end", row.user, after={"device": device(row.agent), "address": row.address})
    row.delete()


def drop_dead() -> int:
    """Forget sessions that ran out; return how many."""
    Session.objects.filter(expire_date__lte=timezone.now()).delete()
    return SignedIn.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()[0]
