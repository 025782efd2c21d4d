"""Proof that the person at a session is still the one who signed in: what a signature needs.

A session's proof is a sign-in, or the password given again, not older than PROOF_LASTS. A token's proof is
that it was made, in a browser session, not longer than TOKEN_FRESH ago: old tokens read, they don't sign.
"""

from datetime import UTC, datetime, timedelta

from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import PROOF_LASTS
from core.errors import Invalid
from core.models import ApiToken

TOKEN_FRESH = timedelta(hours=12)
KEY = "conch_proved_at"
# Where django-allauth keeps how and when a session's user proved who they are.
ALLAUTH_KEY = "account_authentication_methods"


def proved_at(request: HttpRequest) -> datetime | None:
    """When the person of this session last proved who they are."""
    stamps = [request.session.get(KEY), *(each.get("at") for each in request.session.get(ALLAUTH_KEY, ()))]
    known = [float(stamp) for stamp in stamps if stamp]
    return datetime.fromtimestamp(max(known), UTC) if known else None


def is_fresh(request: HttpRequest, within: timedelta = PROOF_LASTS) -> bool:
    """Whether the person of this session proved who they are less than `within` ago."""
    at = proved_at(request)
    return at is not None and timezone.now() - at < within


def token_proof(token: ApiToken) -> datetime | None:
    """Now, while the token is young enough to sign with."""
    now = timezone.now()
    return now if now - token.created_at < TOKEN_FRESH else None


def keep(request: HttpRequest) -> None:
    """The person has just proved who they are."""
    request.session[KEY] = timezone.now().timestamp()


def confirm(request: HttpRequest, password: str) -> None:
    """Check the password of who is signed in; Invalid when it is wrong."""
    username = request.user.get_username()
    found = authenticate(request, username=username, password=password) if password else None
    if found is None or found.pk != request.user.pk:
        raise Invalid(
            _("This is not your password."),
            code="wrong-password",
            hint=_("A signature needs it again."),
            field="password",
        )
    keep(request)
