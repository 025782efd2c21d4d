"""What the levels mean, in words."""

from experiments import findings
from tests.experiments.scene import a_level


def curve(*rates, **given):
    return [
        a_level(concurrency=2**index, throughput_rps=float(rate), **given) for index, rate in enumerate(rates)
    ]


def test_the_knee_is_the_lowest_level_with_nearly_the_best_throughput():
    assert findings.sum_up(curve(100, 190, 291, 300, 280)).knee.concurrency == 4


def test_past_the_knee_requests_only_wait():
    levels = curve(100, 300, 305)

    assert findings.carries(levels, findings.sum_up(levels)) == (
        "Carries 300\u00a0req/s with 2 requests at a time; 99% of the answers come within 12.3\u00a0ms. "
        "More at a time only wait longer."
    )


def test_a_curve_that_still_rises_says_so():
    levels = curve(100, 200)

    assert findings.carries(levels, findings.sum_up(levels)).endswith(
        "More at a time might still carry more."
    )


def test_one_level_says_nothing_about_others():
    levels = curve(100)

    assert findings.carries(levels, findings.sum_up(levels)) == (
        "Carries 100\u00a0req/s with 1 request at a time; 99% of the answers come within 12.3\u00a0ms."
    )


def test_without_an_answer_there_is_no_knee():
    levels = [a_level(requests=0, throughput_rps=0.0, p99_ms=None, errors={"INTERNAL": 3})]
    found = findings.sum_up(levels)

    assert (found.knee, found.errors) == (None, 3)
    assert findings.carries(levels, found) == "No request was answered."


def test_doubts_are_named_one_by_one():
    levels = [
        a_level(errors={"wrong-answer": 2, "UNAVAILABLE": 1}),
        a_level(concurrency=4, stable=False, unstable_reason="throughput", spread=0.23),
        a_level(concurrency=8, stable=False, unstable_reason="few-requests", spread=None),
        a_level(concurrency=16, client_cpu=0.97),
    ]

    assert findings.doubts(levels, findings.sum_up(levels)) == [
        "3 requests failed or were answered wrongly.",
        "At 16 concurrent the load generator itself was busy; the model may carry more.",
        "At 4 concurrent it was not steady: throughput varied by 23% between its last windows.",
        "At 8 concurrent it was not steady: too few requests were answered to tell.",
    ]


def test_steady_and_right_leaves_no_doubt():
    levels = curve(100, 200)

    assert findings.doubts(levels, findings.sum_up(levels)) == []


def test_a_headline_fits_a_card():
    assert findings.headline(a_level(concurrency=8, throughput_rps=910.4)) == (
        "p99 12.3\u00a0ms at 8 concurrent, 910\u00a0req/s"
    )
