"""Idempotency-Key on POST: a request sent twice is done once and answered twice.

Only successes are kept: a refusal changed nothing, so sending it again may ask again. An answer's secret
(a token) is never kept; the repeated answer has it empty.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from core.errors import Conflict, Invalid
from core.models import ApiToken, KeptAnswer, User
from core.problems import problem_response

KEPT_FOR = timedelta(hours=24)
HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
LONGEST_KEY = 200


class IdempotencyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.headers.get(HEADER)
        if key is None or request.method != "POST" or not request.path.startswith("/api/v1/"):
            return self.get_response(request)
        user = _caller(request)
        if user is None:
            return self.get_response(request)
        if not (0 < len(key) <= LONGEST_KEY and key.isprintable() and key.isascii()):
            return problem_response(
                Invalid(f"{HEADER} has 1 to {LONGEST_KEY} printable characters.", code="bad-idempotency-key")
            )
        kept, is_new = KeptAnswer.objects.get_or_create(
            user=user, key=key, defaults={"digest": _digest(request)}
        )
        if not is_new:
            return _again(kept, request)
        return self._first(kept, request)

    def _first(self, kept: KeptAnswer, request: HttpRequest) -> HttpResponse:
        try:
            response = self.get_response(request)
        except BaseException:
            kept.delete()
            raise
        if not 200 <= response.status_code < 300 or response.streaming:
            kept.delete()
            return response
        kept.status = response.status_code
        kept.body = _without_secret(response.content.decode())
        kept.content_type = response.get("Content-Type", "")
        kept.save(update_fields=["status", "body", "content_type"])
        return response


def _caller(request: HttpRequest) -> User | None:
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        token = ApiToken.objects.for_secret(secret.strip())
        return token.user if token else None
    return request.user if isinstance(request.user, User) else None


def _digest(request: HttpRequest) -> str:
    content = hashlib.sha256(f"{request.get_full_path()}\n{request.content_type}\n".encode())
    content.update(request.body)
    return content.hexdigest()


def _again(kept: KeptAnswer, request: HttpRequest) -> HttpResponse:
    if kept.digest != _digest(request):
        return problem_response(
            Invalid(
                "This key came with another request before.",
                code="idempotency-key-reused",
                hint="Use a new key for a new request.",
            )
        )
    if kept.status is None:
        return problem_response(
            Conflict(
                "The first request with this key has not ended, or its outcome is unknown.",
                code="idempotency-unfinished",
                hint="Wait; if it stays so, look whether the thing exists before you use a new key.",
            )
        )
    response = HttpResponse(kept.body, status=kept.status, content_type=kept.content_type)
    response[REPLAYED] = "true"
    return response


def _without_secret(body: str) -> str:
    try:
        found = json.loads(body)
    except ValueError:
        return body
    if isinstance(found, dict) and "secret" in found:
        return json.dumps({**found, "secret": ""})
    return body


def drop_old() -> int:
    """Forget keys older than a day; return how many."""
    return KeptAnswer.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()[0]
