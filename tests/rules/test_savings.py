"""How many hours a month are saved, with which interval and grade, and what remains after costs."""

import math
import random
from statistics import stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from quality.rules.savings import (
    COST_WORDS,
    GRADE_WORDS,
    PROCESS_WORDS,
    CostKind,
    Grade,
    Process,
    Range,
    Side,
    benefit,
    compared,
    saving,
    summed,
    t_quantile,
    totals,
)

MINUTES = st.lists(st.floats(1, 300), min_size=2, max_size=40)


def side(*minutes: float, per_month: float = 4) -> Side:
    return Side(minutes, per_month)


@pytest.mark.parametrize("freedom", [5, 6, 8, 11, 17.3, 30, 120, 1000])
def test_the_quantile_of_t_is_that_of_an_independent_library(freedom: float) -> None:
    assert t_quantile(0.975, freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-3)


@given(st.floats(1, 5))
def test_with_few_degrees_of_freedom_the_interval_is_never_too_narrow(freedom: float) -> None:
    assert t_quantile(0.975, freedom) >= stats.t.ppf(0.975, freedom) * 0.999


@given(MINUTES, MINUTES)
def test_the_interval_is_welchs(before: list[float], after: list[float]) -> None:
    found = saving(Process.AUDIT, Side(tuple(before), 60), Side(tuple(after), 60))
    assert found.hours is not None
    if min(stdev(before), stdev(after)) < 0.01:
        return  # the library warns of nearly equal times; the next test has them
    known = stats.ttest_ind(before, after, equal_var=False)
    if known.df >= 5:
        low, high = known.confidence_interval(0.95)
        assert (found.hours.low, found.hours.high) == (
            pytest.approx(low, rel=2e-3, abs=1e-6),
            pytest.approx(high, rel=2e-3, abs=1e-6),
        )


def test_equal_times_on_both_sides_leave_no_doubt() -> None:
    found = saving(Process.AUDIT, side(30, 30), side(20, 20))
    assert found.hours is not None
    assert found.hours.low == found.hours.high == found.hours.figure


def test_twelve_on_both_sides_are_grade_a_and_eleven_are_not() -> None:
    dozen = side(*[30.0 + n for n in range(12)])
    eleven = side(*[30.0 + n for n in range(11)])
    assert saving(Process.ORDERING, dozen, dozen).grade == Grade.A
    assert saving(Process.ORDERING, dozen, eleven).grade == saving(Process.ORDERING, eleven, dozen).grade == Grade.B


def test_one_time_or_none_is_no_figure_and_says_what_is_missing() -> None:
    many = side(30, 40, 50)
    for before, after, words in (
        (None, many, "before"),
        (side(30), many, "before"),
        (many, None, "since"),
        (many, side(9), "since"),
    ):
        found = saving(Process.ORDERING, before, after)
        assert (found.hours, found.grade) == (None, None)
        assert words in found.missing


def test_hours_a_month_are_the_mean_time_by_how_often() -> None:
    found = saving(Process.STOCK_COUNT, side(60, 120, 180, per_month=4), side(30, 30, 30, per_month=2))
    assert found.hours is not None
    assert found.hours.figure == pytest.approx(8 - 1)


def test_time_that_is_lost_is_shown_as_lost() -> None:
    found = saving(Process.ROUND, side(50, 51, 52), side(60, 61, 62))
    assert found.hours is not None
    assert found.hours.high < 0


def test_grades_are_never_summed() -> None:
    dozen, few = side(*[30.0 + n for n in range(12)]), side(30, 31, 32)
    after = side(*[10.0 + n / 10 for n in range(12)])
    found = totals(
        [saving(Process.ORDERING, dozen, after), saving(Process.AUDIT, few, after), saving(Process.ROUND, None, after)]
    )
    assert set(found) == {Grade.A, Grade.B}
    assert all(math.isfinite(each.figure) for each in found.values())


def test_only_what_the_estimate_covers_is_held_against_it() -> None:
    dozen, after = side(*[30.0 + n for n in range(12)]), side(*[10.0 + n / 10 for n in range(12)])
    both = [saving(Process.ORDERING, dozen, after), saving(Process.ROUND, dozen, after)]
    assert compared(both)[Grade.A].figure == pytest.approx(totals(both)[Grade.A].figure / 2)


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(0, 20), st.floats(0, 20)), min_size=1, max_size=8))
def test_a_sum_lies_in_its_interval_and_is_no_surer_than_its_parts(parts: list[tuple[float, float, float]]) -> None:
    ranges = [Range(figure, figure - low, figure + high) for figure, low, high in parts]
    total = summed(ranges)
    assert total.low <= total.figure <= total.high
    assert total.high - total.low >= max(each.high - each.low for each in ranges) - 1e-9


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Drawn from right-skewed times with a known saving, twelve on each side: about 95 of 100 intervals hold it."""
    chance = random.Random(7)
    held, tries = 0, 1500
    for _ in range(tries):
        before = Side(tuple(chance.gammavariate(4, 15) for _ in range(12)), 60)
        after = Side(tuple(chance.gammavariate(4, 10) for _ in range(12)), 60)
        hours = saving(Process.AUDIT, before, after).hours
        assert hours is not None
        held += hours.low <= 20 <= hours.high
    assert 0.93 <= held / tries <= 0.97


def test_net_benefit_is_worth_less_waste_less_costs_and_says_when_it_is_earned_back() -> None:
    found = benefit(Range(10, 5, 15), hour_low=10, hour_high=20, waste=Range(50, 50, 50), monthly_cost=100, once=500)
    assert found.net == Range(100, 0, 250)
    assert found.months == (5, None, 2)


@given(st.floats(-20, 20), st.floats(0, 10), st.floats(0, 30), st.floats(0, 30), st.floats(0, 500))
def test_the_range_of_a_benefit_holds_its_figure(
    hours: float, reach: float, one: float, two: float, cost: float
) -> None:
    low, high = sorted((one, two))
    found = benefit(
        Range(hours, hours - reach, hours + reach), hour_low=low, hour_high=high, waste=None, monthly_cost=cost, once=1
    )
    assert found.net.low - 1e-9 <= found.net.figure <= found.net.high + 1e-9


def test_every_word_is_said() -> None:
    assert (set(PROCESS_WORDS), set(GRADE_WORDS), set(COST_WORDS)) == (set(Process), set(Grade), set(CostKind))
