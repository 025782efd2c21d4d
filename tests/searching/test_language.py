"""The query language: what it reads, and how it says what is wrong. No database."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_registry.searching import MODELS, VERSIONS, QueryError, condition, parse
from models_registry.searching.tree import And, Compare, Not, Or, Text


def told(node):
    """A tree in brackets, without places."""
    match node:
        case None:
            return ""
        case Text():
            return f"“{node.text}”"
        case Compare():
            name = f"{node.name.field}[{node.name.key}]" if node.name.key else node.name.field
            word = ("NOT " if node.negated else "") + node.operator
            return " ".join([name, word, *(value.text for value in node.values)])
        case Not():
            return f"not({told(node.part)})"
        case And() | Or():
            word = " & " if isinstance(node, And) else " | "
            return f"({word.join(told(part) for part in node.parts)})"


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("", ""),
        ("   ", ""),
        ("fraud scorer", "(“fraud” & “scorer”)"),
        ("'fraud scorer'", "“fraud scorer”"),
        ("like is in", "(“like” & “is” & “in”)"),
        ("a-b_c.d/e@f", "“a-b_c.d/e@f”"),
        ("stage = 'testing'", "stage = testing"),
        ("STAGE=testing", "stage = testing"),
        ("name <> 'a'", "name != a"),
        ("name == 'a'", "name = a"),
        ("name = 'it''s'", "name = it's"),
        ('tags.`my key` != "x"', "tags[my key] != x"),
        ("`tags.my key` = 'x'", "tags[my key] = x"),
        ("tags.\"a=b\" like '%'", "tags[a=b] LIKE %"),
        ("metrics.val.loss<=1e-3", "metrics[val.loss] <= 1e-3"),
        ("name not in ('a', 'b') x", "(name NOT IN a b & “x”)"),
        ("team IS NULL or task is not null", "(team NULL | task NOT NULL)"),
        ("a or b and c", "(“a” | (“b” & “c”))"),
        ("(a or b) and not c", "((“a” | “b”) & not(“c”))"),
        ("not not a", "not(not(“a”))"),
        ("name not like 'a%' name not ilike 'b'", "(name NOT LIKE a% & name NOT ILIKE b)"),
        ("模型 ＡＢＣ", "(“模型” & “ＡＢＣ”)"),
    ],
)
def test_reads(query, tree):
    assert told(parse(query)) == tree


@pytest.mark.parametrize(
    ("query", "position", "sentence"),
    [
        (
            "stage = ",
            9,
            "At character 9: The query ends where a value is missing.",
        ),
        ("name = 'a", 8, "At character 8: This quote is never closed. Close it with '."),
        ("(a", 3, "At character 3: The query ends where a closing bracket is missing."),
        ("a)", 2, "At character 2: “)” stands where the end, AND or OR should."),
        ("a AND OR b", 7, "At character 7: “OR” stands where a word or a comparison should."),
        ("name in ('a' 'b')", 14, "At character 14: “b” stands where a comma or a closing bracket should."),
        ("a , b", 3, "At character 3: “,” stands where a word or a comparison should."),
        ("= 3", 1, "At character 1: “=” stands where a word or a comparison should."),
        ("name is not x", 13, "At character 13: “x” stands where NULL should."),
        ("a\0", 2, "At character 2: This character can't be searched for. Take it out."),
        ("(" * 30, 22, "At character 22: Brackets and NOT go deeper than 20 here. Write it flatter."),
        ("a " * 51, 101, "At character 101: A query has at most 50 clauses."),
        ("a" * 2001, 2001, "At character 2001: The query is longer than 2000 characters."),
    ],
)
def test_says_where_reading_stopped(query, position, sentence):
    with pytest.raises(QueryError) as caught:
        parse(query)

    assert (caught.value.position, caught.value.sentence) == (position, sentence)
    assert caught.value.problem()["position"] == position


@pytest.mark.parametrize(
    ("query", "position", "detail"),
    [
        ("stge = 'testing'", 1, "There is no field “stge”. Did you mean stage?"),
        (
            "a stage = 'live'",
            11,
            "stage is never “live”. It is one of: draft, registered, testing, ab_testing, deployed, retired,"
            " rejected.",
        ),
        ("metrics = 3", 8, "metrics needs a name after a dot. Write it like tags.task or metrics.accuracy."),
        ("name.x = 3", 1, "name has no parts. Only tags and metrics have a name after a dot."),
        ("metrics.a > 'high'", 13, "“high” is not a number. Write it like 0.95 or 1e-3."),
        ("version > 1.5", 11, "“1.5” is not a whole number. Version numbers are written like 3."),
        (
            "name > 'a'",
            5,
            "name can't be compared with >. It can with: =, !=, LIKE, ILIKE, IN, IS NULL.",
        ),
        (
            "created > yesterday",
            11,
            "“yesterday” is not a time. Write a date like 2026-01-31, a time like '2026-01-31 09:30',"
            " or an age like 7d or 12h.",
        ),
    ],
)
@pytest.mark.parametrize("target", [MODELS, VERSIONS], ids=lambda target: target.key)
def test_says_what_cannot_be_asked(query, position, detail, target):
    with pytest.raises(QueryError) as caught:
        condition(query, target)

    assert (caught.value.position, str(caught.value)) == (position, detail)


PIECES = st.sampled_from(
    [
        *("(", ")", ",", "=", "!=", ">", ">=", "<", "<=", "!", "'", '"', "`", ".", "%", "_", "\\", "''''"),
        *("AND", "OR", "NOT", "IN", "LIKE", "ILIKE", "IS", "NULL", "\0", "\ud800", "字", "''", "'testing'"),
        *(
            "name",
            "stage",
            "tags.a",
            "metrics.b",
            "alias",
            "created",
            "version",
            "next_review",
            "7d",
            "99999y",
        ),
        *("0000-00-00", "2026-13-01", "9999-12-31", "0001-01-01", "'2026-01-31T99:00'", "99999999999999"),
        *("1e999", "nan", "3", "18446744073709551616"),
    ]
)
QUERIES = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=14).map(" ".join))


@settings(max_examples=500, deadline=None)
@given(QUERIES)
def test_whatever_is_typed_is_read_or_refused(query):
    for target in (MODELS, VERSIONS):
        refusal = refused(query, target)
        assert refusal is None or (1 <= refusal.position <= len(query) + 1 and refusal.detail)


def refused(query, target):
    try:
        condition(query, target)
    except QueryError as error:
        return error
    return None
