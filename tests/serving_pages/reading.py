"""What a reader sees of an answer."""

import re
from html import unescape
from html.parser import HTMLParser

from django.http import HttpResponse

POLL = {"HX-Request": "true"}
SILENT = {"script", "style", "template", "svg"}
VOID = {"input", "br", "use", "path", "line", "meta", "link", "circle", "rect", "img", "hr"}


class _Words(HTMLParser):
    """The visible words, and a check that each element is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        if not SILENT.intersection(self.open):
            self.words += data.split()


def words(response: HttpResponse) -> str:
    """The visible words of a well-formed page or fragment, one blank between them."""
    reader = _Words()
    reader.feed(response.content.decode())
    assert reader.open == []
    return " ".join(reader.words)


def answer(response: HttpResponse) -> str:
    """The sentence under the h1."""
    found = re.search(r'<p class="answer">(.*?)</p>', response.content.decode(), re.DOTALL)
    assert found is not None
    return unescape(re.sub(r"<[^>]+>", "", found[1])).strip()


def attribute(response: HttpResponse, *, id: str, name: str) -> str | None:
    """An attribute of the element with this id; None when it has none."""
    found = re.search(rf'<[^>]*\bid="{id}"[^>]*>', response.content.decode())
    assert found is not None, id
    value = re.search(rf'\b{name}="([^"]*)"', found[0])
    return unescape(value[1]) if value else None
