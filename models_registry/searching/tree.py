"""What a query says, as a tree; each node knows the part of the text that it was read from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Value:
    """What a field is compared with; `quoted` values are never read as numbers of another kind."""

    text: str
    quoted: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Name:
    """A field, with the key after the first dot where there is one: tags.`key`."""

    field: str
    key: str
    span: Span


@dataclass(frozen=True, slots=True)
class Text:
    """A word or a phrase to be found in the texts of a row."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Compare:
    """`operator` is one of = != > >= < <= LIKE ILIKE IN NULL; `negated` for NOT IN, NOT LIKE, IS NOT NULL."""

    name: Name
    operator: str
    values: tuple[Value, ...]
    negated: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Not:
    part: "Node"
    span: Span


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple["Node", ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple["Node", ...]
    span: Span


Node = Text | Compare | Not | And | Or
