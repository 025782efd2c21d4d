"""The table of transitions: what is not in it is refused, by every door that reads it."""

import pytest

from core.errors import Conflict, NotFound
from models_registry.lifecycle import PROMOTIONS, TRANSITIONS, Stage, next_stage

ALLOWED = {
    ("register", "draft"): "registered",
    ("test", "registered"): "testing",
    ("ab_test", "testing"): "ab_testing",
    ("deploy", "testing"): "deployed",
    ("deploy", "ab_testing"): "deployed",
    ("reject", "registered"): "rejected",
    ("reject", "testing"): "rejected",
    ("reject", "ab_testing"): "rejected",
    ("retire", "registered"): "retired",
    ("retire", "testing"): "retired",
    ("retire", "ab_testing"): "retired",
    ("retire", "deployed"): "retired",
}


@pytest.mark.parametrize("verb", TRANSITIONS)
@pytest.mark.parametrize("stage", Stage.values)
def test_each_edge_is_either_in_the_table_or_refused(verb, stage):
    if (verb, stage) in ALLOWED:
        assert next_stage(verb, stage) == ALLOWED[verb, stage]
        return
    with pytest.raises(Conflict) as refused:
        next_stage(verb, stage)
    assert refused.value.code == "illegal-transition"


def test_an_unknown_verb_is_not_found():
    with pytest.raises(NotFound):
        next_stage("approve", "draft")


def test_nothing_leads_out_of_an_ended_life():
    ended = {Stage.RETIRED, Stage.REJECTED}

    assert not [verb for verb, transition in TRANSITIONS.items() if transition.sources & ended]


def test_whatever_reaches_a_server_goes_through_a_review():
    assert set(PROMOTIONS) == {"test", "ab_test", "deploy"}
