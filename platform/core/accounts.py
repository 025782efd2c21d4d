"""Writes to people and tokens."""

import secrets
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.errors import Forbidden, Invalid, missing
from core.models import ApiToken, User, token_digest
from core.roles import Role, Scope

LONGEST_TOKEN_DAYS = 365


@transaction.atomic(durable=True)
def create_account(
    *, username: str, roles: Iterable[Role], password: str, actor: Actor, name: str = ""
) -> User:
    """Add a person with these roles."""
    first, _space, last = name.partition(" ")
    user = User(username=username, first_name=first, last_name=last, role_names=sorted(roles))
    user.set_password(password)
    user.save()
    record(actor, "account.create", user, after={"username": username, "roles": user.role_names})
    return user


@transaction.atomic(durable=True)
def create_token(*, actor: Actor, name: str, scopes: Iterable[str], days: int = 30) -> tuple[ApiToken, str]:
    """Make a token for the actor; the secret is returned once and never stored.

    Raises:
        Invalid: an unknown scope, no scope, or a life outside 1 to 365 days.
        Forbidden: a token cannot make tokens.
    """
    if actor.user is None or actor.scopes is not None:
        raise Forbidden(_("Tokens are made in a browser session, not with another token."))
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in Scope.values]
    if unknown or not wanted:
        raise Invalid(
            _("Choose at least one of: %(scopes)s.") % {"scopes": ", ".join(Scope.values)}, code="bad-scope"
        )
    if not 1 <= days <= LONGEST_TOKEN_DAYS:
        raise Invalid(
            _("A token lives between 1 and %(days)d days.") % {"days": LONGEST_TOKEN_DAYS}, code="bad-life"
        )
    if not name.strip():
        raise Invalid(_("Give the token a name, so that you know later what uses it."), code="no-name")
    secret = f"conch_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        user=actor.user,
        name=name.strip()[:80],
        digest=token_digest(secret),
        hint=secret[:10],
        scopes=wanted,
        expires_at=timezone.now() + timedelta(days=days),
    )
    record(actor, "token.create", token, after={"name": token.name, "scopes": wanted, "days": days})
    return token, secret


@transaction.atomic(durable=True)
def revoke_token(*, actor: Actor, token_id: int) -> ApiToken:
    """End one of the actor's own tokens."""
    token = ApiToken.objects.select_for_update().filter(pk=token_id, user=actor.user).first()
    if token is None:
        raise missing(_("token of yours with this id"))
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        record(actor, "token.revoke", token, after={"name": token.name})
    return token
