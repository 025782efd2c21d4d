"""From text to tree.

query   = either END
either  = both (OR both)*
both    = single (AND? single)*
single  = NOT single | "(" either ")" | clause | word | string
clause  = field ("=" | "!=" | ">" | ">=" | "<" | "<=") value
        | field [NOT] (LIKE | ILIKE) value
        | field [NOT] IN "(" value ("," value)* ")"
        | field IS [NOT] NULL
"""

from django.utils.translation import gettext as _

from models_registry.searching.errors import QueryError
from models_registry.searching.tokens import Kind, Token, tokens
from models_registry.searching.tree import And, Compare, Name, Node, Not, Or, Span, Text, Value

MOST_DEPTH = 20
MOST_CLAUSES = 50
MOST_VALUES = 100


def parse(query: str) -> Node | None:
    """The tree of a query, or None when it asks for nothing.

    Raises:
        QueryError: where it stops making sense, with what would have fitted there.
    """
    return Parser(tokens(query)).whole()


class Parser:
    """Reads tokens from left to right, one of lookahead, two where a keyword may be a plain word."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0
        self._clauses = 0

    def whole(self) -> Node | None:
        if self._peek().kind is Kind.END:
            return None
        found = self._either(depth=0)
        if self._peek().kind is not Kind.END:
            raise self._unexpected(_("the end, AND or OR"))
        return found

    def _peek(self) -> Token:
        return self._tokens[self._at]

    def _ahead(self, count: int = 1) -> Token:
        return self._tokens[min(self._at + count, len(self._tokens) - 1)]

    def _take(self) -> Token:
        token = self._peek()
        if token.kind is not Kind.END:
            self._at += 1
        return token

    def _unexpected(self, expected: str) -> QueryError:
        token = self._peek()
        if token.kind is Kind.END:
            detail = _("The query ends where %(expected)s is missing.") % {"expected": expected}
        else:
            detail = _("“%(found)s” stands where %(expected)s should.") % {
                "found": token.text[:40],
                "expected": expected,
            }
        return QueryError(detail, at=token.start, expected=expected)

    def _either(self, *, depth: int) -> Node:
        parts = [self._both(depth=depth)]
        while self._peek().is_word("OR"):
            self._take()
            parts.append(self._both(depth=depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts), _around(parts))

    def _both(self, *, depth: int) -> Node:
        parts = [self._single(depth=depth)]
        while self._peek().kind not in {Kind.END, Kind.CLOSE} and not self._peek().is_word("OR"):
            if self._peek().is_word("AND"):
                self._take()
            parts.append(self._single(depth=depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts), _around(parts))

    def _single(self, *, depth: int) -> Node:
        token = self._peek()
        if depth > MOST_DEPTH:
            raise QueryError(
                _("Brackets and NOT go deeper than %(limit)d here.") % {"limit": MOST_DEPTH},
                at=token.start,
                hint=_("Write it flatter."),
            )
        if token.is_word("NOT"):
            self._take()
            part = self._single(depth=depth + 1)
            return Not(part, Span(token.start, part.span.end))
        if token.kind is Kind.OPEN:
            return self._bracketed(depth=depth)
        return self._leaf()

    def _bracketed(self, *, depth: int) -> Node:
        opened = self._take()
        inner = self._either(depth=depth + 1)
        if self._peek().kind is not Kind.CLOSE:
            raise self._unexpected(_("a closing bracket"))
        span = Span(opened.start, self._take().end)
        # A bracket is one part of what is around it, whatever is inside.
        return _respanned(inner, span)

    def _leaf(self) -> Node:
        token = self._peek()
        self._clauses += 1
        if self._clauses > MOST_CLAUSES:
            raise QueryError(
                _("A query has at most %(limit)d clauses.") % {"limit": MOST_CLAUSES}, at=token.start
            )
        if token.kind in {Kind.WORD, Kind.NAME, Kind.STRING} and self._compares():
            return self._clause()
        is_keyword = token.is_word("AND", "OR", "NOT")
        if token.kind not in {Kind.WORD, Kind.STRING} or is_keyword:
            raise self._unexpected(_("a word or a comparison"))
        self._take()
        return Text(token.text, Span(token.start, token.end))

    def _compares(self) -> bool:
        """Whether what follows makes this a comparison; “like”, “in” and “is” may also be plain words."""
        first, second = self._ahead(), self._ahead(2)
        if first.kind is Kind.OPERATOR:
            return True
        if first.is_word("IS"):
            return second.is_word("NULL", "NOT")
        if first.is_word("NOT"):
            return second.is_word("IN", "LIKE", "ILIKE")
        if first.is_word("IN"):
            return second.kind is Kind.OPEN
        return first.is_word("LIKE", "ILIKE")

    def _clause(self) -> Compare:
        name = _name(self._take())
        operator = self._take()
        negated = operator.is_word("NOT")
        if negated:
            operator = self._take()
        word = operator.text.upper()
        values: tuple[Value, ...] = ()
        if word == "IS":
            negated = self._null()
            word = "NULL"
        elif word == "IN":
            values = self._values()
        else:
            values = (self._value(),)
        end = self._tokens[self._at - 1].end
        return Compare(name, word, values, negated, Span(name.span.start, end))

    def _null(self) -> bool:
        negated = self._peek().is_word("NOT")
        if negated:
            self._take()
        if not self._peek().is_word("NULL"):
            raise self._unexpected("NULL")
        self._take()
        return negated

    def _values(self) -> tuple[Value, ...]:
        if self._peek().kind is not Kind.OPEN:
            raise self._unexpected(_("an opening bracket"))
        self._take()
        found = [self._value()]
        while self._peek().kind is Kind.COMMA:
            self._take()
            found.append(self._value())
            if len(found) > MOST_VALUES:
                raise QueryError(
                    _("A list has at most %(limit)d values.") % {"limit": MOST_VALUES},
                    at=found[-1].span.start,
                )
        if self._peek().kind is not Kind.CLOSE:
            raise self._unexpected(_("a comma or a closing bracket"))
        self._take()
        return tuple(found)

    def _value(self) -> Value:
        token = self._peek()
        if token.kind not in {Kind.WORD, Kind.STRING} or token.is_word("AND", "OR"):
            raise self._unexpected(_("a value"))
        self._take()
        return Value(token.text, token.kind is Kind.STRING, Span(token.start, token.end))


def _name(token: Token) -> Name:
    field, _dot, key = token.text.partition(".")
    return Name(field.casefold(), key, Span(token.start, token.end))


def _around(parts: list[Node]) -> Span:
    return Span(parts[0].span.start, parts[-1].span.end)


def _respanned(node: Node, span: Span) -> Node:
    match node:
        case Text():
            return Text(node.text, span)
        case Compare():
            return Compare(node.name, node.operator, node.values, node.negated, span)
        case Not():
            return Not(node.part, span)
        case And():
            return And(node.parts, span)
        case Or():
            return Or(node.parts, span)
