"""The days of the ordering cycle, bank holidays and all."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordering.rules.cycle import (
    CyclePlan,
    cycle_on,
    cycle_to_order,
    deadlines,
    faults_of,
    is_working_day,
    next_delivery,
    why_closed,
    working_day_by,
    working_days_before,
    working_days_between,
)

MONDAY = date(2026, 3, 2)
PLAN = CyclePlan(MONDAY)
DAY = timedelta(days=1)

plans = st.builds(
    CyclePlan,
    change_over_on=st.dates(date(2024, 1, 1), date(2031, 12, 31)),
    cycle_days=st.sampled_from([28, 35, 56]),
    weekdays=st.sampled_from([frozenset(range(5)), frozenset(range(6)), frozenset(range(7)), frozenset({0, 2, 4})]),
    nation=st.sampled_from(["ENG", "WLS", "SCT", "NIR"]),
    closed_days=st.frozensets(st.dates(date(2026, 1, 1), date(2027, 1, 1)), max_size=6),
)
days = st.dates(date(2024, 1, 1), date(2032, 12, 31))


def test_an_ordinary_cycle_has_the_days_that_homes_know() -> None:
    found = deadlines(PLAN, date(2026, 3, 2))
    assert found.starts_on == date(2026, 2, 2)
    assert (found.order_by_on, found.day_number(found.order_by_on)) == (date(2026, 2, 9), 8)
    # Day 14 is a Sunday: the check begins on the Friday before it, and ends on day 16, a Tuesday.
    assert (found.check_from_on, found.check_by_on) == (date(2026, 2, 13), date(2026, 2, 17))
    assert found.deliver_by_on == date(2026, 2, 25)
    assert found.draft_on == date(2026, 2, 5)
    assert found.cover_until_on == date(2026, 3, 30)


def test_easter_moves_the_delivery_forward() -> None:
    """Three working days before Wednesday 8 April 2026 lie before Good Friday and Easter Monday."""
    found = deadlines(CyclePlan(date(2026, 4, 8)), date(2026, 4, 8))
    assert found.deliver_by_on == date(2026, 4, 1)
    assert deadlines(CyclePlan(date(2026, 4, 8), nation="SCT"), date(2026, 4, 8)).deliver_by_on == date(2026, 4, 2)


def test_christmas_takes_days_from_everything_before_it() -> None:
    """Boxing Day 2026 is a Saturday, so Monday the 28th is its substitute."""
    assert [why_closed(PLAN, date(2026, 12, day)) for day in (24, 25, 26, 28, 29)] == [
        "",
        "Christmas Day",
        "Saturday",
        "Boxing Day (observed)",
        "",
    ]
    found = deadlines(PLAN, date(2027, 1, 4))
    assert found.deliver_by_on == date(2026, 12, 29)
    squeezed = deadlines(PLAN, date(2026, 12, 29))
    assert squeezed.deliver_by_on == date(2026, 12, 22)


def test_a_day_on_which_the_surgery_is_closed_counts_as_a_holiday() -> None:
    plan = CyclePlan(MONDAY, closed_days=frozenset({date(2026, 2, 25)}))
    assert deadlines(plan, MONDAY).deliver_by_on == date(2026, 2, 24)


def test_a_change_over_on_a_bank_holiday_stays_where_it_is() -> None:
    found = cycle_on(CyclePlan(date(2026, 5, 25)), date(2026, 5, 20))
    assert found.change_over_on == date(2026, 5, 25)
    assert found.deliver_by_on == date(2026, 5, 20)


def test_the_leap_day_is_a_day_like_others() -> None:
    found = deadlines(CyclePlan(date(2028, 3, 6)), date(2028, 3, 6))
    assert found.starts_on == date(2028, 2, 7)
    assert found.deliver_by_on == date(2028, 3, 1)


def test_the_day_of_the_change_over_begins_the_next_cycle() -> None:
    assert cycle_on(PLAN, MONDAY - DAY).change_over_on == MONDAY
    assert cycle_on(PLAN, MONDAY).starts_on == MONDAY


def test_after_the_delivery_the_next_cycle_is_the_one_to_order_in() -> None:
    assert cycle_to_order(PLAN, date(2026, 2, 25)).change_over_on == MONDAY
    assert cycle_to_order(PLAN, date(2026, 2, 26)).change_over_on == date(2026, 3, 30)
    assert next_delivery(PLAN, date(2026, 2, 24)) == date(2026, 2, 25)
    assert next_delivery(PLAN, date(2026, 2, 25)) == date(2026, 3, 25)


def test_working_days_are_counted_past_a_bank_holiday() -> None:
    assert working_days_before(PLAN, date(2026, 5, 6), 3) == date(2026, 4, 30)  # past the early May holiday
    assert working_days_between(PLAN, date(2026, 4, 30), date(2026, 5, 6)) == 3
    assert working_day_by(PLAN, date(2026, 5, 4)) == date(2026, 5, 1)
    assert working_days_between(PLAN, date(2026, 5, 6), date(2026, 4, 30)) == 0


def test_a_plan_that_cannot_work_says_why() -> None:
    assert faults_of(PLAN) == []
    assert faults_of(CyclePlan(MONDAY, weekdays=frozenset()))
    assert faults_of(CyclePlan(MONDAY, order_day=20))
    assert faults_of(
        CyclePlan(MONDAY, cycle_days=14, order_day=3, check_first_day=5, check_last_day=6, dispense_working_days=30)
    )


def test_a_home_that_never_works_is_refused() -> None:
    with pytest.raises(ValueError, match="no working day"):
        working_day_by(CyclePlan(MONDAY, weekdays=frozenset()), MONDAY)


@given(plans, days)
def test_every_deadline_is_a_working_day_in_time_for_the_next(plan: CyclePlan, day: date) -> None:
    found = cycle_on(plan, day)
    assert found.starts_on <= day < found.change_over_on
    assert (found.change_over_on - plan.change_over_on).days % plan.cycle_days == 0
    steps = [
        found.draft_on, found.order_by_on, found.issue_by_on, found.check_by_on, found.deliver_by_on,
        found.change_over_on, found.cover_until_on,
    ]  # fmt: skip
    assert steps == sorted(steps)
    assert all(is_working_day(plan, each) for each in (found.draft_on, found.order_by_on, found.check_by_on))
    assert is_working_day(plan, found.deliver_by_on)
    # What somebody else needs in working days is there, counted the other way round.
    before = found.change_over_on - DAY
    assert working_days_between(plan, found.deliver_by_on - DAY, before) >= plan.delivery_working_days
    assert working_days_between(plan, found.check_by_on, found.deliver_by_on) >= plan.dispense_working_days
    assert working_days_between(plan, found.order_by_on, found.check_from_on) >= plan.issue_working_days


@given(plans, days)
def test_one_more_bank_holiday_never_gives_more_time(plan: CyclePlan, day: date) -> None:
    found = cycle_on(plan, day)
    shorter = CyclePlan(plan.change_over_on, plan.cycle_days, weekdays=plan.weekdays, nation=plan.nation,
                        closed_days=plan.closed_days | {found.deliver_by_on})  # fmt: skip
    then = deadlines(shorter, found.change_over_on)
    assert then.deliver_by_on < found.deliver_by_on
    assert then.check_by_on <= found.check_by_on
    assert then.order_by_on <= found.order_by_on


@given(plans, days)
def test_a_working_day_by_a_day_is_the_last_there_is(plan: CyclePlan, day: date) -> None:
    found = working_day_by(plan, day)
    assert found <= day
    assert is_working_day(plan, found)
    assert not any(is_working_day(plan, found + (place + 1) * DAY) for place in range((day - found).days))
