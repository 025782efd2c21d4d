"""The page around the content: where one is, who one is, language and theme."""

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import resolve
from django.utils import translation

from core import nav
from core.context import Shell
from core.models import User


def a_request(path: str, user: User | None = None, **cookies: str) -> HttpRequest:
    request = RequestFactory().get(path)
    request.resolver_match = resolve(path.split("?")[0])
    request.COOKIES.update(cookies)
    if user:
        request.user = user
    return request


def current(path: str) -> list[str]:
    shell = Shell(a_request(path))
    links = [link for _label, entries in shell.sections for link in entries] + [shell.settings]
    return [str(link.label) for link in links if link.current]


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("/", "Home"),
        ("/models/", "Models"),
        ("/reviews/", "Reviews"),
        ("/deployments/", "Deployments"),
        ("/settings/", "Settings"),
        ("/settings/tokens/", "Settings"),
    ],
)
def test_one_entry_is_current(path, entry):
    assert current(path) == [entry]


def test_a_count_shows_only_to_the_reader_it_waits_for(monkeypatch):
    monkeypatch.setitem(
        nav._counts, "models_registry:review_queue", lambda user: 2 if user.username == "mei" else 0
    )

    def waiting(user: User | None) -> int:
        shell = Shell(a_request("/", user))
        return next(
            link.count
            for _label, links in shell.sections
            for link in links
            if link.icon == "git-pull-request-arrow"
        )

    assert waiting(User(username="mei")) == 2
    assert waiting(User(username="arun")) == 0
    assert waiting(None) == 0


def test_the_other_language_leads_to_the_same_page():
    with translation.override("en"):
        assert Shell(a_request("/models/?team=a")).languages == [
            {"lang": "zh-Hant", "name": "繁體中文", "url": "/zh-hant/models/?team=a"}
        ]
    with translation.override("zh-hant"):
        shell = Shell(a_request("/zh-hant/models/"))
        assert shell.lang == "zh-Hant"
        assert shell.languages == [{"lang": "en", "name": "English", "url": "/models/"}]


@pytest.mark.parametrize(
    ("cookie", "theme"), [("dark", "dark"), ("light", "light"), ('"><script>', ""), ("", "")]
)
def test_the_theme_is_one_of_two_or_the_system_s(cookie, theme):
    assert Shell(a_request("/", conch_theme=cookie)).theme == theme


def test_roles_are_shown_by_name():
    with translation.override("en"):
        shell = Shell(a_request("/", User(username="mei", role_names=["reviewer", "operator", "gone"])))

        assert shell.role_names == ["Reviewer", "Operator"]
