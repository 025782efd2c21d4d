"""ETag on what the API shows of one thing, If-Match on what changes it: nobody overwrites unseen work.

A write on `…/3/notes/` compares with the thing it belongs to, `…/3/`, if nothing can be read there itself.
Writers with If-Match on one thing wait for each other, so that of two only the first succeeds.
"""

import copy
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.cache import get_conditional_response
from django.utils.http import parse_etags

from core.errors import PlatformError
from core.problems import problem_response

PREFIX = "/api/v1/"
CHANGES = frozenset({"PUT", "PATCH", "DELETE", "POST"})


class Changed(PlatformError):
    status = 412
    default_code = "changed-meanwhile"


class EtagMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(PREFIX):
            return self.get_response(request)
        if request.method in CHANGES and "If-Match" in request.headers:
            return self._guarded(request)
        response = self.get_response(request)
        if request.method == "GET" and (etag := _etag(response)):
            response["ETag"] = etag
            return get_conditional_response(request, etag=etag, response=response) or response
        return response

    def _guarded(self, request: HttpRequest) -> HttpResponse:
        wanted = parse_etags(request.headers["If-Match"])
        for path in _addresses(request.path):
            with _exclusively(path):
                found = _read(request, path)
                if found is None:
                    continue
                if wanted != ["*"] and found not in wanted:
                    return problem_response(
                        Changed("It changed since you read it.", hint="Read it again, then decide again.")
                    )
                return self.get_response(request)
        return self.get_response(request)


def _etag(response: HttpResponse) -> str:
    """The tag of one thing's JSON; none for files, errors and pages of lists."""
    is_json = response.get("Content-Type", "").startswith("application/json")
    if response.status_code != 200 or response.streaming or not is_json:
        return ""
    if isinstance(getattr(response, "data", None), dict) and "results" in response.data:  # type: ignore[attr-defined]
        return ""
    return f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'


def _addresses(path: str) -> Iterator[str]:
    yield path
    parts = path.rstrip("/").split("/")
    # Not above /api/v1/<things>/<one>/.
    if len(parts) > 5:
        yield "/".join(parts[:-1]) + "/"


def _read(request: HttpRequest, path: str) -> str | None:
    """The tag of what a GET by the same caller would show; None if it would show nothing."""
    try:
        view, args, kwargs = resolve(path)
    except Resolver404:
        return None
    asked = copy.copy(request)
    asked.method, asked.path, asked.path_info = "GET", path, path
    asked.META = {
        key: value for key, value in request.META.items() if key not in {"CONTENT_LENGTH", "CONTENT_TYPE"}
    }
    response = view(asked, *args, **kwargs)
    if hasattr(response, "render"):
        response.render()
    if response.streaming:
        # Not close(), which would end the connection to the database in the middle of this request.
        for closer in response._resource_closers:
            closer()
    return _etag(response) or None


@contextmanager
def _exclusively(path: str) -> Iterator[None]:
    number = int.from_bytes(hashlib.sha256(path.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [number])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [number])
