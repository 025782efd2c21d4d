"""Clauses added and taken out by a click."""

import pytest

from models_registry.searching.editing import chips, quoted, with_clause


@pytest.mark.parametrize(
    ("query", "whole"),
    [
        ("", "team = 'a'"),
        ("fraud", "fraud AND team = 'a'"),
        ("a b", "a b AND team = 'a'"),
        ("a OR b", "(a OR b) AND team = 'a'"),
        ("(a OR b)", "(a OR b) AND team = 'a'"),
        ("((a) OR b)", "((a) OR b) AND team = 'a'"),
        ("(a) OR (b)", "((a) OR (b)) AND team = 'a'"),
        ("NOT a", "NOT a AND team = 'a'"),
    ],
)
def test_a_clause_narrows_the_whole_query(query, whole):
    assert with_clause(query, "team = 'a'") == whole


def test_each_clause_can_go_and_the_rest_stays():
    found = chips("fraud card stage = 'testing' AND (a OR b) AND NOT tags.x = 'y'")

    assert [chip.text for chip in found] == [
        "fraud",
        "card",
        "stage = 'testing'",
        "(a OR b)",
        "NOT tags.x = 'y'",
    ]
    assert found[0].without == "card AND stage = 'testing' AND (a OR b) AND NOT tags.x = 'y'"
    assert found[2].without == "fraud card AND (a OR b) AND NOT tags.x = 'y'"
    assert [chip.without for chip in chips("a OR b")] == [""]
    assert chips("") == []


def test_a_quote_in_a_value_is_doubled():
    assert quoted("it's") == "'it''s'"
