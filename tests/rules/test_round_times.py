"""Do rounds keep the times they had, when a home changes them?"""

from datetime import UTC, date, datetime, time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from emar.rules.round_times import NO_ROUNDS, round_times_of
from emar.rules.wall_clock import local_day

FIRST, CHANGED = date(2026, 1, 1), date(2026, 6, 1)
ROWS = [
    ("Morning", time(8), FIRST, CHANGED),
    ("Morning", time(8, 30), CHANGED, None),
    ("Night", time(21), FIRST, None),
]


def test_new_times_hold_from_their_day_and_old_ones_before_it() -> None:
    times = round_times_of(ROWS)
    assert times.on(date(2026, 5, 31)) == {"Morning": time(8), "Night": time(21)}
    assert times.on(CHANGED) == {"Morning": time(8, 30), "Night": time(21)}


def test_days_before_anybody_wrote_times_down_have_the_first() -> None:
    assert round_times_of(ROWS).on(date(2019, 1, 1)) == {"Morning": time(8), "Night": time(21)}


def test_a_round_that_ended_is_no_more() -> None:
    times = round_times_of([("Tea", time(17), FIRST, CHANGED)])
    assert times.on(date(2026, 5, 31)) == {"Tea": time(17)}
    assert times.on(CHANGED) == {}


def test_a_unit_without_rounds_has_none() -> None:
    assert NO_ROUNDS.on(FIRST) == {}
    now = datetime(2026, 6, 1, tzinfo=UTC)
    assert [each[2] for each in NO_ROUNDS.between(now, now)] == [{}]


def test_a_change_parts_a_period_at_midnight_in_the_home() -> None:
    since, until = datetime(2026, 5, 31, 12, tzinfo=UTC), datetime(2026, 6, 2, 12, tzinfo=UTC)
    parts = list(round_times_of(ROWS).between(since, until))
    midnight = datetime(2026, 5, 31, 23, tzinfo=UTC)  # 1 June, British summer time
    assert [(start, end) for start, end, _ in parts] == [(since, midnight), (midnight, until)]
    assert [times["Morning"] for _, _, times in parts] == [time(8), time(8, 30)]


days = st.dates(date(2025, 1, 1), date(2027, 1, 1))


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.times(), days), max_size=6), days, days)
def test_the_parts_cover_the_period_without_gap_and_agree_with_each_day(
    rows: list[tuple[str, time, date]], one: date, other: date
) -> None:
    times = round_times_of([(name, starts, first, None) for name, starts, first in rows])
    since, until = (datetime.combine(day, time(12), UTC) for day in sorted((one, other)))
    parts = list(times.between(since, until))
    assert (parts[0][0], parts[-1][1]) == (since, until)
    assert all(before[1] == after[0] for before, after in pairwise(parts))
    assert all(found == times.on(local_day(start)) for start, _, found in parts)
