"""When refusals are a matter for the GP."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emar.rules.outcomes import GIVEN_WORDS, OUTCOMES, Family
from emar.rules.refusals import Offered, days_in_a_row, doses_in_a_row, is_critical, refusals_to_tell

DUE = datetime(2026, 11, 18, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ABSENT = sorted(word for word, each in OUTCOMES.items() if each.family is Family.ABSENCE)
histories = st.lists(st.sampled_from(sorted(OUTCOMES)), min_size=1, max_size=20).map(
    lambda words: [Offered(DUE + place * DAY / 2, word) for place, word in enumerate(words)]
)


def days(*words: str) -> list[Offered]:
    return [Offered(DUE + place * DAY, word) for place, word in enumerate(words)]


def tell(offered: list[Offered], due_at: datetime, **how: object) -> list[str]:
    how = {"days": 3, "is_critical": False} | how
    return [each.reason for each in refusals_to_tell(offered, due_at, **how)]


def test_the_third_day_in_a_row_is_told_and_the_second_is_not() -> None:
    assert tell(days("refused", "refused"), DUE + DAY) == []
    assert tell(days("refused", "refused", "refused"), DUE + 2 * DAY) == ["refused_in_a_row"]


@pytest.mark.parametrize("between", [*sorted(GIVEN_WORDS), *ABSENT])
def test_a_dose_given_and_an_absence_break_the_row(between: str) -> None:
    assert tell(days("refused", "refused", between, "refused"), DUE + 3 * DAY) == []


@pytest.mark.parametrize("between", ["asleep", "out_of_stock", "not_recorded", "too_ill"])
def test_a_day_with_neither_is_passed_over(between: str) -> None:
    assert tell(days("refused", "refused", between, "refused"), DUE + 3 * DAY) == ["refused_in_a_row"]


def test_given_on_a_second_try_is_no_day_of_refusal() -> None:
    offered = [*days("refused", "refused", "refused"), Offered(DUE + 2 * DAY + DAY / 2, "given")]
    assert tell(offered, DUE + 2 * DAY) == []


def test_a_weekly_tablet_refused_three_times_is_three_days_in_a_row() -> None:
    offered = [Offered(DUE + week * 7 * DAY, "refused") for week in range(3)]
    assert tell(offered, DUE + 14 * DAY) == ["refused_in_a_row"]


def test_the_first_refused_dose_of_a_critical_medicine_is_told_at_once_and_once() -> None:
    first = days("given", "refused")
    (told,) = refusals_to_tell(first, DUE + DAY, days=3, is_critical=True)
    assert (told.reason, told.since) == ("critical_not_given", "2026-11-19T08:00:00+00:00")
    second = days("given", "refused", "refused")
    assert refusals_to_tell(second, DUE + 2 * DAY, days=3, is_critical=True, told={told.since}) == []
    again = days("given", "refused", "refused", "given", "refused")
    assert [
        each.since for each in refusals_to_tell(again, DUE + 4 * DAY, days=3, is_critical=True, told={told.since})
    ] == ["2026-11-22T08:00:00+00:00"]


def test_a_row_is_told_once_also_when_a_late_record_makes_it_longer_at_its_start() -> None:
    row = days("refused", "refused", "refused", "refused")
    (told,) = refusals_to_tell(row[1:], DUE + 3 * DAY, days=3, is_critical=False)
    assert refusals_to_tell(row, DUE, days=3, is_critical=False, told={told.since}) == []


def test_days_are_those_of_the_home_across_the_clock_change() -> None:
    """Half past midnight in summer time is the day before in UTC."""
    due_at = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)
    assert days_in_a_row([Offered(due_at, "refused")], date(2026, 10, 25)) == (date(2026, 10, 25),)


@pytest.mark.parametrize(
    ("atc_code", "found"), [("B01AF02", True), ("N05AH02", True), ("N05AH03", False), ("", False), ("A10AB01", True)]
)
def test_critical_is_what_begins_as_the_policy_says(atc_code: str, found: bool) -> None:
    assert is_critical(atc_code, ["B01AF", "A10A", "N05AH02", ""]) is found


@given(histories, st.randoms())
def test_the_order_in_which_records_came_does_not_matter(offered: list[Offered], random: object) -> None:
    shuffled = list(offered)
    random.shuffle(shuffled)
    for each in offered:
        assert doses_in_a_row(offered, each.due_at) == doses_in_a_row(shuffled, each.due_at)


@given(histories)
def test_a_row_holds_refusals_only_and_everybody_in_it_sees_the_same_row(offered: list[Offered]) -> None:
    word_at = {each.due_at: each.outcome for each in offered}
    for each in offered:
        row = doses_in_a_row(offered, each.due_at)
        assert bool(row) == (each.outcome == "refused")
        assert all(word_at[due_at] == "refused" for due_at in row)
        assert all(doses_in_a_row(offered, due_at) == row for due_at in row)
        between = [word_at[at] for at in word_at if row and row[0] <= at <= row[-1]]
        assert not any(word in GIVEN_WORDS or word in ABSENT for word in between)


@given(histories, st.integers(1, 5))
def test_told_one_by_one_each_row_is_told_once(offered: list[Offered], many: int) -> None:
    told: set[str] = set()
    found = []
    for place, each in enumerate(offered):
        if each.outcome == "refused":
            new = refusals_to_tell(offered[: place + 1], each.due_at, days=many, is_critical=True, told=told)
            found += [run for run in new if run.reason == "critical_not_given"]
            told |= {run.since for run in new if run.reason == "critical_not_given"}
    rows = {doses_in_a_row(offered, each.due_at)[:1] for each in offered if each.outcome == "refused"}
    assert len(found) == len(rows)
