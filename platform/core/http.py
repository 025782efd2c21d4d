"""Requests: their id, the actor behind them, fragments, and errors rendered as pages."""

import uuid
from collections.abc import Callable
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from core.actors import Actor, Door
from core.errors import Forbidden, PlatformError
from core.models import ApiToken, User
from core.proof import proved_at

Handler = Callable[[HttpRequest], HttpResponse]


class RequestIdMiddleware:
    """Give each request an id, which the answer, the log and the audit trail carry."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.conch_id = uuid.uuid4().hex[:16]  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-Id"] = request_id(request)
        return response


class TimeZoneMiddleware:
    """Show times in the reader's zone."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        zone = request.user.time_zone if isinstance(request.user, User) else "UTC"
        with timezone.override(zone):
            return self.get_response(request)


class PlatformErrorMiddleware:
    """A PlatformError that a page let through becomes the error page of its status."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, PlatformError):
            return None
        context = {"error": exception, "request_id": request_id(request)}
        return render(request, "problem.html", context, status=exception.status)


def request_id(request: HttpRequest) -> str:
    return getattr(request, "conch_id", "")


def signed_in(request: HttpRequest) -> User:
    """The user of an authenticated request."""
    if not isinstance(request.user, User):
        raise Forbidden("Sign in first.", code="sign-in-required")
    return request.user


def page_actor(request: HttpRequest) -> Actor:
    """The actor behind a page."""
    return request_actor(
        request, signed_in(request), door=Door.PAGE, auth="session", proved_at=proved_at(request)
    )


def request_actor(
    request: HttpRequest,
    user: User,
    *,
    door: Door,
    auth: str = "",
    token: ApiToken | None = None,
    proved_at: datetime | None = None,
) -> Actor:
    """Who acts by a request, with no more than the token allows, if there is one."""
    return Actor(
        user=user,
        door=door,
        scopes=frozenset(token.scopes) if token else None,
        only_workspace=token.workspace_id if token else None,
        only_model=token.model_name if token else "",
        auth=f"token {token.hint}" if token else auth,
        address=request.META.get("REMOTE_ADDR", ""),
        request_id=request_id(request),
        proved_at=proved_at,
    )


def is_partial(request: HttpRequest) -> bool:
    """Whether htmx asks for a fragment of this page rather than the page."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
    )
