"""When the use of a when-required medicine needs somebody to look at it."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from emar.rules.prn_review import course_of, effect_due_at, homely_remedy_since, unused_since, used_daily_since

TODAY = date(2026, 11, 18)
NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def back(*days: int) -> set[date]:
    return {TODAY - timedelta(days=day) for day in days}


def test_seven_days_running_is_daily_use_and_six_are_not() -> None:
    assert used_daily_since(back(*range(7)), TODAY, 7) == TODAY - timedelta(days=6)
    assert used_daily_since(back(*range(6)), TODAY, 7) is None


def test_today_without_a_dose_yet_is_not_held_against_the_row() -> None:
    assert used_daily_since(back(*range(1, 8)), TODAY, 7) == TODAY - timedelta(days=7)


def test_a_day_without_begins_the_row_anew() -> None:
    assert used_daily_since(back(0, 1, 2, 4, 5, 6, 7), TODAY, 7) is None


def test_unused_counts_from_the_last_dose_or_the_start() -> None:
    assert unused_since(None, TODAY - timedelta(days=28), TODAY, 28) == TODAY - timedelta(days=28)
    assert unused_since(TODAY - timedelta(days=27), TODAY - timedelta(days=90), TODAY, 28) is None
    assert unused_since(TODAY - timedelta(days=90), TODAY - timedelta(days=20), TODAY, 28) is None


def test_a_homely_remedy_given_over_48_real_hours_is_for_the_gp() -> None:
    doses = [NOW - 48 * HOUR, NOW - 24 * HOUR, NOW]
    assert homely_remedy_since(doses, NOW, 48) == NOW - 48 * HOUR
    assert homely_remedy_since(doses[1:], NOW, 48) is None
    assert homely_remedy_since(doses, NOW + 48 * HOUR, 48) is None  # the course is over


def test_48_hours_are_real_hours_across_the_clock_change() -> None:
    first = datetime(2026, 10, 24, 8, tzinfo=UTC)  # nine in the home; two days later it is eight there
    assert homely_remedy_since([first, first + 24 * HOUR, first + 47 * HOUR], first + 47 * HOUR, 48) is None
    assert homely_remedy_since([first, first + 24 * HOUR, first + 48 * HOUR], first + 48 * HOUR, 48) == first


def test_an_effect_is_due_real_minutes_after_the_dose() -> None:
    before = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)
    assert effect_due_at(before, 60) == datetime(2026, 10, 25, 1, 45, tzinfo=UTC)


@given(st.sets(st.integers(0, 40)), st.integers(1, 10))
def test_daily_use_is_an_unbroken_row_of_at_least_so_many_days(days: set[int], many: int) -> None:
    first = used_daily_since(back(*days), TODAY, many)
    if first is not None:
        last = TODAY if 0 in days else TODAY - timedelta(days=1)
        row = {first + timedelta(days=step) for step in range((last - first).days + 1)}
        assert row <= back(*days)
        assert len(row) >= many
        assert first - timedelta(days=1) not in back(*days)


@given(st.lists(st.integers(0, 200), min_size=1, max_size=20), st.integers(1, 72))
def test_a_course_has_no_gap_as_long_as_the_allowed_one(hours: list[int], gap: int) -> None:
    times = sorted(NOW - each * HOUR for each in hours)
    first, last = course_of(times, gap * HOUR) or (None, None)
    course = [each for each in times if each >= first]
    assert last == times[-1]
    assert all(after - before < gap * HOUR for before, after in pairwise(course))
    assert all(first - each >= gap * HOUR for each in times if each < first)
