"""Steady or not, and why."""

from experiments.loadgen.windows import Verdict, Window, cut, steadiness

SECOND = 10**9


def steady(**given):
    return Window(**{"requests": 100, "throughput_rps": 100.0, "mean_ms": 10.0} | given)


def test_answers_fall_into_the_window_in_which_they_end():
    ended = [0, SECOND - 1, SECOND, 5 * SECOND]
    windows = cut(ended, [2_000_000, 4_000_000, 1_000_000, 9_000_000], from_ns=0, until_ns=5 * SECOND)

    assert [window.requests for window in windows] == [2, 1, 0, 0, 1]
    assert [window.throughput_rps for window in windows] == [2.0, 1.0, 0.0, 0.0, 1.0]
    assert [window.mean_ms for window in windows] == [3.0, 1.0, None, None, 9.0]


def test_an_early_swing_is_forgiven_once_it_has_settled():
    windows = [steady(throughput_rps=10.0, mean_ms=90.0), steady(), steady(), steady(), steady()]

    assert steadiness(windows) == Verdict("", 0.0)


def test_throughput_that_falls_is_named_with_its_spread():
    verdict = steadiness([*[steady()] * 4, steady(throughput_rps=80.0)])

    assert (verdict.stable, verdict.reason, verdict.spread) == (False, "throughput", 0.25)


def test_latency_that_rises_is_named_with_its_spread():
    verdict = steadiness([*[steady()] * 4, steady(mean_ms=15.0)])

    assert (verdict.stable, verdict.reason, verdict.spread) == (False, "latency", 0.5)


def test_a_tenth_is_within_the_tolerance():
    assert steadiness([*[steady()] * 4, steady(throughput_rps=110.0)]).stable is True


def test_a_few_requests_prove_nothing():
    assert steadiness([steady(requests=9)] * 5) == Verdict("few-requests", None)
    assert steadiness([*[steady()] * 4, steady(requests=0, mean_ms=None)]) == Verdict("few-requests", None)
