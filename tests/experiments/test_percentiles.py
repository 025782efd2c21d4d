"""Percentiles by nearest rank."""

import pytest

from experiments.loadgen.percentiles import nearest_rank, summary


@pytest.mark.parametrize(
    ("permille", "value"), [(1, 15), (50, 15), (300, 20), (400, 20), (500, 35), (1000, 50)]
)
def test_the_value_is_one_that_was_measured(permille, value):
    assert nearest_rank([15, 20, 35, 40, 50], permille) == value


def test_each_thousandth_of_a_thousand_values_is_its_own_rank():
    assert [nearest_rank(range(1, 1001), permille) for permille in range(1, 1001)] == list(range(1, 1001))


def test_one_answer_is_all_its_percentiles():
    assert summary([2_500_000]) == {
        "mean_ms": 2.5,
        "p50_ms": 2.5,
        "p90_ms": 2.5,
        "p95_ms": 2.5,
        "p99_ms": 2.5,
        "max_ms": 2.5,
    }


def test_the_order_of_arrival_does_not_matter():
    found = summary(ms * 1_000_000 for ms in reversed(range(1, 101)))

    assert found == {
        "mean_ms": 50.5,
        "p50_ms": 50.0,
        "p90_ms": 90.0,
        "p95_ms": 95.0,
        "p99_ms": 99.0,
        "max_ms": 100.0,
    }


def test_nothing_has_no_percentiles():
    assert set(summary([]).values()) == {None}
