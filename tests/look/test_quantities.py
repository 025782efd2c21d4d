"""Numbers, sizes and times as readers see them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone, translation

from core import moments, quantities

NOW = datetime(2026, 11, 24, 9, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (0, "0\u00a0ms"),
        (0.05123, "0.0512\u00a0ms"),
        (4.1, "4.10\u00a0ms"),
        (38.24, "38.2\u00a0ms"),
        (99.96, "100\u00a0ms"),
        (999.6, "1,000\u00a0ms"),
        (12345, "12,300\u00a0ms"),
        (-0.4, "−0.400\u00a0ms"),
    ],
)
def test_latencies_have_three_figures_and_a_unit(value, text):
    assert quantities.milliseconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0\u00a0B"),
        (999, "999\u00a0B"),
        (999_950, "1.00\u00a0MB"),
        (88_123_456, "88.1\u00a0MB"),
        (24e9, "24.0\u00a0GB"),
    ],
)
def test_sizes_count_in_thousands(value, text):
    assert quantities.size(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0%"), (0.9, "90%"), (0.0007, "0.07%"), (0.9794, "97.9%"), (1, "100%"), (None, "–")],
)
def test_shares_have_no_space_and_no_idle_zeros(share, text):
    assert quantities.percent(share) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.34, "340\u00a0ms"),
        (8.24, "8.2\u00a0s"),
        (2, "2\u00a0s"),
        (720, "12\u00a0min"),
        (26 * 3600, "26\u00a0h"),
        (22 * 86400, "22\u00a0d"),
    ],
)
def test_durations_take_the_largest_unit_that_fits(seconds, text):
    assert quantities.duration(seconds) == text


def test_numbers_have_commas_and_a_true_minus():
    assert quantities.number(-3412) == "−3,412"
    assert quantities.number(0.5, decimals=2) == "0.50"


def test_a_digest_is_cut_in_the_middle():
    assert quantities.short_digest("9f3c" + "0" * 56 + "e27a") == "9f3c…e27a"
    assert quantities.short_digest("") == "–"


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (timedelta(seconds=4), "4 s ago"),
        (timedelta(minutes=38), "38 min ago"),
        (timedelta(hours=23, minutes=59), "23 h ago"),
        (timedelta(minutes=-5), "in 5 min"),
        (timedelta(days=3), "21 Nov, 09:40 UTC"),
        (timedelta(days=400), "20 Oct 2025, 09:40 UTC"),
    ],
)
def test_moments_are_relative_for_a_day(before, text):
    with translation.override("en"):
        assert moments.relative(NOW - before, now=NOW) == text


@pytest.mark.parametrize(
    ("zone", "label"),
    [
        ("UTC", "UTC"),
        ("Asia/Taipei", "UTC+8"),
        ("America/St_Johns", "UTC−3:30"),
        ("Asia/Kathmandu", "UTC+5:45"),
    ],
)
def test_the_zone_is_named_by_its_offset(zone, label):
    with timezone.override(zone):
        assert moments.zone_label(NOW) == label
