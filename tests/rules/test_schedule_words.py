"""Every schedule has words; what a label can say is read back to the same doses; the form says what it is given."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emar.rules.direction_reading import read_directions
from emar.rules.direction_schedule import Custom, schedule_of
from emar.rules.direction_schedule import schedule_words as label_words
from emar.rules.directions import Direction
from emar.rules.interval import IntervalPlan
from emar.rules.replacing import begins
from emar.rules.schedule import Schedule, due_doses
from emar.rules.schedule_words import schedule_words, terms_words
from tests.rules.schedules import ROUNDS, regular, schedules
from web.prescription_fields import Typed, schedule_from_fields
from web.prescription_values import fields_of


@settings(deadline=None)
@given(schedules())
def test_every_schedule_has_words_that_name_its_amounts(schedule: Schedule) -> None:
    words = schedule_words(schedule)
    assert words.strip()
    assert terms_words(schedule.terms)
    if label_words(schedule) is None:
        for phase in getattr(schedule.plan, "phases", ()):
            assert all(str(slot.amount) in words for slot in phase.slots)


@st.composite
def sayable(draw: st.DrawFn) -> Schedule:
    """Return a schedule of the sort that labels say: rounds, simple days, parts one after the other."""
    phases = []
    count = draw(st.integers(1, 3))
    for place in range(count):
        amount = draw(st.sampled_from([{"low": "0.5"}, {"low": "1"}, {"low": "2"}, {"low": "1", "high": "2"}]))
        names = draw(st.sets(st.sampled_from(sorted(ROUNDS)), min_size=1))
        phase = {"slots": [{"round": name, "amount": amount} for name in ROUNDS if name in names]}
        phase["pattern"] = draw(
            st.sampled_from(
                [{"kind": "daily"}, {"kind": "weekdays", "days": ["mon", "thu"]}, {"kind": "every_n_days", "n": 3}]
            )
        )
        phases.append(phase | ({"days": draw(st.integers(1, 30))} if place < count - 1 or draw(st.booleans()) else {}))
    taking = draw(
        st.sampled_from([{}, {"taking": {"food": "with"}}, {"taking": {"food": "before", "food_minutes": 30}}])
    )
    return Schedule.from_json({**regular([], **taking), "phases": phases})


@settings(deadline=None, max_examples=200)
@given(sayable())
def test_words_that_a_label_can_say_are_read_back_to_the_same_doses(schedule: Schedule) -> None:
    words = label_words(schedule)
    assert words is not None
    assert schedule_words(schedule) == words
    read = read_directions(words)
    assert isinstance(read, Direction), (words, read)
    first_at = schedule.plan.first_at if isinstance(schedule.plan, IntervalPlan) else None
    again = schedule_of(read, unit=schedule.unit, starts_on=schedule.starts_on, custom=Custom(), first_at=first_at)
    since = begins(schedule) - timedelta(days=2)
    expected, found = (
        [dose[:5] for dose in due_doses(each, since, since + timedelta(days=200), ROUNDS)] for each in (schedule, again)
    )
    assert found == expected, words


@settings(deadline=None, max_examples=300)
@given(schedules())
def test_the_form_says_every_schedule_to_the_last_detail(schedule: Schedule) -> None:
    fields = fields_of(schedule, list(ROUNDS))
    assert schedule_from_fields(Typed(fields), list(ROUNDS), "tablet") == schedule


INSULIN = regular(
    [
        {
            "round": "Morning",
            "scale": [
                {"below": "4", "amount": None, "words": "ring 111"},
                {"at_least": "4", "below": "12", "amount": {"low": "8"}},
                {"at_least": "12", "amount": {"low": "12"}},
            ],
        }
    ],
    unit="unit",
    reading={"name": "blood_glucose", "unit": "mmol/L"},
)
PATCH = {
    "kind": "interval", "starts_on": "2026-11-22", "unit": "patch", "first_at": "2026-11-22T10:00:00Z",
    "every_minutes": 4320, "worn_minutes": 4320, "amount": {"low": "1"}, "check_at": "20:00",
    "sites": ["left chest", "right chest"],
}  # fmt: skip
GTN = regular(
    [{"at": "08:00", "amount": {"low": "1"}, "event": "put_on"}, {"at": "20:00", "event": "take_off"}], unit="patch"
)
DIGOXIN = regular(
    [{"round": "Morning", "amount": {"low": "1"}}],
    reading={"name": "pulse"},
    hold=[{"reading": "pulse", "below": "60", "words": "ring the GP"}],
)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (INSULIN, ["below 4: none, ring 111", "4 to below 12: 8 units", "12 or more: 12 units"]),
        (PATCH, ["every 72 hours", "first at 10:00 on Sun 22 Nov 2026", "left chest and right chest", "at 20:00"]),
        (GTN, ["1 patch at 08:00, put on", "taken off at 20:00"]),
        (
            {"kind": "by_inr", "starts_on": "2026-11-01", "unit": "mg", "slot": {"round": "Tea"},
             "records": [{"from_on": "2026-11-02", "until_on": "2026-11-09", "amounts": ["3", "0"], "inr": "2.5"}]},
            ["ring the clinic", "3 mg, none on days in turn (INR 2.5)", "until before Mon 9 Nov 2026"],
        ),
        ({"kind": "standing", "starts_on": "2026-11-01", "unit": "dose", "iddsi_level": 2}, ["IDDSI level 2"]),
        (
            {"kind": "daily_total", "starts_on": "2026-11-01", "unit": "ml", "amount": {"low": "1000"}},
            ["1000 ml in the course of each day"],
        ),
    ],
)  # fmt: skip
def test_what_no_label_can_say_has_plain_words_and_fields(value: dict[str, object], said: list[str]) -> None:
    schedule = Schedule.from_json(value)
    words = schedule_words(schedule, verb="apply" if schedule.unit == "patch" else "take")
    assert [each for each in said if each not in words] == []
    fields = fields_of(schedule, list(ROUNDS))
    assert "exact" not in fields
    assert schedule_from_fields(Typed(fields), list(ROUNDS), "tablet") == schedule


def test_a_hold_is_said_with_the_terms() -> None:
    schedule = Schedule.from_json(DIGOXIN)
    assert "Do not give when the pulse is below 60: ring the GP" in terms_words(schedule.terms)
    assert "exact" not in fields_of(schedule, list(ROUNDS))
