"""Every address × every role, walked and compared with the table."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from rest_framework.test import APIClient

from core.models import User
from core.roles import Role
from tests.access import scene, table
from tests.factories import a_user

pytestmark = pytest.mark.django_db
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
BY_ROLE = "This needs one of the roles:"
# Raw uploads: the body is the file.
RAW = {"version-file", "version-put", "version-upload", "upload-part"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    name: str
    is_api: bool
    wanted: frozenset[str]

    def url(self, seen: dict[str, dict[str, Any]]) -> str:
        query = "?filename=model.onnx" if self.name == "version-upload" else ""
        return reverse(self.name, kwargs=scene.arguments(seen, self.name, self.wanted)) + query


def endpoints(
    resolver: URLResolver,
    *,
    prefix: str = "",
    names: tuple[str, ...] = (),
    wanted: frozenset[str] = frozenset(),
) -> Iterator[Endpoint]:
    for one in resolver.url_patterns:
        here = wanted | set(one.pattern.converters) | set(one.pattern.regex.groupindex)
        path = f"{prefix}{one.pattern}"
        if isinstance(one, URLPattern):
            # MLflow's own addresses are walked by the matrix of its calls.
            if one.callback.__module__.startswith("models_registry.mlflow_api"):
                continue
            name = ":".join([*names, one.name or f"unnamed {path}"])
            yield Endpoint(name, path.startswith("api/v1/"), here)
        else:
            inner = (*names, one.namespace) if one.namespace else names
            yield from endpoints(one, prefix=path, names=inner, wanted=here)


ENDPOINTS = {endpoint.name: endpoint for endpoint in endpoints(get_resolver())}


def test_every_endpoint_has_its_line():
    assert sorted(set(ENDPOINTS) - set(table.TABLE)) == [], "declare these in tests/access/table.py"
    assert sorted(set(table.TABLE) - set(ENDPOINTS)) == [], "these are gone"


@contextmanager
def undone() -> Iterator[None]:
    """What a request wrote is taken back, so that the next one finds the same."""
    point = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)


def send(endpoint: Endpoint, method: str, url: str, user: User | None, cookies: SimpleCookie) -> HttpResponse:
    body = scene.body(endpoint.name)
    if endpoint.is_api:
        api = APIClient()
        if user:
            api.force_authenticate(user)
        if endpoint.name in RAW:
            return api.generic(method, url, b"x", content_type="application/octet-stream")
        return (
            api.generic(method, url)
            if method == "GET"
            else getattr(api, method.lower())(url, body, format="json")
        )
    client = Client()
    client.cookies = copy(cookies)
    if method == "POST":
        return client.post(url, body)
    return client.generic(method, url)


def signed_in(user: User | None) -> SimpleCookie:
    """The cookies of a browser; signing in once is enough, since what a request ends is taken back."""
    client = Client()
    if user:
        client.force_login(user)
    return client.cookies


def text_of(answer: HttpResponse) -> str:
    return "" if answer.streaming else answer.content.decode(errors="replace")


def refused_by_role(answer: HttpResponse) -> bool:
    return answer.status_code == 403 and BY_ROLE in text_of(answer)


def asked_to_sign_in(endpoint: Endpoint, answer: HttpResponse) -> bool:
    if endpoint.is_api:
        return answer.status_code == 401
    return answer.status_code == 302 and answer["Location"].startswith("/sign-in/?next=")


def differences(who: str, user: User | None, *, readable: bool = True) -> list[str]:
    """Each endpoint whose answer to this reader is not the one in the table.

    Args:
        readable: also read what everybody may read.
    """
    seen, cookies, wrong = scene.make(), signed_in(user), []
    for name, endpoint in ENDPOINTS.items():
        for method, allowed in table.TABLE[name].items():
            if not readable and method == "GET" and allowed >= table.ALL:
                continue
            with undone():
                answer = send(endpoint, method, endpoint.url(seen), user, cookies)
            refused = refused_by_role(answer) if user else asked_to_sign_in(endpoint, answer)
            passed = not refused
            if passed != (who in allowed) or answer.status_code == 500:
                wrong.append(
                    f"{method} {name}: {answer.status_code}, expected {'in' if who in allowed else 'out'}"
                )
    return wrong


@pytest.mark.parametrize("role", list(Role))
def test_each_role_gets_exactly_what_the_table_says(role):
    # What somebody without a role reads, everybody reads: a role only adds. Learners stand for all.
    assert differences(role.value, a_user(role), readable=role == Role.LEARNER) == []


def test_somebody_without_a_role_reads():
    assert differences("nobody", a_user()) == []


def test_a_stranger_is_asked_to_sign_in():
    assert differences("anonymous", None) == []


def test_a_method_that_is_not_in_the_table_is_not_there():
    seen, admin, wrong = scene.make(), a_user(*Role), []
    cookies = signed_in(admin)
    for name, endpoint in ENDPOINTS.items():
        for method in METHODS:
            if method in table.TABLE[name]:
                continue
            with undone():
                answer = send(endpoint, method, endpoint.url(seen), admin, cookies)
            if answer.status_code not in {405, 302, 404}:
                wrong.append(f"{method} {name}: {answer.status_code}")
    assert wrong == []
