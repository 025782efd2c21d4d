"""Settings of a benchmark: what is refused names its field."""

import pytest

from core.errors import Invalid
from experiments.plan import DEFAULTS, Plan, make


def refused(given, *, max_batch=64):
    with pytest.raises(Invalid) as caught:
        make(given, max_batch=max_batch)
    assert caught.value.code == "invalid-fields"
    return caught.value.context["errors"]


def test_nothing_asked_is_the_default():
    assert make({}, max_batch=64) == DEFAULTS
    assert DEFAULTS.levels == (1, 2, 4, 8, 16, 32)


def test_levels_are_sorted_and_measured_once():
    assert make({"levels": [8, 1, 8]}, max_batch=0).levels == (1, 8)


@pytest.mark.parametrize("levels", [[], [0], [257], [1.5], [True], ["4"], "4", 0, None, {"a": 1}])
def test_levels_that_are_none_are_refused(levels):
    assert refused({"levels": levels}) == {
        "levels": ["Write whole numbers between 1 and 256, like 1, 4, 16."]
    }


def test_more_than_twelve_levels_are_refused():
    assert refused({"levels": list(range(1, 14))}) == {
        "levels": ["13 levels are too many; at most 12 are measured in one benchmark."]
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seconds", 0.5),
        ("seconds", 61),
        ("seconds", float("nan")),
        ("seconds", "5"),
        ("seconds", True),
        ("warmup_seconds", -1),
        ("warmup_seconds", 31),
        ("timeout_seconds", 0),
        ("timeout_seconds", float("inf")),
    ],
)
def test_times_outside_their_limits_are_refused(name, value):
    assert list(refused({name: value})) == [name]


@pytest.mark.parametrize(("value", "max_batch"), [(0, 64), (65, 64), (2, 0), (1.0, 64), (True, 64)])
def test_a_batch_that_the_version_cannot_take_is_refused(value, max_batch):
    assert list(refused({"batch_size": value}, max_batch=max_batch)) == ["batch_size"]


def test_the_largest_batch_is_allowed():
    assert make({"batch_size": 64}, max_batch=64).batch_size == 64


def test_every_wrong_field_is_named_at_once():
    assert set(refused({"levels": [], "seconds": 0, "batch_size": 0, "what": 1})) == {
        "levels",
        "seconds",
        "batch_size",
        "what",
    }


def test_the_estimate_counts_each_level_with_its_warm_up():
    plan = Plan(levels=(1, 2, 4), seconds=5.0, warmup_seconds=1.0)

    assert plan.estimate_s == pytest.approx(1.5 + 3 * 6.1)


def test_a_plan_survives_its_row():
    plan = Plan(levels=(1, 2), seconds=3.0, confirm_live=True)

    assert Plan.from_json(plan.to_json()) == plan
