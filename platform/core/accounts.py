"""Writes to people and tokens."""

import secrets
import unicodedata
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.errors import Forbidden, Invalid, missing
from core.models import ApiToken, Kind, User, Workspace, token_digest
from core.people import known_roles, refuse_username
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
def create_token(
    *,
    actor: Actor,
    name: str,
    scopes: Iterable[str],
    days: int = 30,
    workspace: str = "",
    model: str = "",
    account_id: int | None = None,
) -> tuple[ApiToken, str]:
    """Make a token for the actor; the secret is returned once and never stored.

    Args:
        workspace, model: where alone the token may write; everywhere its account may, if empty.
        account_id: a service account that the actor holds (or any, for an admin) instead of the actor.

    Raises:
        Invalid: an unknown scope, no scope, or a life outside 1 to 365 days.
        Forbidden: a token cannot make tokens, nor one person for another.
    """
    if actor.user is None or actor.scopes is not None:
        raise Forbidden(_("Tokens are made in a browser session, not with another token."))
    wanted = _checked_scopes(scopes)
    if not 1 <= days <= LONGEST_TOKEN_DAYS:
        raise Invalid(
            _("A token lives between 1 and %(days)d days.") % {"days": LONGEST_TOKEN_DAYS}, code="bad-life"
        )
    if not name.strip():
        raise Invalid(_("Give the token a name, so that you know later what uses it."), code="no-name")
    place = Workspace.objects.filter(name=workspace).first() if workspace else None
    if workspace and place is None:
        raise missing(_("workspace named “%(name)s”") % {"name": workspace})
    secret = f"conch_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        user=_token_owner(actor, account_id),
        name=name.strip()[:80],
        digest=token_digest(secret),
        hint=secret[:10],
        scopes=wanted,
        workspace=place,
        model_name=model.strip()[:128],
        expires_at=timezone.now() + timedelta(days=days),
    )
    after = {"name": token.name, "scopes": wanted, "days": days, "account": token.user.username}
    narrow = {"workspace": workspace, "model": token.model_name}
    record(actor, "token.create", token, after=after | {key: text for key, text in narrow.items() if text})
    return token, secret


def _checked_scopes(scopes: Iterable[str]) -> list[str]:
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in Scope.values]
    if unknown or not wanted:
        raise Invalid(
            _("Choose at least one of: %(scopes)s.") % {"scopes": ", ".join(Scope.values)}, code="bad-scope"
        )
    return wanted


def _token_owner(actor: Actor, account_id: int | None) -> User:
    assert actor.user is not None
    if account_id is None or account_id == actor.user.pk:
        return actor.user
    account = User.objects.filter(pk=account_id, kind=Kind.SERVICE, is_active=True).first()
    if account is None:
        raise missing(_("service account with this id"))
    _require_hold(actor, account)
    return account


def _require_hold(actor: Actor, account: User) -> None:
    if actor.user is None or account.held_by_id != actor.user.pk:
        actor.require("people.manage")


@transaction.atomic(durable=True)
def revoke_token(*, actor: Actor, token_id: int) -> ApiToken:
    """End one of the actor's own tokens, or one of a service account that the actor holds."""
    token = (
        ApiToken.objects.select_for_update(of=("self",)).select_related("user").filter(pk=token_id).first()
    )
    if token is None or actor.user is None:
        raise missing(_("token of yours with this id"))
    own = token.user_id == actor.user.pk or token.user.held_by_id == actor.user.pk
    if not own and not (token.user.is_service and actor.may("people.manage")):
        raise missing(_("token of yours with this id"))
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        record(actor, "token.revoke", token, after={"name": token.name})
    return token


@transaction.atomic(durable=True)
def create_service_account(*, actor: Actor, username: str, held_by: str, roles: Iterable[str] = ()) -> User:
    """Make an account for a program: tokens only, and a person who answers for it."""
    actor.require("people.manage")
    refuse_username(username)
    owner = User.objects.filter(username=held_by, kind=Kind.PERSON, is_active=True).first()
    if owner is None:
        raise missing(_("person named “%(name)s”") % {"name": held_by})
    user = User(username=username, kind=Kind.SERVICE, held_by=owner, role_names=known_roles(roles))
    user.set_unusable_password()
    user.save()
    after = {"username": username, "roles": user.role_names, "kind": Kind.SERVICE, "held_by": held_by}
    record(actor, "account.create", user, after=after)
    return user


def folded_email(email: str) -> str:
    """An address without what does not change whose it is: case, width, and what follows a plus sign."""
    name, _at, host = unicodedata.normalize("NFKC", email).casefold().strip().rpartition("@")
    return f"{name.partition('+')[0]}@{host}" if name and host else ""
