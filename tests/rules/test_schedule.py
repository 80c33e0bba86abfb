"""Promises that hold for every schedule, and what a schedule refuses."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from dateutil.rrule import DAILY, FR, MO, MONTHLY, SA, SU, TH, TU, WE, WEEKLY, rrule
from hypothesis import given, settings
from hypothesis import strategies as st

from emar.rules.inr import InrPlan, days_without_record
from emar.rules.interval import IntervalPlan, check_times, interval_doses, next_site
from emar.rules.readings import HoldRule, dose_for_reading, scale_from_json
from emar.rules.schedule import Answered, RegularPlan, Schedule, ScheduleError, due_doses, window
from emar.rules.strengths import make_up
from emar.rules.wall_clock import instant, is_skipped, local
from tests.rules.schedules import ROUNDS, regular, schedules

ONE = {"low": "1", "high": "1"}
RRULE_DAYS = (MO, TU, WE, TH, FR, SA, SU)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


PERIODS = st.tuples(
    st.integers(0, 3 * 365 * 1440).map(lambda minutes: utc("2026-01-01") + timedelta(minutes=minutes)),
    st.integers(0, 60 * 24 * 40),
).map(lambda pair: (pair[0], pair[0] + timedelta(minutes=pair[1])))


class TestEverySchedule:
    @given(schedules())
    def test_json_is_read_back_to_an_equal_schedule(self, schedule: Schedule) -> None:
        assert Schedule.from_json(schedule.to_json()) == schedule

    @given(schedules(), PERIODS)
    def test_doses_are_in_the_period_in_order_and_each_at_its_own_instant(
        self, schedule: Schedule, period: tuple[datetime, datetime]
    ) -> None:
        times = [dose.due_at for dose in due_doses(schedule, *period, ROUNDS)]
        assert all(period[0] <= at < period[1] and at.tzinfo is UTC for at in times)
        assert times == sorted(set(times))

    @given(schedules(), PERIODS, st.integers(0, 60 * 24 * 40))
    def test_two_periods_side_by_side_have_what_the_whole_has(
        self, schedule: Schedule, period: tuple[datetime, datetime], minutes: int
    ) -> None:
        middle = min(period[0] + timedelta(minutes=minutes), period[1])
        parts = due_doses(schedule, period[0], middle, ROUNDS) + due_doses(schedule, middle, period[1], ROUNDS)
        assert parts == due_doses(schedule, *period, ROUNDS)

    @given(schedules(), PERIODS)
    def test_nothing_is_due_before_the_first_day_or_from_the_end(
        self, schedule: Schedule, period: tuple[datetime, datetime]
    ) -> None:
        for dose in due_doses(schedule, *period, ROUNDS):
            # A time after midnight belongs to the day before, a time before a round at most to its day.
            day = local(dose.due_at).date()
            assert schedule.starts_on <= day
            if schedule.ends_on is not None and dose.event != "take_off":
                assert day <= schedule.ends_on

    @given(schedules(), PERIODS)
    def test_every_window_holds_its_dose(self, schedule: Schedule, period: tuple[datetime, datetime]) -> None:
        for dose in due_doses(schedule, *period, ROUNDS):
            opens_at, closes_at = window(dose, schedule)
            assert opens_at <= dose.due_at <= closes_at

    @given(schedules(), PERIODS)
    def test_parts_add_up_to_the_dose(self, schedule: Schedule, period: tuple[datetime, datetime]) -> None:
        for dose in due_doses(schedule, *period, ROUNDS):
            if dose.parts:
                assert sum(part.strength * part.count for part in dose.parts) == dose.amount.low


class TestAgainstRrule:
    """python-dateutil expands the same calendars by other code: where the two overlap they must agree."""

    @staticmethod
    def assert_agree(pattern: dict[str, Any], starts: date, clock: time, length: int, **rule: Any) -> None:
        slot = {"at": clock.strftime("%H:%M"), "amount": ONE}
        schedule = Schedule.from_json(regular([slot], pattern, starts_on=starts.isoformat()))
        end = starts + timedelta(days=length)
        found = [dose.due_at for dose in due_doses(schedule, instant(starts, time()), instant(end, time()), {})]
        until = datetime.combine(end, time()) - timedelta(seconds=1)
        calendar = rrule(dtstart=datetime.combine(starts, clock), until=until, **rule)
        assert found == [instant(each.date(), each.time()) for each in calendar]

    STARTS = st.dates(date(2024, 1, 1), date(2030, 12, 31))
    CLOCKS = st.integers(0, 1439).map(lambda minute: time(minute // 60, minute % 60))
    LENGTHS = st.integers(1, 800)
    WEEKDAYS = st.sets(st.integers(0, 6), min_size=1)

    @settings(max_examples=250)
    @given(STARTS, CLOCKS, LENGTHS, st.integers(1, 90))
    def test_every_n_days(self, starts: date, clock: time, length: int, n: int) -> None:
        self.assert_agree({"kind": "every_n_days", "n": n}, starts, clock, length, freq=DAILY, interval=n)

    @settings(max_examples=250)
    @given(STARTS, CLOCKS, LENGTHS, WEEKDAYS)
    def test_weekdays(self, starts: date, clock: time, length: int, days: set[int]) -> None:
        pattern = {"kind": "weekdays", "days": words(days)}
        self.assert_agree(pattern, starts, clock, length, freq=WEEKLY, byweekday=[RRULE_DAYS[day] for day in days])

    @settings(max_examples=250)
    @given(STARTS, CLOCKS, LENGTHS, WEEKDAYS, st.integers(1, 30))
    def test_weekdays_of_every_nth_week(self, starts: date, clock: time, length: int, days: set[int], n: int) -> None:
        pattern = {"kind": "every_n_weeks", "n": n, "days": words(days)}
        rule = {"freq": WEEKLY, "interval": n, "byweekday": [RRULE_DAYS[day] for day in days], "wkst": MO}
        self.assert_agree(pattern, starts, clock, length, **rule)

    @settings(max_examples=250)
    @given(STARTS, CLOCKS, LENGTHS, st.integers(1, 30))
    def test_every_n_weeks(self, starts: date, clock: time, length: int, n: int) -> None:
        self.assert_agree({"kind": "every_n_weeks", "n": n}, starts, clock, length, freq=WEEKLY, interval=n)

    @settings(max_examples=250)
    @given(STARTS, CLOCKS, LENGTHS, st.sets(st.integers(1, 28) | st.just(-1), min_size=1), st.integers(1, 14))
    def test_days_of_the_month(self, starts: date, clock: time, length: int, days: set[int], months: int) -> None:
        pattern = {"kind": "days_of_month", "days": sorted(days), "every_months": months}
        self.assert_agree(pattern, starts, clock, length, freq=MONTHLY, interval=months, bymonthday=sorted(days))

    @settings(max_examples=250)
    @given(STARTS, CLOCKS, LENGTHS, st.integers(29, 31))
    def test_a_day_that_a_month_lacks_is_its_last(self, starts: date, clock: time, length: int, day: int) -> None:
        # The last of the days 28 to N that the month has.
        rule = {"freq": MONTHLY, "bymonthday": list(range(28, day + 1)), "bysetpos": -1}
        self.assert_agree({"kind": "days_of_month", "days": [day]}, starts, clock, length, **rule)

    @settings(max_examples=250)
    @given(STARTS, CLOCKS, LENGTHS, st.sampled_from([1, 2, 3, 4, -1]), st.integers(0, 6))
    def test_the_nth_weekday_of_the_month(self, starts: date, clock: time, length: int, nth: int, day: int) -> None:
        pattern = {"kind": "weekday_of_month", "nth": nth, "weekday": words({day})[0]}
        self.assert_agree(pattern, starts, clock, length, freq=MONTHLY, byweekday=RRULE_DAYS[day](nth))

    @settings(max_examples=250)
    @given(STARTS, CLOCKS, LENGTHS, st.integers(1, 30), st.integers(1, 30))
    def test_cycles(self, starts: date, clock: time, length: int, on: int, off: int) -> None:
        slot = {"at": clock.strftime("%H:%M"), "amount": ONE}
        pattern = {"kind": "cycle", "on_days": on, "off_days": off}
        schedule = Schedule.from_json(regular([slot], pattern, starts_on=starts.isoformat()))
        end = starts + timedelta(days=length)
        found = [dose.due_at for dose in due_doses(schedule, instant(starts, time()), instant(end, time()), {})]
        expected = sorted(
            instant(each.date(), clock)
            for step in range(on)
            for each in rrule(
                DAILY,
                interval=on + off,
                dtstart=datetime.combine(starts + timedelta(days=step), time()),
                until=datetime.combine(end, time()) - timedelta(days=1),
            )
        )
        assert found == expected

    @settings(max_examples=250)
    @given(STARTS, st.integers(1, 5), st.integers(1, 60), st.integers(0, 60))
    def test_counts(self, starts: date, slots: int, count: int, skip: int) -> None:
        clocks = [time(6 + 3 * place) for place in range(slots)]
        phases = [{"doses": count, "slots": [{"at": clock.strftime("%H:%M"), "amount": ONE} for clock in clocks]}]
        schedule = Schedule.from_json(
            {"kind": "regular", "starts_on": starts.isoformat(), "unit": "tablet", "phases": phases}
        )
        rule = rrule(
            DAILY,
            dtstart=datetime.combine(starts, time()),
            byhour=[clock.hour for clock in clocks],
            byminute=0,
            bysecond=0,
            count=count,
        )
        since = instant(starts + timedelta(days=skip), time())
        found = [dose.due_at for dose in due_doses(schedule, since, since + timedelta(days=100), {})]
        assert found == [at for each in rule if (at := instant(each.date(), each.time())) >= since]


def words(days: set[int]) -> list[str]:
    return [("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day] for day in sorted(days)]


class TestClockChanges:
    @given(
        st.integers(2026, 2045),
        st.sets(st.integers(0, 1439), min_size=1, max_size=6),
        st.sampled_from(["spring", "autumn"]),
    )
    def test_a_day_with_a_clock_change_has_as_many_doses_as_any_other(
        self, year: int, minutes: set[int], change: str
    ) -> None:
        clocks = [time(minute // 60, minute % 60) for minute in sorted(minutes)]
        month = 3 if change == "spring" else 10
        sunday = max(date(year, month, day) for day in range(25, 32) if date(year, month, day).weekday() == 6)
        slots = [{"at": clock.strftime("%H:%M"), "amount": ONE} for clock in clocks]
        schedule = Schedule.from_json(regular(slots, starts_on=f"{year}-01-01"))
        found = due_doses(schedule, instant(sunday, time()), instant(sunday + timedelta(days=1), time()), {})
        # Only times of the hour that is not there can fall on each other, and on its end.
        merged = {instant(sunday, clock) for clock in clocks}
        assert [dose.due_at for dose in found] == sorted(merged)
        assert all(dose.amount.high == 1 for dose in found)
        if change == "autumn" or not any(is_skipped(sunday, clock) for clock in clocks):
            assert len(found) == len(clocks)


@pytest.mark.hazard("H25", control="patches fall due in real hours and come off", shows="works")
class TestPatches:
    PLAN = {
        "kind": "interval",
        "starts_on": "2026-11-01",
        "unit": "patch",
        "first_at": "2026-11-01T09:00:00Z",
        "every_minutes": 4320,
        "worn_minutes": 4320,
        "amount": ONE,
        "check_at": "10:00",
        "sites": ["left upper arm", "right upper arm", "upper back"],
    }

    def plan(self) -> tuple[IntervalPlan, Schedule]:
        schedule = Schedule.from_json(self.PLAN)
        assert isinstance(schedule.plan, IntervalPlan)
        return schedule.plan, schedule

    def test_someone_checks_daily_that_it_is_in_place_except_when_it_is_changed(self) -> None:
        plan, schedule = self.plan()
        checks = check_times(plan, schedule.terms, utc("2026-11-01"), utc("2026-11-06"))
        assert [each.isoformat()[:16] for each in checks] == [
            "2026-11-02T10:00",
            "2026-11-03T10:00",
            "2026-11-05T10:00",
        ]

    def test_nothing_is_checked_in_a_patch_free_gap(self) -> None:
        schedule = Schedule.from_json({**self.PLAN, "every_minutes": 2880, "worn_minutes": 720, "check_at": "20:00"})
        assert isinstance(schedule.plan, IntervalPlan)
        checks = check_times(schedule.plan, schedule.terms, utc("2026-11-01"), utc("2026-11-08"))
        assert checks == []

    @given(st.integers(60, 20_000), st.integers(0, 400))
    def test_gaps_are_the_same_number_of_real_hours_all_year(self, every: int, days: int) -> None:
        schedule = Schedule.from_json({**self.PLAN, "every_minutes": every, "worn_minutes": every})
        since = utc("2026-11-01") + timedelta(days=days)
        assert isinstance(schedule.plan, IntervalPlan)
        found = interval_doses(schedule.plan, schedule.terms, since, since + timedelta(days=60))
        times = [dose.due_at for dose in found]
        assert all(after - before == timedelta(minutes=every) for before, after in pairwise(times))

    @given(st.lists(st.integers(-120, 2000), max_size=6), st.sampled_from(["keep", "move"]))
    def test_after_each_late_change_the_next_is_due_as_agreed(self, late: list[int], rule: str) -> None:
        """Live through the course: each patch is put on so many minutes after it fell due."""
        schedule = Schedule.from_json({**self.PLAN, "late": {"rule": rule, "agreed_by": "the GP"}})
        first = utc("2026-11-01T09:00")
        far = first + timedelta(days=60)
        answered: list[Answered] = []
        due_at = first
        for minutes in late:
            given_at = due_at + timedelta(minutes=minutes)
            answered.append(Answered(due_at, given_at))
            following = [
                dose.due_at for dose in due_doses(schedule, first, far, ROUNDS, answered) if dose.due_at > due_at
            ]
            expected = (given_at if rule == "move" else due_at) + timedelta(hours=72)
            assert following[0] == expected
            due_at = following[0]
        kept = [dose.due_at for dose in due_doses(schedule, first, far, ROUNDS, answered)]
        assert [answer.due_at for answer in answered] == kept[: len(answered)]

    def test_the_next_site_is_one_never_used_then_the_one_rested_longest(self) -> None:
        sites = ("left", "right", "back")
        day = timedelta(days=1)
        start = utc("2026-11-01")
        assert next_site(sites, []) == "left"
        assert next_site(sites, [(start, "left")]) == "right"
        used = [(start, "left"), (start + day, "right"), (start + 2 * day, "back")]
        assert next_site(sites, used) == "left"
        assert next_site((), used) is None
        assert next_site(("left",), used[:1]) == "left"

    @given(st.lists(st.sampled_from(["left", "right", "back", "chest"]), min_size=2, max_size=4, unique=True))
    def test_rotation_never_uses_a_site_twice_running_and_uses_all(self, sites: list[str]) -> None:
        used: list[tuple[datetime, str]] = []
        for step in range(12):
            site = next_site(sites, used)
            assert site is not None
            assert not used or site != used[-1][1]
            used.append((utc("2026-11-01") + timedelta(days=step), site))
        assert {site for _, site in used[-len(sites) :]} == set(sites)


class TestLateWeekly:
    @given(st.lists(st.integers(0, 6), max_size=6), st.integers(1, 4))
    def test_a_moved_week_counts_from_the_day_it_was_given(self, late: list[int], weeks: int) -> None:
        pattern = {"kind": "every_n_weeks", "n": weeks}
        schedule = Schedule.from_json(
            regular([{"round": "Morning", "amount": ONE}], pattern, late={"rule": "move", "agreed_by": "the GP"})
        )
        since, answered = utc("2026-11-01"), []
        due_on = date(2026, 11, 1)
        for days in late:
            given_on = due_on + timedelta(days=days)
            answered.append(Answered(instant(due_on, time(8)), instant(given_on, time(9))))
            found = due_doses(schedule, since, since + timedelta(days=400), ROUNDS, answered)
            following = [local(dose.due_at).date() for dose in found if local(dose.due_at).date() > due_on]
            assert following[0] == given_on + timedelta(weeks=weeks)
            due_on = following[0]


@pytest.mark.hazard("H25", control="insulin by a scale needs its reading", shows="works")
class TestReadings:
    SCALE = scale_from_json(
        [
            {"below": "4", "amount": None, "words": "treat as a hypo"},
            {"at_least": "4", "below": "10", "amount": {"low": "4"}},
            {"at_least": "10", "below": "20", "amount": {"low": "8"}},
        ]
    )

    @pytest.mark.parametrize(
        ("reading", "action", "amount"),
        [("3.9", "hold", 0), ("4", "give", 4), ("9.9", "give", 4), ("10", "give", 8), ("20", "ask", 0)],
    )
    def test_a_scale_gives_asks_or_holds(self, reading: str, action: str, amount: int) -> None:
        scale = self.SCALE
        answer = dose_for_reading(
            scale[1].amount or pytest.fail("no amount"), scale, (), {"glucose": Decimal(reading)}, "glucose"
        )
        assert (answer.action, answer.amount.high) == (action, amount)

    def test_without_the_reading_it_is_asked_for(self) -> None:
        fixed = self.SCALE[1].amount
        assert fixed is not None
        assert dose_for_reading(fixed, self.SCALE, (), {}, "glucose").action == "ask"

    @pytest.mark.parametrize(("pulse", "action"), [("59", "hold"), ("60", "give"), ("61", "give")])
    def test_a_hold_rule_holds_below_its_limit_only(self, pulse: str, action: str) -> None:
        rule = HoldRule("pulse", below=Decimal(60), words="ring the GP")
        fixed = self.SCALE[1].amount
        assert fixed is not None
        assert dose_for_reading(fixed, (), (rule,), {"pulse": Decimal(pulse)}, "pulse").action == action

    @given(st.decimals(-5, 40, places=1))
    def test_every_reading_has_exactly_one_answer(self, reading: Decimal) -> None:
        covering = [step for step in self.SCALE if step.covers(reading)]
        assert len(covering) == (1 if reading < 20 else 0)


@pytest.mark.hazard("H25", control="no warfarin without a current INR record", shows="works")
class TestWarfarin:
    def test_days_that_no_record_covers_are_listed(self) -> None:
        schedule = Schedule.from_json(
            {
                "kind": "by_inr",
                "starts_on": "2026-11-01",
                "unit": "mg",
                "slot": {"round": "Tea"},
                "records": [{"from_on": "2026-11-01", "until_on": "2026-11-03", "amounts": ["3"], "inr": "2.4"}],
            }
        )
        assert isinstance(schedule.plan, InrPlan)
        missing = days_without_record(schedule.plan, schedule.terms, utc("2026-11-01"), utc("2026-11-06"))
        assert missing == [date(2026, 11, 3), date(2026, 11, 4), date(2026, 11, 5)]

    def test_an_expired_newer_record_never_revives_the_old_dose(self) -> None:
        records = [
            {"from_on": "2026-11-01", "until_on": "2026-12-01", "amounts": ["3"]},
            {"from_on": "2026-11-03", "until_on": "2026-11-05", "amounts": ["1"]},
        ]
        schedule = Schedule.from_json(
            {
                "kind": "by_inr",
                "starts_on": "2026-11-01",
                "unit": "mg",
                "slot": {"round": "Tea"},
                "records": records,
            }
        )
        found = due_doses(schedule, utc("2026-11-01"), utc("2026-11-20"), ROUNDS)
        assert [int(dose.amount.low) for dose in found] == [3, 3, 1, 1]


class TestStrengths:
    @given(st.sets(st.sampled_from([1, 3, 5, 10, 20]), min_size=1), st.integers(1, 60))
    def test_the_fewest_tablets_make_the_dose(self, strengths: set[int], dose: int) -> None:
        parts = make_up(Decimal(dose), [Decimal(each) for each in strengths])
        fewest = {0: 0}
        for total in range(1, dose + 1):
            ways = [fewest[total - each] + 1 for each in strengths if total - each in fewest]
            if ways:
                fewest[total] = min(ways)
        if parts is None:
            assert dose not in fewest or fewest[dose] > 40
        else:
            assert sum(part.strength * part.count for part in parts) == dose
            assert sum(part.count for part in parts) == fewest[dose]

    def test_a_half_is_used_only_when_allowed_and_needed(self) -> None:
        one_three = [Decimal(1), Decimal(3)]
        assert make_up(Decimal("2.5"), one_three) is None
        parts = make_up(Decimal("2.5"), one_three, halves=True)
        assert parts is not None
        assert [(part.strength, part.count) for part in parts] == [(3, Decimal("0.5")), (1, 1)]
        whole = make_up(Decimal(3), one_three, halves=True)
        assert whole is not None
        assert [(part.strength, part.count) for part in whole] == [(3, 1)]


BASE = regular([{"round": "Morning", "amount": ONE}])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "sometimes"}, "not a kind of schedule"),
        ({"starts_on": "1 November"}, "The first day must be a date"),
        ({"starts_on": "2026-02-30"}, "The first day must be a date"),
        ({"ends_on": "2026-11-01"}, "must come after the first day"),
        ({"unit": " "}, "needs the unit"),
        ({"colour": "blue"}, "has no colour"),
        ({"phases": []}, "at least one part"),
        ({"phases": [{"slots": []}]}, "At what times?"),
        ({"phases": [{"slots": [{"round": "Morning"}]}]}, "How much?"),
        ({"phases": [{"slots": [{"amount": ONE}]}]}, "either a round or a clock time"),
        ({"phases": [{"slots": [{"round": "Morning", "at": "08:00", "amount": ONE}]}]}, "either a round or"),
        ({"phases": [{"slots": [{"at": "8am", "amount": ONE}]}]}, "must be a time such as 08:00"),
        ({"phases": [{"slots": [{"at": "25:00", "amount": ONE}]}]}, "must be a time such as 08:00"),
        ({"phases": [{"slots": [{"round": "Morning", "amount": {"low": 1.5}}]}]}, "written as text"),
        ({"phases": [{"slots": [{"round": "Morning", "amount": {"low": "0"}}]}]}, "more than nothing"),
        ({"phases": [{"slots": [{"round": "Morning", "amount": {"low": "-1"}}]}]}, "more than nothing"),
        ({"phases": [{"slots": [{"round": "Morning", "amount": {"low": "NaN"}}]}]}, "more than nothing"),
        ({"phases": [{"slots": [{"round": "Morning", "amount": {"low": "2", "high": "1"}}]}]}, "smaller figure"),
        ({"phases": [{"slots": [{"round": "Tea", "amount": ONE}] * 2}]}, "listed twice"),
        ({"phases": [{"days": 3, "doses": 3, "slots": [{"round": "Tea", "amount": ONE}]}]}, "not both"),
        ({"phases": [{"days": 0, "slots": [{"round": "Tea", "amount": ONE}]}]}, "whole number from 1"),
        ({"phases": [{"slots": [{"round": "Tea", "amount": ONE}]}] * 2}, "Only the last part"),
        ({"strengths": ["3", "5"]}, "1 tablet cannot be made up from 3 tablet, 5 tablet"),
        ({"late": {"rule": "move"}}, "who agreed"),
        ({"late": {"rule": "skip", "agreed_by": "GP"}}, "either keep or move"),
        ({"taking": {"food_minutes": 30}}, "before or after"),
        ({"hold": [{"reading": "pulse"}]}, "needs a limit"),
        ({"window_minutes": -1}, "whole number from 0"),
        ({"time_critical": "yes"}, "true or false"),
    ],
)
def test_what_makes_no_sense_is_refused_in_plain_words(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ScheduleError, match=words.replace("?", r"\?")):
        Schedule.from_json({**BASE, **change})


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ({"kind": "whenever"}, "not a pattern"),
        ({"kind": "weekdays", "days": []}, "at least one weekday"),
        ({"kind": "weekdays", "days": ["monday"]}, "not a weekday"),
        ({"kind": "weekdays", "days": ["mon", "mon"]}, "named twice"),
        ({"kind": "every_n_days", "n": 0}, "whole number from 1"),
        ({"kind": "every_n_days", "n": "2"}, "whole number from 1"),
        ({"kind": "days_of_month", "days": [32]}, "whole number from 1 to 31"),
        ({"kind": "days_of_month", "days": [0]}, "whole number from 1 to 31"),
        ({"kind": "cycle", "on_days": 21}, "Days off"),
        ({"kind": "dates", "dates": ["tomorrow"]}, "must be a date"),
        ({"kind": "daily", "n": 2}, "has no n"),
    ],
)
def test_a_pattern_that_makes_no_sense_is_refused_in_plain_words(pattern: dict[str, Any], words: str) -> None:
    with pytest.raises(ScheduleError, match=words):
        Schedule.from_json(regular([{"round": "Morning", "amount": ONE}], pattern))


def test_a_round_that_the_unit_does_not_have_is_an_error_not_a_missing_dose() -> None:
    schedule = Schedule.from_json(regular([{"round": "Elevenses", "amount": ONE}]))
    with pytest.raises(ScheduleError, match="no round called 'Elevenses'"):
        due_doses(schedule, utc("2026-11-01"), utc("2026-11-02"), ROUNDS)


def test_a_due_dose_names_its_slot_among_all_slots_of_the_plan() -> None:
    phases = [
        {"days": 1, "slots": [{"round": "Morning", "amount": ONE}, {"round": "Tea", "amount": ONE}]},
        {"days": None, "slots": [{"round": "Night", "amount": ONE}]},
    ]
    schedule = Schedule.from_json({**BASE, "phases": phases})
    assert isinstance(schedule.plan, RegularPlan)
    found = due_doses(schedule, utc("2026-11-01"), utc("2026-11-03"), ROUNDS)
    assert [dose.slot for dose in found] == [0, 1, 2]
    assert schedule.plan.slot(2).round_name == "Night"
