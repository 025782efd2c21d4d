"""The API as a page."""

import re
from html import unescape

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from core.api.reference import Operation, sections
from core.errors import Conflict, NotFound, Upstream
from core.templatetags.settings_pages import as_curl
from tests.serving_pages.reading import answer

pytestmark = pytest.mark.django_db


def test_every_operation_stands_on_the_page(client):
    page = client.get("/api/docs/")

    html = page.content.decode()
    assert answer(page) == "All that the pages do, a program can do too, with a token of yours."
    for name, operations in sections():
        assert f'id="{name}"' in html
        for operation in operations:
            assert operation.path in unescape(html)


def test_no_script_of_others_is_loaded(client):
    html = client.get("/api/docs/").content.decode()

    assert all(src.startswith("/static/") for src in re.findall(r'<script[^>]*\bsrc="([^"]*)"', html))


def test_an_operation_is_given_as_a_command():
    operation = Operation(
        method="POST",
        path="/api/v1/models/",
        summary="",
        parameters=(),
        body=(("name", "string", True), ("team", "string", False)),
        statuses=("201",),
    )

    assert as_curl(operation, "https://conch.example") == (
        "curl -sS -X POST 'https://conch.example/api/v1/models/' \\\n"
        '  -H "Authorization: Bearer $CONCH_TOKEN" \\\n'
        "  -H 'Content-Type: application/json' \\\n"
        '  --data \'{"name": "…"}\''
    )


@pytest.mark.parametrize(
    ("error", "heading"),
    [
        (NotFound("There is no v9."), "Not found"),
        (Conflict("It serves traffic.", hint="Stop it first."), "The state forbids it"),
        (Upstream("Triton is away."), "Another part of Conch failed"),
    ],
)
def test_a_problem_says_what_happened_and_what_helps(error, heading):
    request = RequestFactory().get("/models/")

    html = render_to_string("problem.html", {"error": error, "request_id": "r-1"}, request=request)

    assert heading in html
    assert error.detail in html
    assert error.hint in html
    assert "r-1" in html
