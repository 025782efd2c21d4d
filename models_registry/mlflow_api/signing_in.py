"""Who calls: a bearer token, or HTTP Basic with a password or with a token in its place."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections import OrderedDict
from threading import Lock

from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth import authenticate
from django.http import HttpRequest

from core.actors import Actor, Door
from core.http import request_actor
from core.models import ApiToken, User
from core.roles import Scope
from models_registry.mlflow_api.errors import ApiError

MOST_REMEMBERED = 1024
TOKEN_PREFIX = "conch_"
# Checking a password costs a quarter of a second by design, and a client sends it with every call. What is
# remembered is keyed with a secret of this process and the stored hash, so a changed password is unknown.
_key = secrets.token_bytes(32)
_remembered: OrderedDict[bytes, None] = OrderedDict()
_lock = Lock()


def actor_of(request: HttpRequest) -> Actor:
    """The actor behind a call, or UNAUTHENTICATED."""
    scheme, _space, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and given:
        return _by_token(request, given.strip())
    if scheme.lower() == "basic" and given:
        name, secret = _decoded(given)
        if secret.startswith(TOKEN_PREFIX):
            return _by_token(request, secret, name=name)
        return request_actor(request, _by_password(request, name, secret), door=Door.MLFLOW, auth="password")
    raise ApiError("UNAUTHENTICATED", "Set MLFLOW_TRACKING_TOKEN to a token of Conch.")


def _by_token(request: HttpRequest, secret: str, *, name: str = "") -> Actor:
    token = ApiToken.objects.for_secret(secret)
    if token is None or name not in {"", "token", token.user.username}:
        raise ApiError("UNAUTHENTICATED", "This token is unknown, revoked or expired.")
    if request.method in {"GET", "HEAD"} and Scope.READ not in token.scopes:
        raise ApiError("PERMISSION_DENIED", "This token lacks the scope “read”.")
    token.mark_used()
    return request_actor(request, token.user, door=Door.MLFLOW, token=token)


def _by_password(request: HttpRequest, name: str, password: str) -> User:
    user = User.objects.filter(username=name, is_active=True).first()
    mark = _mark(user, password) if user else b""
    with _lock:
        known = mark in _remembered
    if user is not None and known and not is_mfa_enabled(user):
        return user
    found = authenticate(request, username=name, password=password)
    if not isinstance(found, User):
        raise ApiError("UNAUTHENTICATED", "Wrong user name or password.")
    if is_mfa_enabled(found):
        raise ApiError("UNAUTHENTICATED", "This account has a second factor: use a token as the password.")
    with _lock:
        _remembered[_mark(found, password)] = None
        while len(_remembered) > MOST_REMEMBERED:
            _remembered.popitem(last=False)
    return found


def _mark(user: User, password: str) -> bytes:
    return hmac.digest(_key, f"{user.pk}\0{user.password}\0{password}".encode(), hashlib.sha256)


def _decoded(given: str) -> tuple[str, str]:
    try:
        name, _colon, secret = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ApiError("UNAUTHENTICATED", "The Authorization header cannot be read.") from error
    return name, secret
