"""Errors of the API as problem details (RFC 9457)."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_handler

from core.errors import Invalid, PlatformError

CONTENT_TYPE = "application/problem+json"


def problem_response(error: PlatformError) -> JsonResponse:
    """The same answer where no API view was reached."""
    return JsonResponse(error.problem(), status=error.status, content_type=CONTENT_TYPE)


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Every error answer of the API has type, title, status, detail and, where known, a hint."""
    if isinstance(exc, PlatformError):
        return Response(exc.problem(), status=exc.status, content_type=CONTENT_TYPE)
    if isinstance(exc, exceptions.ValidationError):
        problem = Invalid("Some fields are missing or wrong.", code="invalid-fields", errors=exc.detail)
        return Response(problem.problem(), status=problem.status, content_type=CONTENT_TYPE)
    response = drf_handler(exc, context)
    if response is None:
        return None
    response.data = _problem(exc, response)
    response.content_type = CONTENT_TYPE
    return response


def _problem(exc: Exception, response: Response) -> dict[str, Any]:
    if isinstance(exc, Http404):
        code, detail = "not-found", "There is nothing at this address."
    elif isinstance(exc, PermissionDenied):
        code, detail = "forbidden", "You may not do this."
    else:
        detail = str(getattr(exc, "detail", exc))
        code = str(getattr(exc, "default_code", "error")).replace("_", "-")
    return {
        "type": f"/problems/{code}",
        "title": code.replace("-", " "),
        "status": response.status_code,
        "detail": detail,
    }
