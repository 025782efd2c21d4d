"""A short way for programs: a call with a bearer token passes by what only pages need.

Sessions, forms' tokens, messages, fragments and a content policy mean nothing to a program that brings its
token and reads JSON; together they cost about as much as the call itself.
"""

import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import resolve
from django.utils import timezone, translation

# Only what answers every error itself, in its client's words.
SHORT = re.compile(r"^(?:/ws/[-\w]+)?/api/2\.0/mlflow/")


class ShortLaneMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not _is_short(request):
            return self.get_response(request)
        match = request.resolver_match = resolve(request.path_info)
        # A thread of the server still has the language and the zone of whom it answered last.
        asked = "HTTP_ACCEPT_LANGUAGE" in request.META
        language = translation.get_language_from_request(request) if asked else settings.LANGUAGE_CODE
        with translation.override(language), timezone.override("UTC"):
            return match.func(request, *match.args, **match.kwargs)


def _is_short(request: HttpRequest) -> bool:
    # A password is looked at by the whole chain: wrong ones are counted there.
    given = request.META.get("HTTP_AUTHORIZATION", "")
    return given[:7].lower() == "bearer " and SHORT.match(request.path_info) is not None
