"""Decisions without a server: what wish and fact together ask for."""

from datetime import timedelta

import pytest

from serving.reconcile import Action, Wish, backoff, missing_models, next_route_step, next_step


@pytest.mark.parametrize(
    ("wanted", "generation", "observed_generation", "ready", "action"),
    [
        (True, 1, 0, False, Action.BRING_UP),
        (True, 1, 1, True, None),
        (True, 1, 1, False, Action.BRING_UP),
        (True, 2, 1, True, Action.BRING_UP),
        (False, 2, 1, True, Action.TAKE_DOWN),
        (False, 2, 1, False, Action.TAKE_DOWN),
        (False, 2, 2, True, Action.TAKE_DOWN),
        (False, 2, 2, False, None),
    ],
)
def test_a_deployment_is_worked_on_until_wish_and_fact_agree(
    wanted, generation, observed_generation, ready, action
):
    wish = Wish(
        wanted=wanted, generation=generation, observed_generation=observed_generation, observed_ready=ready
    )

    assert next_step(wish) is action


@pytest.mark.parametrize(
    ("wished", "observed", "seen", "action"),
    [
        (7, None, 0, Action.POINT),
        (7, 7, 1, None),
        (7, 5, 1, Action.POINT),
        (7, 7, 0, Action.POINT),
        (None, 7, 1, Action.REMOVE),
        (None, None, 0, Action.REMOVE),
        (None, None, 1, None),
    ],
)
def test_a_route_points_where_it_is_wished(wished, observed, seen, action):
    found = next_route_step(wished=wished, observed=observed, generation=1, observed_generation=seen)

    assert found is action


def test_the_pause_doubles_and_is_bounded():
    pauses = [backoff(failures, first_s=2, most_s=60).total_seconds() for failures in (0, 1, 2, 3, 6, 1000)]

    assert pauses == [0, 2, 4, 8, 60, 60]
    assert backoff(1, first_s=2, most_s=1) == timedelta(seconds=1)


def test_only_what_the_index_lacks_is_missing():
    assert missing_models(wanted={1: "a.v1", 2: "b.v1"}, ready={"a.v1", "c.v1"}) == {2}
