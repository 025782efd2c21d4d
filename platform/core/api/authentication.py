"""How the API knows its caller: a bearer token, or the browser's session."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from core import proof
from core.actors import Actor, Door
from core.http import request_actor
from core.models import ApiToken, User
from core.roles import Scope


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer conch_…`; the token is looked up by its SHA-256."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not secret:
            return None
        token = ApiToken.objects.for_secret(secret.strip())
        if token is None:
            raise exceptions.AuthenticationFailed("This token is unknown, revoked or expired.")
        if request.method in {"GET", "HEAD", "OPTIONS"} and Scope.READ not in token.scopes:
            raise exceptions.PermissionDenied("This token lacks the scope “read”.")
        token.mark_used()
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session, with CSRF protection; 401 rather than 403 when nobody is signed in."""

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = SessionAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


def api_actor(request: Request) -> Actor:
    """The actor behind an API request."""
    user = request.user
    if not isinstance(user, User):
        raise exceptions.NotAuthenticated
    token = request.auth if isinstance(request.auth, ApiToken) else None
    proved_at = proof.token_proof(token) if token else proof.proved_at(request._request)
    return request_actor(
        request._request, user, door=Door.API, auth="session", token=token, proved_at=proved_at
    )
