"""Queries changed by a click: a clause added, a clause taken out."""

from dataclasses import dataclass

from models_registry.searching.parsing import parse
from models_registry.searching.tree import And, Node, Or, Text


@dataclass(frozen=True, slots=True)
class Chip:
    """One clause as it was written, and the query without it."""

    text: str
    without: str


def quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def with_clause(query: str, clause: str) -> str:
    """A query that also asks for the clause; the query must be readable."""
    tree = parse(query)
    if tree is None:
        return clause
    is_bare = isinstance(tree, Or) and tree.span.start == tree.parts[0].span.start
    whole = f"({query.strip()})" if is_bare else query.strip()
    return f"{whole} AND {clause}"


def chips(query: str) -> list[Chip]:
    """The clauses that must all hold, each with the query that is left when it goes."""
    tree = parse(query)
    if tree is None:
        return []
    parts: list[Node] = list(tree.parts) if isinstance(tree, And) else [tree]
    texts = [query[part.span.start : part.span.end] for part in parts]
    return [
        Chip(texts[index], _joined(parts[:index] + parts[index + 1 :], texts[:index] + texts[index + 1 :]))
        for index in range(len(parts))
    ]


def _joined(parts: list[Node], texts: list[str]) -> str:
    """Words stay side by side, as they were typed; everything else is joined by AND."""
    pieces: list[str] = []
    for index, text in enumerate(texts):
        if index:
            both_words = isinstance(parts[index - 1], Text) and isinstance(parts[index], Text)
            pieces.append(" " if both_words else " AND ")
        pieces.append(text)
    return "".join(pieces)
