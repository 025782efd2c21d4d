"""The filter and order grammar of the MLflow client. Pure: clauses out, or ValueError."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

TEXT_OPERATORS = frozenset({"=", "!=", "LIKE", "ILIKE"})
LISTS = frozenset({"IN", "NOT IN"})
NUMBER_OPERATORS = frozenset({"=", "!=", ">", ">=", "<", "<="})
Operators = dict[str, frozenset[str]]
MODEL_KEYS: Operators = {"name": TEXT_OPERATORS | LISTS}
VERSION_KEYS: Operators = {
    "name": TEXT_OPERATORS | LISTS,
    "run_id": TEXT_OPERATORS | LISTS,
    "source_path": TEXT_OPERATORS,
    "version_number": NUMBER_OPERATORS,
}
TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*")
      | (?P<number>-?\d+(?:\.\d+)?)
      | (?P<operator><=|>=|!=|=|<|>)
      | (?P<punctuation>[(),])
      | (?P<word>[A-Za-z_][\w-]*(?:\.(?:`[^`]*`|"[^"]*"|[^\s=!<>(),'"`]+))?)
    )""",
    re.VERBOSE,
)
TAG = re.compile(r"^(?:tags?)\.(.+)$", re.IGNORECASE | re.DOTALL)
LONGEST = 20_000
MOST_CLAUSES = 50


@dataclass(frozen=True, slots=True)
class Clause:
    """One comparison; `key` is an attribute, or the name of a tag."""

    key: str
    operator: str
    value: str | int | tuple[str, ...]
    is_tag: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    key: str
    descending: bool


def parse(text: str, *, keys: Operators) -> list[Clause]:
    """The clauses of a filter, joined by AND."""
    tokens = _tokens(text)
    found: list[Clause] = []
    at = 0
    while at < len(tokens):
        if found:
            if tokens[at] != ("word", "AND") and tokens[at][1].upper() != "AND":
                raise ValueError(f"Invalid filter: expected AND before '{tokens[at][1]}'")
            at += 1
        clause, at = _clause(tokens, at, keys)
        found.append(clause)
        if len(found) > MOST_CLAUSES:
            raise ValueError(f"Invalid filter: more than {MOST_CLAUSES} comparisons")
    return found


def parse_order(texts: Iterable[str], *, keys: Collection[str]) -> list[Order]:
    """The order, one entry a key; a key twice is an error."""
    found: list[Order] = []
    for text in texts:
        words = text.replace("`", "").split()
        if not 1 <= len(words) <= 2 or (len(words) == 2 and words[1].upper() not in {"ASC", "DESC"}):
            raise ValueError(f"Invalid order_by clause '{text[:80]}'")
        if words[0] not in keys:
            raise ValueError(f"Invalid order by key '{words[0][:80]}'; valid keys are {sorted(keys)}")
        if any(order.key == words[0] for order in found):
            raise ValueError(f"`order_by` contains duplicate fields: {words[0]}")
        found.append(Order(words[0], len(words) == 2 and words[1].upper() == "DESC"))
    return found


def _tokens(text: str) -> list[tuple[str, str]]:
    if len(text) > LONGEST:
        raise ValueError(f"Invalid filter: longer than {LONGEST} characters")
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"Invalid filter at '{text[at : at + 40].strip()}'")
        assert match.lastgroup is not None
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


def _clause(tokens: list[tuple[str, str]], at: int, keys: Operators) -> tuple[Clause, int]:
    def take(*kinds: str) -> str:
        nonlocal at
        if at >= len(tokens) or tokens[at][0] not in kinds:
            seen = tokens[at][1] if at < len(tokens) else "its end"
            raise ValueError(f"Invalid filter: '{seen}' was not expected; clauses are joined by AND alone")
        at += 1
        return tokens[at - 1][1]

    key, is_tag, allowed = _key(take("word"), keys)
    operator = take("operator", "word").upper()
    if operator == "NOT" and at < len(tokens) and tokens[at][1].upper() == "IN":
        operator = f"NOT {take('word').upper()}"
    if operator not in allowed:
        raise ValueError(f"Invalid comparison '{operator}' for '{key}'; use one of {sorted(allowed)}")
    if operator in LISTS:
        take("punctuation")
        values = [_text(take("string"))]
        while take("punctuation") == ",":
            values.append(_text(take("string")))
        if tokens[at - 1][1] != ")":
            raise ValueError("Invalid filter: a list ends with ')'")
        return Clause(key, operator, tuple(values), is_tag), at
    if allowed is NUMBER_OPERATORS:
        number = take("number", "string").strip("'\"")
        if not re.fullmatch(r"-?\d{1,18}", number):
            raise ValueError(f"Invalid value '{number[:40]}' for '{key}': not an integer")
        return Clause(key, operator, int(number), is_tag), at
    return Clause(key, operator, _text(take("string")), is_tag), at


def _key(word: str, keys: Operators) -> tuple[str, bool, frozenset[str]]:
    tag = TAG.match(word)
    if tag is not None:
        name = tag[1]
        if len(name) > 1 and name[0] == name[-1] and name[0] in '`"':
            name = name[1:-1]
        return name, True, TEXT_OPERATORS
    if word not in keys:
        raise ValueError(f"Invalid attribute key '{word[:80]}'; valid keys are {sorted(keys)} and tags")
    return word, False, keys[word]


def _text(token: str) -> str:
    quote, inner = token[0], token[1:-1]
    return inner.replace("''", "'") if quote == "'" else inner
