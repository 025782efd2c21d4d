"""Parts rendered for tests: each must close what it opens."""

from html.parser import HTMLParser
from typing import Any

from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

VOID = {"input", "br", "use", "path", "line", "meta", "link", "circle", "rect"}


class Balance(HTMLParser):
    """Collects the open elements and the visible words of a fragment."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data.split()


def part(template: str, /, **context: object) -> str:
    """Render a part and check that its elements are closed."""
    html = render_to_string(
        f"parts/{template}.html", context, request=RequestFactory().get("/models/?team=a&page=2")
    )
    balance = Balance()
    balance.feed(html)
    assert balance.open == []
    return html


def words(html: str) -> str:
    reader = Balance()
    reader.feed(html)
    return " ".join(reader.words)


def tag(source: str, **context: object) -> str:
    return Template("{% load conch %}" + source).render(Context(context)).strip()
