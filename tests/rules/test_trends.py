"""What a trend draws, leaves out and says."""

from datetime import date, timedelta

import pytest

from quality.rules.chart_words import Assurance, Variation, assurance_of, number, say, settings_words, variation_of
from quality.rules.measures import MEASURES
from quality.rules.spc import Kind, Signal, xmr
from quality.rules.trends import Point, rare_events, trend

MISSED, ON_TIME, REFUSED = (MEASURES[word] for word in ("missed", "on_time", "refused"))


def months(*counts: int | None, of: int = 10_000) -> list[Point]:
    return [Point(date(2025 + n // 12, n % 12 + 1, 1), count, of) for n, count in enumerate(counts)]


def test_a_hidden_month_is_left_out_of_the_chart_and_stays_in_the_table() -> None:
    found = trend(MISSED, months(50, None, 52, 49), period="month")
    assert [row.placed is None for row in found.rows] == [False, True, False, False]
    assert len(found.chart.points) == 3
    assert found.hidden == 1


def test_a_month_in_which_nothing_could_happen_has_no_value() -> None:
    points = [*months(50, 51), Point(date(2025, 3, 1), 0, 0)]
    assert len(trend(MISSED, points, period="month").chart.points) == 2


@pytest.mark.parametrize(("day", "at"), [(date(2025, 6, 1), 5), (date(2025, 6, 16), 5), (date(2025, 6, 17), 6)])
def test_a_period_belongs_to_the_side_on_which_more_of_its_days_lie(day: date, at: int) -> None:
    found = trend(MISSED, months(*[50] * 12), period="month", rebased_on=[day])
    assert found.rebased == (at,)


def test_a_rebased_step_is_no_signal_and_an_unrebased_one_is() -> None:
    step = months(*[100, 103, 98, 101, 99, 102], *[50, 52, 49, 51, 48, 50, 51, 49])
    assert any(each.signals for each in trend(MISSED, step, period="month").chart.points)
    rebased = trend(MISSED, step, period="month", rebased_on=[date(2025, 7, 1)])
    assert not any(each.signals for each in rebased.chart.points)
    assert rebased.said.variation is Variation.USUAL


# What is said


def test_a_concern_is_told_from_an_improvement_by_which_way_is_better() -> None:
    high = [50.0, 52, 49, 51, 50, 52, 48, 50, 51, 49, 50, 90]
    assert variation_of(xmr(high), "low") is Variation.WORSE_HIGH
    assert variation_of(xmr(high), "high") is Variation.BETTER_HIGH
    assert variation_of(xmr(high), None) is Variation.CHANGED_UP
    low = [-each for each in high]
    assert variation_of(xmr(low), "low") is Variation.BETTER_LOW
    assert variation_of(xmr(low), "high") is Variation.WORSE_LOW


def test_the_sentence_names_the_point_outside_and_its_limit() -> None:
    found = trend(MISSED, months(*[50, 53, 48, 51, 49, 52, 50, 51, 48, 52, 50, 51, 120]), period="month")
    assert found.said.sentence.startswith(
        "A concern: Jan 2026, at 12 per 1,000 doses given or due, lies above the upper"
    )


def test_the_sentence_counts_a_row_on_one_side_from_its_first_month() -> None:
    counts = [60, 66, 58, 63, 61, 65, 59, 62, 64, 60, 47, 49, 46, 48, 47, 49, 48]
    found = trend(MISSED, months(*counts), period="month", screen=False)
    assert Signal.SHIFT in found.chart.points[-1].signals
    assert "7 months in a row, since Nov 2025, lie below the mean" in found.said.sentence
    assert found.said.variation is Variation.BETTER_LOW


def test_an_ordinary_month_is_said_to_be_ordinary_with_trial_limits_named() -> None:
    said = trend(ON_TIME, months(*[9_400, 9_420, 9_390, 9_410]), period="month").said.sentence
    assert "Nothing unusual in the latest month: 94.1% lies where this process usually does" in said
    assert "trial limits, from 4 months" in said


def test_one_or_two_points_say_nothing() -> None:
    assert trend(MISSED, months(5), period="month").said.sentence.startswith("Only 1 month so far")
    assert trend(MISSED, [], period="month").said.sentence == "There is nothing to show yet."


@pytest.mark.parametrize(
    ("target", "better", "expected"),
    [
        (90.0, "high", Assurance.MEETS),
        (99.0, "high", Assurance.MISSES),
        (90.0, "low", Assurance.MISSES),
        (99.0, "low", Assurance.MEETS),
        (95.0, "high", Assurance.COMES_AND_GOES),
        (None, "high", Assurance.NO_TARGET),
        (95.0, None, Assurance.NO_TARGET),
    ],
)
def test_a_target_outside_the_limits_will_be_met_or_missed(target, better, expected) -> None:  # type: ignore[no-untyped-def]
    assert assurance_of(xmr([95, 95.4, 94.8, 95.2, 94.9, 95.1]), target, better) is expected


def test_screening_is_said_on_the_chart() -> None:
    freak = [1.0, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1]
    assert "left out of the limits: 2 were" in settings_words(xmr(freak))
    assert "No moving range was left out" in settings_words(xmr(freak, screen=False))


def test_rare_events_are_better_far_apart() -> None:
    gaps = [(date(2026, 1, 1) + timedelta(days=9 * n), days) for n, days in enumerate([9, 8, 10, 9, 7, 11, 9, 8, 120])]
    found = rare_events("given wrongly", gaps, kind=Kind.T)
    assert found.said.variation is Variation.BETTER_HIGH
    assert found.unit == "days between given wrongly"


@pytest.mark.parametrize(
    ("value", "words"), [(97.0, "97"), (12.345, "12.3"), (0.4237, "0.42"), (1234.5, "1,234"), (0, "0")]
)
def test_a_number_has_as_many_decimals_as_help(value: float, words: str) -> None:
    assert number(value) == words


def test_a_refusal_is_neither_better_nor_worse() -> None:
    found = trend(REFUSED, months(*[50, 53, 48, 51, 49, 52, 50, 51, 48, 52, 50, 51, 120]), period="month")
    assert found.said.sentence.startswith("A change: ")
    assert say(found.chart, [row.name for row in found.drawn], None, unit="x").variation is Variation.CHANGED_UP
