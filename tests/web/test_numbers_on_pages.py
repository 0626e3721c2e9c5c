"""How numbers and times are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from leaderboard.core import numbers

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (999, "999"), (4329, "4\u2009329"), (1234567, "1\u2009234\u2009567")],
)
def test_counts_have_thin_spaces(value: int, text: str) -> None:
    assert numbers.count(value) == text


@pytest.mark.parametrize(
    ("billions", "text"), [(None, ""), (0.0072, "7.2 M"), (0.5, "0.5 B"), (72.7, "72.7 B")]
)
def test_small_models_are_counted_in_millions(billions: float | None, text: str) -> None:
    assert numbers.parameters(billions) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0.0"), (0.8632, "86.3"), (1.0, "100.0"), (-0.031, "\u22123.1")],
)
def test_fractions_are_percent_with_one_decimal(value: float, text: str) -> None:
    assert numbers.percent(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.004, "+0.4"), (-0.031, "\u22123.1"), (0.0001, "0.0"), (-0.0001, "0.0")]
)
def test_differences_always_carry_a_sign_unless_they_are_nothing(value: float, text: str) -> None:
    assert numbers.points(value) == text


@pytest.mark.parametrize(
    "write", [numbers.count, numbers.percent, numbers.points, numbers.decimal, numbers.moment]
)
def test_what_is_not_known_is_a_dash_and_never_zero(write: object) -> None:
    assert callable(write)
    assert write(None) == "—"


def test_a_rank_range_of_one_value_is_written_once() -> None:
    assert numbers.rank_range(11, 11) == "⟨11⟩"
    assert numbers.rank_range(2, 5) == "⟨2–5⟩"
    assert numbers.rank_range(None, None) == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (12, "12 s"),
        (108, "1 min 48 s"),
        (3 * 3600 + 300, "3 h 5 min"),
        (49 * 3600, "2 d 1 h"),
        (-3, "0 s"),
    ],
)
def test_durations_have_at_most_two_units(seconds: float, text: str) -> None:
    assert numbers.duration(seconds) == text


def test_times_are_written_in_utc_in_both_languages() -> None:
    local = NOON.astimezone(tz=None)
    assert numbers.moment(local) == "14 Mar 2026, 12:00 UTC"
    with translation.override("zh-hans"):
        assert numbers.moment(local) == "2026年3月14日 12:00 UTC"


def test_age_is_in_the_largest_unit() -> None:
    assert numbers.age(NOON, NOON + timedelta(seconds=5)) == "just now"
    assert numbers.age(NOON, NOON + timedelta(minutes=3, seconds=5)) == "3\xa0minutes ago"
    assert numbers.age(NOON, NOON + timedelta(days=2, hours=5)) == "2\xa0days ago"


def test_an_estimate_does_not_flicker_by_the_second() -> None:
    assert numbers.remaining(159) == numbers.remaining(161) == "about 3 minutes left"
    assert numbers.remaining(20) == "less than a minute left"
    assert numbers.remaining(None) == ""
