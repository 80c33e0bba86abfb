"""On time, early, too early, late."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emar.rules.due import DueDose
from emar.rules.schedule import Schedule, due_doses
from emar.rules.timing import Window, is_overdue, timing, window_of
from emar.rules.wall_clock import LONDON

ONE = {"low": "1", "high": "1"}
ROUNDS = {"Morning": time(8)}


def morning(**terms: Any) -> Schedule:
    phases = [{"days": None, "slots": [{"round": "Morning", "amount": ONE}], "pattern": {"kind": "daily"}}]
    return Schedule.from_json(
        {"kind": "regular", "starts_on": "2026-11-01", "unit": "tablet", "phases": phases, **terms}
    )


def first(schedule: Schedule) -> DueDose:
    since = datetime(2026, 11, 3, tzinfo=UTC)
    return due_doses(schedule, since, since + timedelta(days=1), ROUNDS)[0]


def minutes_of(schedule: Schedule) -> tuple[int, int, int]:
    """Return early-from, opens and closes as minutes from the due time."""
    due = first(schedule)
    window = window_of(due, schedule)
    early, opens, closes = (
        (each - due.due_at) // timedelta(minutes=1) for each in (window.early_from, window.opens_at, window.closes_at)
    )
    return early, opens, closes


def test_the_usual_window_is_an_hour_either_side_and_an_hour_early_with_a_reason() -> None:
    assert minutes_of(morning()) == (-120, -60, 60)


def test_a_time_critical_medicine_has_30_minutes_and_no_early() -> None:
    assert minutes_of(morning(time_critical=True)) == (-30, -30, 30)


def test_a_prescription_can_have_its_own_window() -> None:
    assert minutes_of(morning(window_minutes=90, early_minutes=15)) == (-105, -90, 90)
    assert minutes_of(morning(time_critical=True, window_minutes=15)) == (-15, -15, 15)


def test_the_window_of_a_loosely_timed_dose_is_its_whole_part_of_the_day() -> None:
    schedule = morning(loose=True)
    due = first(schedule)
    window = window_of(due, schedule)
    assert window == Window(*(datetime(2026, 11, day, tzinfo=UTC) for day in (3, 3, 4)))


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(-121, "too_early"), (-120, "early"), (-61, "early"), (-60, "on_time"), (60, "on_time"), (61, "late")],
)
def test_edges_belong_to_the_kinder_side(minutes: int, expected: str) -> None:
    schedule = morning()
    due = first(schedule)
    assert timing(due.due_at + timedelta(minutes=minutes), window_of(due, schedule)) == expected


def test_around_a_clock_change_what_really_came_first_counts() -> None:
    # 01:10 shown for the second time is 20 minutes after 01:50 shown for the first time.
    due_at = datetime(2026, 10, 25, 1, 50, tzinfo=LONDON, fold=0)
    hour = timedelta(hours=1)
    window = Window(*(due_at.astimezone(UTC) + step * hour for step in (-2, 0, 1)))
    assert timing(datetime(2026, 10, 25, 1, 10, tzinfo=LONDON, fold=1), window) == "on_time"
    assert timing(datetime(2026, 10, 25, 1, 10, tzinfo=LONDON, fold=0), window) == "early"


def test_overdue_begins_30_minutes_after_the_window() -> None:
    schedule = morning()
    due = first(schedule)
    window = window_of(due, schedule)
    assert not is_overdue(due.due_at + timedelta(minutes=90), window)
    assert is_overdue(due.due_at + timedelta(minutes=90, seconds=1), window)


@given(st.integers(-10_000, 10_000), st.integers(-10_000, 10_000))
def test_later_is_never_earlier_in_kind(one: int, other: int) -> None:
    schedule = morning()
    due = first(schedule)
    order = ("too_early", "early", "on_time", "late")
    early, late = sorted((one, other))
    kinds = [timing(due.due_at + timedelta(seconds=each), window_of(due, schedule)) for each in (early, late)]
    assert order.index(kinds[0]) <= order.index(kinds[1])
