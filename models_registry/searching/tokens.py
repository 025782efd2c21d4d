"""A query as tokens: words, strings, numbers as words, operators and brackets."""

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum, auto

from django.utils.translation import gettext as _

from models_registry.searching.errors import QueryError

MOST_CHARACTERS = 2000
SPACE = re.compile(r"\s+")
OPERATOR = re.compile(r"!=|<>|>=|<=|==|=|>|<")
WORD = re.compile(r"""(?:[^\s()=<>,'"`!]|!(?!=))+""")
QUOTES = "'\"`"
SPELLINGS = {"<>": "!=", "==": "="}


class Kind(Enum):
    WORD = auto()
    STRING = auto()
    # A name in backticks, or a word that ends in a quoted key: tags."my key".
    NAME = auto()
    OPERATOR = auto()
    OPEN = auto()
    CLOSE = auto()
    COMMA = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a query; `start` and `end` are its place in the text, quotes included."""

    kind: Kind
    text: str
    start: int
    end: int

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these keywords, in whatever case."""
        return self.kind is Kind.WORD and self.text.upper() in words


def tokens(query: str) -> list[Token]:
    """The tokens of a query, the last of kind END.

    Raises:
        QueryError: too long, a quote left open, or a character that no text has.
    """
    _refuse(query)
    found: list[Token] = []
    at = 0
    while at < len(query):
        if space := SPACE.match(query, at):
            at = space.end()
            continue
        token = _next(query, at)
        found.append(token)
        at = token.end
    return [*found, Token(Kind.END, "", len(query), len(query))]


def _refuse(query: str) -> None:
    if len(query) > MOST_CHARACTERS:
        raise QueryError(
            _("The query is longer than %(limit)d characters.") % {"limit": MOST_CHARACTERS},
            at=MOST_CHARACTERS,
        )
    for at, character in enumerate(query):
        # Neither can be part of a text in PostgreSQL.
        if unicodedata.category(character) == "Cs" or (character < " " and not character.isspace()):
            raise QueryError(_("This character can't be searched for."), at=at, hint=_("Take it out."))


def _next(query: str, at: int) -> Token:
    character = query[at]
    if character in "(),":
        kind = {"(": Kind.OPEN, ")": Kind.CLOSE, ",": Kind.COMMA}[character]
        return Token(kind, character, at, at + 1)
    if character in QUOTES:
        text, end = _quoted(query, at)
        return Token(Kind.NAME if character == "`" else Kind.STRING, text, at, end)
    if operator := OPERATOR.match(query, at):
        return Token(Kind.OPERATOR, SPELLINGS.get(operator[0], operator[0]), at, operator.end())
    word = WORD.match(query, at)
    if word is None:  # pragma: no cover - every other character was matched above
        raise QueryError(_("This character can't be searched for."), at=at)
    end = word.end()
    if word[0].endswith(".") and end < len(query) and query[end] in QUOTES:
        key, end = _quoted(query, end)
        return Token(Kind.NAME, word[0] + key, at, end)
    return Token(Kind.WORD, word[0], at, end)


def _quoted(query: str, at: int) -> tuple[str, int]:
    """The text between quotes and where it ends; a doubled quote stands for itself."""
    quote = query[at]
    pieces: list[str] = []
    start = at + 1
    while (end := query.find(quote, start)) >= 0:
        pieces.append(query[start:end])
        if query[end + 1 : end + 2] != quote:
            return quote.join(pieces), end + 1
        start = end + 2
    raise QueryError(
        _("This quote is never closed."),
        at=at,
        expected=quote,
        hint=_("Close it with %(quote)s.") % {"quote": quote},
    )
