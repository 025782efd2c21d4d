"""Whether the person at the browser proved who they are a moment ago."""

import time
from datetime import timedelta

from allauth.account.internal.flows.login import get_authentication_records
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from core.models import User


def recently_authenticated(request: HttpRequest, within: timedelta) -> bool:
    """True if password or code was given in this session, by this user, at most `within` ago."""
    if not isinstance(request.user, User):
        return False
    records = get_authentication_records(request, request.user)
    return any(time.time() - float(record["at"]) <= within.total_seconds() for record in records)


def ask_again(request: HttpRequest) -> HttpResponseRedirect:
    """To the page that asks for the password or a code, and back here afterwards."""
    query = urlencode({"next": request.get_full_path()})
    return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{query}")
