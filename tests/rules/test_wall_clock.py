"""Which instant a wall-clock time is, both clock changes included."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emar.rules.wall_clock import LONDON, instant, is_skipped, local, local_day, round_at

SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.hazard("H08", control="a skipped time is given at the next real one", shows="works")
class TestLastSundayOfMarch:
    """At 01:00 GMT the clocks go to 02:00 BST."""

    @pytest.mark.parametrize(
        ("clock", "expected"),
        [
            (time(0, 59), "2026-03-29T00:59"),
            (time(1, 0), "2026-03-29T01:00"),
            (time(1, 1), "2026-03-29T01:00"),
            (time(1, 30), "2026-03-29T01:00"),
            (time(1, 59), "2026-03-29T01:00"),
            (time(2, 0), "2026-03-29T01:00"),
            (time(2, 1), "2026-03-29T01:01"),
            (time(8, 0), "2026-03-29T07:00"),
        ],
    )
    def test_a_time_that_does_not_exist_is_the_next_real_time(self, clock: time, expected: str) -> None:
        assert instant(SPRING, clock) == at(expected)

    def test_only_that_hour_is_skipped(self) -> None:
        skipped = [minute for minute in range(1440) if is_skipped(SPRING, time(minute // 60, minute % 60))]
        assert skipped == list(range(60, 120))

    def test_the_gap_from_breakfast_to_breakfast_is_23_hours(self) -> None:
        assert instant(SPRING, time(8)) - instant(SPRING - timedelta(days=1), time(8)) == timedelta(hours=23)


@pytest.mark.hazard("H08", control="a repeated time is one dose", shows="works")
class TestLastSundayOfOctober:
    """At 02:00 BST the clocks go back to 01:00 GMT."""

    @pytest.mark.parametrize(
        ("clock", "expected"),
        [
            (time(0, 59), "2026-10-24T23:59"),
            (time(1, 0), "2026-10-25T00:00"),
            (time(1, 30), "2026-10-25T00:30"),
            (time(1, 59), "2026-10-25T00:59"),
            (time(2, 0), "2026-10-25T02:00"),
            (time(8, 0), "2026-10-25T08:00"),
        ],
    )
    def test_a_time_that_occurs_twice_is_its_first_occurrence(self, clock: time, expected: str) -> None:
        assert instant(AUTUMN, clock) == at(expected)

    def test_nothing_is_skipped(self) -> None:
        assert not any(is_skipped(AUTUMN, time(minute // 60, minute % 60)) for minute in range(1440))

    def test_the_gap_from_breakfast_to_breakfast_is_25_hours(self) -> None:
        assert instant(AUTUMN, time(8)) - instant(AUTUMN - timedelta(days=1), time(8)) == timedelta(hours=25)


@given(st.dates(date(1996, 1, 1), date(2060, 12, 31)), st.times().map(lambda each: each.replace(microsecond=0)))
def test_a_real_time_is_shown_by_the_homes_clock_at_its_instant(day: date, clock: time) -> None:
    moment = instant(day, clock)
    if is_skipped(day, clock):
        assert local(moment).time() == time(2)
        assert local(moment - timedelta(seconds=1)).time() == time(0, 59, 59)
    else:
        assert local(moment).replace(tzinfo=None) == datetime.combine(day, clock)
        assert local(moment - timedelta(hours=1)).replace(tzinfo=None) != datetime.combine(day, clock)


@given(st.dates(date(1996, 1, 1), date(2060, 12, 31)), st.times(), st.times())
def test_later_on_the_clock_is_never_earlier_in_time(day: date, one: time, other: time) -> None:
    early, late = sorted((one.replace(microsecond=0), other.replace(microsecond=0)))
    assert instant(day, early) <= instant(day, late)


class TestRounds:
    ROUNDS = {
        "Morning": (time(8), time(10, 30)),
        "Night": (time(22), time(1)),
    }

    def test_the_part_of_a_round_after_midnight_belongs_to_the_day_it_started(self) -> None:
        assert round_at(at("2026-11-04T00:30"), self.ROUNDS) == ("Night", date(2026, 11, 3))

    def test_at_midnight_itself_it_is_still_the_night_before(self) -> None:
        assert round_at(at("2026-11-04T00:00"), self.ROUNDS) == ("Night", date(2026, 11, 3))

    def test_the_end_is_outside(self) -> None:
        assert round_at(at("2026-11-04T01:00"), self.ROUNDS) is None
        assert round_at(at("2026-11-04T10:30"), self.ROUNDS) is None

    def test_the_start_is_inside(self) -> None:
        assert round_at(at("2026-11-04T08:00"), self.ROUNDS) == ("Morning", date(2026, 11, 4))

    def test_the_night_of_the_autumn_change_ends_when_its_clock_time_first_shows(self) -> None:
        # 00:30 BST on the 25th is 23:30 UTC on the 24th.
        assert round_at(at("2026-10-24T23:30"), self.ROUNDS) == ("Night", date(2026, 10, 24))
        assert round_at(at("2026-10-25T00:00"), self.ROUNDS) is None

    def test_summer_days_are_the_homes_days(self) -> None:
        assert local_day(at("2026-06-30T23:30")) == date(2026, 7, 1)
        assert instant(date(2026, 7, 1), time(0, 30)).astimezone(LONDON).date() == date(2026, 7, 1)
