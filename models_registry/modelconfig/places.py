"""Where each field of a config.pbtxt stands in its text, which protobuf's parser does not tell."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

TOKEN = re.compile(
    r"""(?P<skip>\s+|\#[^\n]*)
    |(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    |(?P<word>[A-Za-z_][\w.]*)
    |(?P<mark>[{}<>\[\]:,;])
    |(?P<other>[^\s{}<>\[\]:,;#"']+|.)""",
    re.VERBOSE,
)
CLOSING = {"{": "}", "<": ">"}
# A field and its occurrence, e.g. (("input", 1), ("dims", 0)); an occurrence of None is the field's own word.
Path = tuple[tuple[str, int | None], ...]


class Token(NamedTuple):
    kind: str
    text: str
    offset: int


class Places:
    """Lines and columns, from 1, of the fields of a text that parses."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._offsets: dict[Path, int] = {}
        self._tokens = [
            Token(str(found.lastgroup), found[0], found.start())
            for found in TOKEN.finditer(text)
            if found.lastgroup != "skip"
        ]
        self._next = 0
        self._message((), closing="")

    def of(self, path: Path) -> tuple[int, int]:
        """(line, column) of a field, or of what surrounds it where the text does not have it."""
        while path and path not in self._offsets:
            field, occurrence = path[-1]
            path = path[:-1] if occurrence is None else (*path[:-1], (field, None))
        offset = self._offsets.get(path, 0)
        return self._text.count("\n", 0, offset) + 1, offset - self._text.rfind("\n", 0, offset)

    def _message(self, path: Path, *, closing: str) -> None:
        seen: Counter[str] = Counter()
        while (token := self._take()) is not None and token.text != closing:
            if token.kind != "word":
                continue
            self._offsets.setdefault((*path, (token.text, None)), token.offset)
            for offset, opening in self._values(token.offset):
                element = (*path, (token.text, seen[token.text]))
                seen[token.text] += 1
                self._offsets[element] = offset
                if opening:
                    self._message(element, closing=CLOSING[opening])

    def _values(self, offset: int) -> Iterator[tuple[int, str]]:
        """(place, opening bracket of a message or nothing) of each value of the field just read."""
        token = self._take()
        if token is not None and token.text == ":":
            token = self._take()
        if token is None:
            return
        if token.text != "[":
            # A long text may be written as several strings in a row.
            while token.kind == "string" and self._peek() == "string":
                self._take()
            yield offset, token.text if token.text in CLOSING else ""
            return
        while (token := self._take()) is not None and token.text != "]":
            if token.text != ",":
                yield token.offset, token.text if token.text in CLOSING else ""

    def _take(self) -> Token | None:
        if self._next >= len(self._tokens):
            return None
        self._next += 1
        return self._tokens[self._next - 1]

    def _peek(self) -> str:
        return self._tokens[self._next].kind if self._next < len(self._tokens) else ""
