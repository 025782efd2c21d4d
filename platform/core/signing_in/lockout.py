"""Too many wrong passwords or codes close an account for a while; the answer says until when."""

import unicodedata
from datetime import datetime
from typing import Any

from allauth.core import context
from axes.models import AccessAttempt
from django import forms
from django.conf import settings
from django.db import transaction
from django.db.models import Max, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from core import moments
from core.actors import Actor
from core.audit import record
from core.errors import missing
from core.models import User


def folded(username: str) -> str:
    """A name as attempts are counted: spelling it in capitals gives no further tries."""
    return unicodedata.normalize("NFKC", username).casefold().strip()


def username_of(request: HttpRequest, credentials: dict[str, Any] | None) -> str | None:
    """For axes: whom an attempt was for."""
    name = (credentials or {}).get("username") or request.POST.get("username")
    return folded(name) if isinstance(name, str) else None


def locked_until(username: str) -> datetime | None:
    """When this account may be tried again; None while it may be."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    tried = AccessAttempt.objects.filter(username=folded(username), attempt_time__gte=since)
    found = tried.aggregate(failures=Sum("failures_since_start"), last=Max("attempt_time"))
    if (found["failures"] or 0) < settings.AXES_FAILURE_LIMIT:
        return None
    return found["last"] + settings.AXES_COOLOFF_TIME


def sentence(until: datetime | None) -> str:
    if until is None:
        return _("Too many wrong tries. Wait a while, or ask an admin to open the account.")
    words = {"time": moments.absolute(until)}
    return _("Too many wrong tries. Try again after %(time)s, or ask an admin to open the account.") % words


def answer(
    request: HttpRequest, response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """For axes: what a locked account gets instead of another try."""
    until = locked_until(username_of(request, credentials) or "")
    locked = render(request, "account/locked.html", {"sentence": sentence(until)}, status=429)
    if until:
        locked["Retry-After"] = str(max(1, int((until - timezone.now()).total_seconds())))
    return locked


def refuse_if_locked(username: str) -> None:
    """Raise a ValidationError while the account is closed."""
    if until := locked_until(username):
        raise forms.ValidationError(sentence(until))


def current_request() -> HttpRequest:
    return context.request


@transaction.atomic(durable=True)
def unlock(*, actor: Actor, username: str) -> int:
    """Forget an account's wrong tries; return how many rows of them there were."""
    actor.require("people.manage")
    user = User.objects.select_for_update().filter(username=username).first()
    if user is None:
        raise missing(_("account of this name"))
    count, _rows = AccessAttempt.objects.filter(username=folded(username)).delete()
    if count:
        record(actor, "account.unlock", user, after={"username": username})
    return count
