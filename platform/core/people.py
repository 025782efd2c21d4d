"""Writes to people: accounts, what they may do, and where."""

import re
import secrets
from collections.abc import Iterable

from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.translation import gettext as _

from core.actors import Actor
from core.audit import record
from core.errors import Conflict, Invalid, missing
from core.models import Kind, Membership, SignedIn, User, Workspace
from core.roles import Role
from core.signing_in.lockout import folded

USERNAME = re.compile(r"^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$")
LONGEST_TEAM = 80
WORKSPACE = re.compile(r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$")


@transaction.atomic(durable=True)
def add_account(
    *, actor: Actor, username: str, name: str = "", email: str = "", roles: Iterable[str] = ()
) -> tuple[User, str]:
    """Make an account for a person; its first password is returned once and never stored.

    Raises:
        Invalid: a name that doesn't fit, or an unknown role.
        Conflict: the name is taken.
    """
    actor.require("people.manage")
    refuse_username(username)
    first, _space, last = name.strip().partition(" ")
    held = known_roles(roles)
    user = User(username=username, first_name=first, last_name=last, email=email.strip(), role_names=held)
    password = secrets.token_urlsafe(15)
    user.set_password(password)
    user.save()
    record(actor, "account.create", user, after={"username": username, "roles": held, "kind": Kind.PERSON})
    return user, password


@transaction.atomic(durable=True)
def set_roles(*, actor: Actor, user_id: int, roles: Iterable[str], workspace: str = "") -> User:
    """Say which roles somebody has, everywhere or (named) in one workspace; no roles there ends membership.

    Raises:
        Invalid: an unknown role, or a role that holds everywhere only.
        Conflict: the last admin would be gone.
    """
    actor.require("people.manage")
    user = _locked(user_id)
    held = known_roles(roles)
    if workspace:
        _set_in_workspace(actor, user, held, workspace)
        return user
    if Role.ADMIN in user.role_names and Role.ADMIN not in held:
        _refuse_last_admin(user)
    before, user.role_names = user.role_names, held
    user.save(update_fields=["role_names"])
    if before != held:
        record(actor, "roles.change", user, before={"roles": before}, after={"roles": held})
    return user


def _set_in_workspace(actor: Actor, user: User, held: list[str], workspace: str) -> None:
    if Role.ADMIN in held:
        raise Invalid(
            _("Admins are admins everywhere; give this role without a workspace."), code="admin-everywhere"
        )
    place = Workspace.objects.filter(name=workspace).first()
    if place is None:
        raise missing(_("workspace named “%(name)s”") % {"name": workspace})
    known = Membership.objects.select_for_update().filter(user=user, workspace=place).first()
    before = known.role_names if known else []
    if before == held:
        return
    if held:
        Membership.objects.update_or_create(user=user, workspace=place, defaults={"role_names": held})
    elif known:
        known.delete()
    changed = {"workspace": workspace, "roles": held}
    record(actor, "roles.change", user, before={"workspace": workspace, "roles": before}, after=changed)


@transaction.atomic(durable=True)
def set_active(*, actor: Actor, user_id: int, active: bool, reason: str = "") -> User:
    """Switch an account off, which ends its sessions and tokens at once, or on again.

    Raises:
        Conflict: one's own account, or the last admin's.
    """
    actor.require("people.manage")
    user = _locked(user_id)
    if user.is_active == active:
        return user
    if not active:
        if actor.user is not None and user.pk == actor.user.pk:
            raise Conflict(_("Nobody switches themselves off. Ask another admin."), code="own-account")
        _refuse_last_admin(user)
        _end_sessions(user)
    user.is_active = active
    user.save(update_fields=["is_active"])
    verb = "account.on" if active else "account.off"
    record(actor, verb, user, before={"active": not active}, after={"active": active}, reason=reason)
    return user


@transaction.atomic(durable=True)
def set_team(*, actor: Actor, user_id: int, team: str) -> User:
    """Say in which team somebody develops models: they never validate that team's. Empty for none."""
    actor.require("people.manage")
    user, team = _locked(user_id), " ".join(team.split())
    if len(team) > LONGEST_TEAM:
        raise Invalid(
            _("A team's name has at most %(most)d letters.") % {"most": LONGEST_TEAM}, code="bad-name"
        )
    before, user.team = user.team, team
    if before != team:
        user.save(update_fields=["team"])
        record(actor, "account.team", user, before={"team": before}, after={"team": team})
    return user


@transaction.atomic(durable=True)
def reset_sign_in(*, actor: Actor, user_id: int, reason: str) -> tuple[User, str]:
    """For somebody who cannot sign in any more: a new password, returned once; no second factor; no sessions.

    Raises:
        Invalid: no reason.
        Conflict: one's own account, or a program's, which has no password.
    """
    actor.require("people.manage")
    if not reason.strip():
        raise Invalid(_("Say why."), code="reason-missing")
    user = _locked(user_id)
    if actor.user is not None and user.pk == actor.user.pk:
        raise Conflict(_("Your own password you change under Security."), code="own-account")
    if user.is_service:
        raise Conflict(_("A program's account has no password; give it a new token."), code="service-account")
    password = secrets.token_urlsafe(15)
    user.set_password(password)
    user.save(update_fields=["password"])
    factors = Authenticator.objects.filter(user=user).delete()[0]
    _end_sessions(user)
    after = {"second_factors_removed": factors}
    record(actor, "account.reset", user, after=after, reason=reason.strip()[:2000])
    return user, password


@transaction.atomic(durable=True)
def add_workspace(*, actor: Actor, name: str, permissive: bool = False) -> Workspace:
    """Make a workspace.

    Raises:
        Invalid: a name that doesn't fit.
        Conflict: the name is taken.
    """
    actor.require("people.manage")
    if not WORKSPACE.fullmatch(name):
        raise Invalid(
            _("A workspace's name has small letters, digits and hyphens, at most 64."), code="bad-name"
        )
    if Workspace.objects.filter(name=name).exists():
        raise Conflict(_("There is a workspace “%(name)s” already.") % {"name": name}, code="name-taken")
    made = Workspace.objects.create(name=name, permissive=permissive)
    record(actor, "workspace.create", made, after={"name": name, "permissive": permissive})
    return made


def known_roles(roles: Iterable[str]) -> list[str]:
    wanted = sorted({str(role) for role in roles})
    if unknown := [role for role in wanted if role not in Role.values]:
        raise Invalid(_("There is no role “%(role)s”.") % {"role": unknown[0]}, code="unknown-role")
    return wanted


def refuse_username(username: str) -> None:
    """Raise unless this name fits and no other account's looks the same."""
    if not USERNAME.fullmatch(username):
        raise Invalid(
            _("An account's name has small letters, digits, dots and hyphens, at most 64."), code="bad-name"
        )
    if User.objects.filter(username__iexact=folded(username)).exists():
        raise Conflict(_("There is an account “%(name)s” already.") % {"name": username}, code="name-taken")


def _end_sessions(user: User) -> None:
    keys = SignedIn.objects.filter(user=user).values_list("session_key", flat=True)
    Session.objects.filter(session_key__in=list(keys)).delete()
    SignedIn.objects.filter(user=user).delete()


def _locked(user_id: int) -> User:
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise missing(_("account with this id"))
    return user


def _refuse_last_admin(user: User) -> None:
    if Role.ADMIN not in user.role_names:
        return
    # Their rows are locked, so that two admins who drop each other at once don't both succeed.
    admins = User.objects.select_for_update().filter(role_names__contains=[Role.ADMIN], is_active=True)
    if not [one for one in admins.order_by("pk") if one.pk != user.pk]:
        raise Conflict(_("Conch needs an admin; make somebody else one first."), code="last-admin")
