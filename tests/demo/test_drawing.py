"""What the demo is drawn from: doses in words, medicines that exist, a round at any hour."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from emar.demo.chance import draw, id_at, portion, portions
from emar.demo.council import DEMO, day_of, practice_rounds
from emar.demo.directions import read_directions
from emar.demo.medicines import demo_medicines
from emar.demo.usual_doses import COURSES, PARKINSONS, REGULAR, WHEN_REQUIRED
from emar.rules.schedule import Schedule, due_doses

EVERY_DOSE = (*REGULAR, *PARKINSONS, *WHEN_REQUIRED, *COURSES)
MONDAY = date(2026, 11, 16)


@pytest.mark.parametrize(
    ("how", "unit", "route", "words"),
    [
        ("M1", "tablet", "Oral", "Take one tablet in the morning"),
        ("M1 T1", "tablet", "Oral", "Take one tablet twice a day"),
        ("M2 N1", "tablet", "Oral", "Take two tablets in the morning and one tablet at night"),
        ("07:30=1", "capsule", "Oral", "Take one capsule at 07:30"),
        ("M15 T15", "ml", "Oral", "Take 15 ml twice a day"),
        ("N2", "drop", "Ocular", "Put one drop in each eye at night"),
        ("weekly 10:00=1", "patch", "Transdermal", "Apply one patch at 10:00 every Thursday"),
        ("every 3 days 10:00=1", "patch", "Transdermal", "Apply one patch at 10:00 every 3 days"),
        ("7 days M1 T1", "capsule", "Oral", "Take one capsule twice a day for 7 days"),
        (
            "prn 0.5-1 gap 6h max 2",
            "tablet",
            "Oral",
            "Take half or one tablet when needed, at least 6 hours apart, no more than two tablets in 24 hours",
        ),
    ],
)
def test_a_short_spelling_becomes_the_words_of_a_label(how, unit, route, words):
    assert read_directions(how, unit, starts_on=MONDAY, weekday=3, route=route).words == words


@pytest.mark.parametrize("how", ["", "X1", "M", "weekly", "prn 1 max 8", "M1 T"])
def test_what_is_no_dose_is_refused(how):
    with pytest.raises(ValueError, match="not a dose"):
        read_directions(how, "tablet", starts_on=MONDAY, weekday=0)


def test_every_usual_dose_is_of_a_medicine_that_the_demo_has_in_its_own_unit():
    known = {medicine.name: medicine for medicine in demo_medicines()}
    assert len(EVERY_DOSE) > 85
    for usual in EVERY_DOSE:
        medicine = known[usual.medicine]
        assert usual.per_pack or medicine.pack_unit == usual.unit, usual.medicine
        schedule = read_directions(usual.how, usual.unit, starts_on=MONDAY, weekday=0).schedule
        assert Schedule.from_json(schedule).to_json()["unit"] == usual.unit


def test_whatever_the_time_somebody_on_the_practice_unit_has_a_dose_due():
    unit = next(unit for unit in DEMO.homes[0].units if unit.is_practice)
    clocks = {name: starts for name, (starts, _) in practice_rounds().items()}
    begins = datetime(2026, 11, 18, tzinfo=UTC)
    due = set()
    for place in range(unit.beds):
        directions = read_directions("M1", "tablet", starts_on=MONDAY, weekday=0, day=day_of(unit, place))
        schedule = Schedule.from_json(directions.schedule)
        due |= {dose.due_at for dose in due_doses(schedule, begins, begins + timedelta(days=2), clocks)}
    for quarter in range(4, 4 * 44):
        now = begins + timedelta(minutes=15 * quarter)
        assert min(abs(moment - now) for moment in due) <= timedelta(minutes=60)


def test_chance_belongs_to_what_it_decides():
    assert draw(1, "a").random() == draw(1, "a").random() != draw(1, "b").random()
    assert draw("ab", "c").random() != draw("a", "bc").random()
    assert all(0 <= each < 1 for each in (portion(1, 2), *portions(1, 2)))
    assert abs(sum(portion("mean", number) for number in range(2000)) / 2000 - 0.5) < 0.02


def test_an_id_is_a_version_7_of_its_own_moment():
    moment = datetime(2026, 11, 18, 3, 10, 0, 250_000, tzinfo=UTC)
    made = id_at(moment, "dose", 4)
    assert made == id_at(moment, "dose", 4) != id_at(moment, "dose", 5)
    assert (made.version, made.variant) == (7, UUID(int=0x8 << 60 | 7 << 76).variant)
    assert made.int >> 80 == int(moment.timestamp() * 1000)
