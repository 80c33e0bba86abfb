"""Label sentences into structure, or refused; structure into label sentences."""

import io
import json
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from emar.rules.amounts import Amount, ScheduleError, plain
from emar.rules.direction_reading import read_directions
from emar.rules.direction_schedule import TIME_OF_ROUND, direction_of, schedule_of, schedule_words
from emar.rules.direction_words import words
from emar.rules.directions import (
    Direction,
    Dose,
    Duration,
    Food,
    Most,
    NotUnderstood,
    Range,
    Step,
    just,
)
from emar.rules.schedule import Schedule
from emar.rules.wall_clock import instant
from tests.rules.made_directions import amounts_of, directions, weekday_sets
from tests.rules.schedules import regular


def short(number: Range | Amount) -> str:
    return plain(number.low) if number.low == number.high else f"{plain(number.low)}-{plain(number.high)}"


def brief(dose: Dose) -> str:
    """Return a dose as `1-2 tablet, 4/1day, @morning+night, mon`."""
    found = []
    if dose.amount is not None:
        found.append(f"{short(dose.amount)} {dose.strength or ''}{dose.unit or ''}".strip())
    if dose.frequency is not None:
        frequency = dose.frequency
        up_to = "<=" if frequency.is_up_to else ""
        found.append(f"{up_to}{short(frequency.times)}/{short(frequency.period)}{frequency.unit}")
    if dose.at:
        found.append("@" + "+".join(dose.at))
    if dose.weekdays:
        found.append(" ".join(dose.to_json()["weekdays"]))
    found += [day.isoformat() for day in dose.dates]
    if dose.site is not None:
        found.append(f"site={dose.site}")
    if dose.is_once:
        found.append("once")
    return ", ".join(found)


def reading(text: str) -> str:
    """Return the doses of a sentence, `;` between those side by side and `>` between steps."""
    found = read_directions(text)
    assert isinstance(found, Direction), f"refused: {found}"
    return " > ".join("; ".join(brief(dose) for dose in step.doses) for step in found.steps)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Take ONE tablet TWICE a day", "1 tablet, 2/1day"),
        ("ONE TO BE TAKEN THREE TIMES A DAY", "1, 3/1day"),
        ("1 od", "1, 1/1day"),
        ("2 tabs bd", "2 tablet, 2/1day"),
        ("5mls t.d.s.", "5 ml, 3/1day"),
        ("take 1 or 2 4 times/day", "1-2, 4/1day"),
        ("Take one to two three times a day", "1-2, 3/1day"),
        ("Take one two to three times a day", "1, 2-3/1day"),
        ("1-2 caps up to 4 times daily", "1-2 capsule, <=4/1day"),
        ("Half a tablet every night", "0.5 tablet, @night"),
        ("one and a half tablets in the morning", "1.5 tablet, @morning"),
        ("1½ tablets mane", "1.5 tablet, @morning"),
        ("2 x 5ml spoonfuls nocte", "2 5 ml spoonful, @night"),
        ("Take two 500mg tablets four times a day", "2 500mgtablet, 4/1day"),
        ("10 mg every 4 to 6 hours", "10 mg, 1/4-6hour"),
        ("10mg 6 hourly", "10 mg, 1/6hour"),
        ("one q8h", "1, 1/8hour"),
        ("5,000 units daily", "5000 unit, 1/1day"),
        ("62.5 micrograms once daily", "62.5 microgram, 1/1day"),
        ("one in the morning and two at night", "1, @morning; 2, @night"),
        ("1 mane 2 nocte", "1, @morning; 2, @night"),
        ("Take ONE tablet twice a day, morning and teatime", "1 tablet, @morning+teatime"),
        ("Take 5mg at 8am, 12 noon and 18:30", "5 mg, @08:00+midday+18:30"),
        ("8 units before breakfast, 6 with lunch", "8 unit, @before breakfast; 6 unit, @with lunch"),
        ("one weekly on Mondays", "1, mon"),
        ("one tablet on Mon, Wed and Fri", "1 tablet, mon wed fri"),
        ("one tablet mon wed fri", "1 tablet, mon wed fri"),
        ("two tablets Monday to Friday", "2 tablet, mon tue wed thu fri"),
        ("one bd on Tuesdays and Saturdays", "1, 2/1day, tue sat"),
        ("one on alternate days", "1, 1/2day"),
        ("one every other night", "1, 1/2day, @night"),
        ("one patch every 72 hours", "1 patch, 1/72hour"),
        ("one injection every 12 weeks", "1 injection, 1/12week"),
        ("one capsule once a fortnight", "1 capsule, 1/2week"),
        ("one a day", "1, 1/1day"),
        ("six tablets daily for 3 days then four tablets daily for 3 days", "6 tablet, 1/1day > 4 tablet, 1/1day"),
        ("two tablets at once then one daily for 4 days", "2 tablet, once > 1 tablet, 1/1day"),
        ("one drop in the left eye qds", "1 drop, 4/1day, site=left eye"),
        ("2 sprays into each nostril bd", "2 spray, 2/1day, site=each nostril"),
        ("apply to the affected area(s) three times a day", "3/1day, site=affected area(s)"),
        ("one to be given on 1st November 2026", "1, 2026-11-01"),
        ("APPLY ONE WEEKLY", "1, 1/1week"),
        ("Two capsules (4 mg) twice a day", "2 capsule, 2/1day"),
    ],
)  # fmt: skip
def test_a_sentence_says_this(text: str, expected: str) -> None:
    assert reading(text) == expected


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("one tds with or after food", {"food": Food("with_or_after")}),
        ("one tds 30 to 60 minutes before food", {"food": Food("before", Range(Decimal(30), Decimal(60)))}),
        ("two prn for pain", {"is_as_required": True, "reason": "pain"}),
        ("one every 4 hours when required, max 8 tablets in 24 hours", {"most": Most(Decimal(8), "tablet")}),
        ("1-2 every 4-6 hours up to 4 times a day", {"most": Most(None, None, 4)}),
        ("one when required, leave at least 4 hours between doses", {"min_gap_hours": just(4)}),
        ("one bd for 5/7", {"duration": Duration(just(5), "day")}),
        ("one bd x 2 weeks", {"duration": Duration(just(2), "week")}),
        ("one three times a week for 6 doses", {"duration": Duration(just(6), "dose")}),
        ("one daily for 21 days followed by a 7-day patch-free interval", {"rest_days": 7}),
        ("70mg weekly. Remain upright for 30 minutes", {"upright_minutes": 30}),
        ("one daily by mouth", {"route": "oral"}),
        ("one daily as directed by your doctor", {"is_as_directed": True}),
        ("one daily starting on 3 March 2027", {"starts_on": date(2027, 3, 3)}),
        ("one to be chewed daily", {"verb": "chew"}),
    ],
)
def test_what_holds_for_a_whole_step(text: str, facts: dict[str, Any]) -> None:
    found = read_directions(text)
    assert isinstance(found, Direction), found
    assert {name: getattr(found.steps[0], name) for name in facts} == facts


@pytest.mark.hazard("H10", control="what could be misread is refused", shows="works")
@pytest.mark.parametrize(
    ("text", "not_understood"),
    [
        # Words that are not known.
        ("Take one tablet tomorrow", "tomorrow"),
        ("Do not take", "Do not"),
        ("Take 2 tablets daily in divided doses", "in divided doses"),
        ("one daily, increasing to two daily", "increasing to"),
        # What could be misread by itself.
        ("take .5 mg daily", ".5 mg"),
        ("take 1,5 mg daily", "1,5 mg"),
        ("16 u bd", "u"),
        ("one qd", "qd"),
        ("1 on", "on"),
        ("one bimonthly", "bimonthly"),
        ("1am 1pm", "1am"),
        ("11/2 tablets daily", "11/2 tablets"),
        # What could mean two things.
        ("take 2 hourly", "2 hourly"),
        ("take 2 weekly", "2 weekly"),
        ("two a day", "a day"),
        ("2 tablets per day", "per day"),
        ("1 drop od left eye", "od"),
        ("2 daily, 1 morning 1 night", "1"),
        ("one in the morning and one at night when required", "at night when required"),
        ("one in the morning with food and one at night", "at night"),
        ("one in the morning for 7 days and two at night", "at night"),
        ("one daily and two on Sundays", "two on Sundays"),
        ("5 or 10 ml at night", "5 or 10 ml"),
        ("two puffs bd and prn", "prn"),
        ("one daily and at night", "at night"),
        ("one daily with food and at bedtime", "at bedtime"),
        ("one in the morning and when required", "when required"),
        ("one at night and twice a day", "twice a day"),
        # What contradicts itself.
        ("three times a day, morning and night", "three times a day morning and night"),
        ("one daily every 3 days", "every 3 days"),
        ("one twice weekly on Mondays", "one twice weekly on Mondays"),
        ("10 to 5 ml daily", "10 to 5 ml"),
        ("one at 25:00", "at 25:00"),
        ("one daily then two daily", "then"),
        ("one in the morning and 5 ml at night", "at night"),
        ("5 mg in the morning and 2 at night", "2"),
        ("40 mg daily for 7 days then 20 daily", "20"),
        ("one on 31st February 2026", "on 31st February 2026"),
        # What says nothing.
        ("", ""),
        ("with food", "with food"),
        ("1 tab nocte twenty eight tablets", "twenty eight tablets"),
    ],
)
def test_what_is_not_clear_is_refused_with_the_part(text: str, not_understood: str) -> None:
    found = read_directions(text)
    assert isinstance(found, NotUnderstood), reading(text)
    assert not_understood in found.words or found.words in not_understood
    assert bool(found.words) == bool(text)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("every 72 hours", ("amount",)),
        ("take one tablet", ("when",)),
        ("take as directed", ("amount", "when")),
        ("apply twice a day", ()),
        ("one when required", ()),
    ],
)
def test_what_a_sentence_leaves_out_is_listed_not_filled_in(text: str, missing: tuple[str, ...]) -> None:
    found = read_directions(text)
    assert isinstance(found, Direction)
    assert found.missing == missing


@pytest.mark.parametrize(
    ("text", "medicine"),
    [
        ("Aspirin 300mg dispersible tablets, two four times daily", "Aspirin 300mg dispersible tablets"),
        ("Paracetamol 500mg tablets - 2 tablets - 4 times a day - oral", "Paracetamol 500mg tablets"),
        ("Co-trimoxazole 80mg/400mg tablets (A Maker), one bd", "Co-trimoxazole 80mg/400mg tablets (A Maker)"),
        ("Prednisolone, 30 mg once daily", "Prednisolone"),
        ("One daily, with food", None),
    ],
)  # fmt: skip
def test_a_medicine_in_front_is_told_apart(text: str, medicine: str | None) -> None:
    found = read_directions(text)
    assert isinstance(found, Direction), found
    assert found.medicine == medicine


@pytest.mark.parametrize(
    "text", ["Stop, one daily", "Caution, one daily", "Reduce dose, one daily", "Hold 5mg, one daily"]
)
def test_a_warning_in_front_is_no_medicine(text: str) -> None:
    assert isinstance(read_directions(text), NotUnderstood)


@pytest.mark.parametrize("text", ["For pain: one daily", "When required: one daily", "Tablets: one daily"])
def test_a_reason_in_front_is_no_medicine(text: str) -> None:
    found = read_directions(text)
    assert isinstance(found, NotUnderstood) or found.medicine is None


GOOD = [
    "Take ONE tablet TWICE a day with food",
    "one in the morning and two at night",
    "Take 10 ml every 6 hours when required for pain, maximum 40 ml in 24 hours",
    "six tablets daily for 3 days then four tablets daily for 3 days",
    "one drop in the left eye four times a day for 7 days",
]


@given(
    st.sampled_from(GOOD),
    st.integers(0, 12),
    st.sampled_from(["not", "never", "except", "unless", "zyx", "halve", "alternating", "or"]),
)
def test_a_word_that_is_not_understood_refuses_the_whole_sentence(text: str, place: int, word: str) -> None:
    tokens = text.split()
    tokens.insert(min(place, len(tokens)), word)
    assert isinstance(read_directions(" ".join(tokens)), NotUnderstood)


@settings(max_examples=100)
@given(st.text(max_size=80))
def test_any_text_is_read_or_refused_without_raising(text: str) -> None:
    read_directions(text)


VOCABULARY = st.sampled_from(
    (
        *("take", "one", "two", "1", "2", "5", "10", "1/2", "half", "tablet", "tablets", "ml", "mg", "puffs", "drops"),
        *("daily", "twice", "three", "times", "a", "day", "every", "hours", "4", "6", "hourly", "weekly", "in", "the"),
        *("morning", "at", "night", "and", "then", ",", ".", "-", "or", "to", "when", "required", "for", "pain", "max"),
        *("8", "with", "food", "before", "breakfast", "left", "eye", "on", "mondays", "prn", "bd", "8am", "0.25"),
    )
)


@settings(max_examples=200)
@given(st.lists(VOCABULARY, min_size=1, max_size=9).map(" ".join))
def test_whatever_is_read_is_written_in_words_that_say_the_same(text: str) -> None:
    """Sentences of known words in any order: what is read must survive being written and read again."""
    found = read_directions(text)
    if isinstance(found, Direction):
        assert read_directions(words(found)) == found


def settled(direction: Direction) -> Direction:
    """Return the direction as a sentence says it: a verb goes on into the steps that name none."""
    verb, found = None, []
    for step in direction.steps:
        verb = step.verb or verb
        found.append(Step(**{**{name: getattr(step, name) for name in Step.__dataclass_fields__}, "verb": verb}))
    return Direction(tuple(found), direction.medicine)


@settings(max_examples=80)
@given(directions())
def test_a_direction_is_read_back_from_its_own_words(direction: Direction) -> None:
    assert read_directions(words(direction)) == settled(direction), words(direction)


class TestSchedules:
    @st.composite
    @staticmethod
    def label_schedules(draw: st.DrawFn) -> Schedule:
        """Return a schedule that a label has exact words for."""
        unit = draw(st.sampled_from(["tablet", "ml", "capsule", "drop"]))
        weekdays = draw(weekday_sets)
        names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        pattern = draw(
            st.sampled_from(
                [
                    {"kind": "daily"},
                    {"kind": "weekdays", "days": [names[day] for day in sorted(weekdays)]},
                    {"kind": "every_n_days", "n": 3},
                    {"kind": "every_n_weeks", "n": 1},
                    {"kind": "every_n_weeks", "n": 12},
                ]
            )
        )
        phases = []
        for place in range(count := draw(st.integers(1, 3))):
            rounds = draw(st.lists(st.sampled_from(sorted(TIME_OF_ROUND)), min_size=1, max_size=4, unique=True))
            slots = []
            for name in rounds:
                amount = draw(amounts_of())
                slots.append({"round": name, "amount": {"low": plain(amount.low), "high": plain(amount.high)}})
            days = draw(st.integers(1, 30)) if place < count - 1 else draw(st.none() | st.integers(1, 30))
            phases.append({"days": days, "slots": slots, "pattern": pattern})
        taking = draw(st.sampled_from([{}, {"taking": {"food": "before", "food_minutes": 30, "upright_minutes": 30}}]))
        return Schedule.from_json({**regular([]), "unit": unit, "phases": phases, **taking})

    @settings(max_examples=50)
    @given(label_schedules())
    def test_a_schedule_is_read_back_from_its_own_words(self, schedule: Schedule) -> None:
        sentence = schedule_words(schedule)
        assert sentence is not None
        found = read_directions(sentence)
        assert isinstance(found, Direction), (sentence, found)
        assert schedule_of(found, unit="dose", starts_on=schedule.starts_on) == schedule, sentence

    @given(st.integers(1, 24), st.integers(4, 12), st.sampled_from(["tablet", "puff"]))
    def test_a_when_required_schedule_is_read_back(self, gap: int, most: int, unit: str) -> None:
        schedule = Schedule.from_json(
            {
                "kind": "when_required",
                "starts_on": "2026-11-01",
                "unit": unit,
                "amount": {"low": "1", "high": "2"},
                "min_gap_minutes": gap * 60,
                "max_amount_24h": str(most),
            }
        )
        found = read_directions(schedule_words(schedule) or "")
        assert isinstance(found, Direction)
        assert schedule_of(found, unit=unit, starts_on=schedule.starts_on) == schedule

    def test_a_patch_is_read_back(self) -> None:
        first_at = instant(date(2026, 11, 1), time(9))
        found = read_directions("Apply ONE patch every 72 hours")
        assert isinstance(found, Direction)
        schedule = schedule_of(found, unit="patch", starts_on=date(2026, 11, 1), first_at=first_at)
        assert schedule.to_json()["worn_minutes"] == 4320
        assert schedule_words(schedule, verb="apply") == "Apply ONE patch every 72 hours"

    def test_twice_a_day_is_the_homes_own_custom(self) -> None:
        found = read_directions("one twice a day")
        assert isinstance(found, Direction)
        schedule = schedule_of(found, unit="tablet", starts_on=date(2026, 11, 1))
        assert [slot["round"] for slot in schedule.to_json()["phases"][0]["slots"]] == ["Morning", "Tea"]

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("one 2 to 3 times a day", "range of times a day"),
            ("one three times a week", "weekdays named"),
            ("one every month", "day of the month"),
            ("one every 4 to 6 hours", "choose one gap"),
            ("one every 6 hours", "at what time"),
            ("one at bedtime", "no round for"),
            ("take one tablet", "do not say when"),
            ("one daily for 2 months", "give the last day"),
            ("one five times a day", "no custom for 5"),
        ],
    )
    def test_what_a_schedule_cannot_hold_exactly_is_refused(self, text: str, why: str) -> None:
        found = read_directions(text)
        assert isinstance(found, Direction)
        with pytest.raises(ScheduleError, match=why):
            schedule_of(found, unit="tablet", starts_on=date(2026, 11, 1))

    def test_what_a_label_has_no_words_for_has_none(self) -> None:
        schedule = Schedule.from_json(regular([{"at": "00:30", "next_day": True, "amount": {"low": "1"}}]))
        assert direction_of(schedule) is None
        assert schedule_words(schedule) is None

    def test_the_words_of_a_reducing_course(self) -> None:
        phases = [
            {"days": 5, "slots": [{"round": "Morning", "amount": {"low": tablets}}]} for tablets in ("6", "4", "2")
        ]
        schedule = Schedule.from_json({**regular([]), "phases": phases})
        assert schedule_words(schedule) == (
            "Take SIX tablets in the MORNING for 5 days, then take FOUR tablets in the MORNING for 5 days, "
            "then take TWO tablets in the MORNING for 5 days"
        )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 bd", "ONE TWICE a day"),
        ("take 1/2 tablet od", "Take HALF a tablet ONCE a day"),
        ("1.0 mg nocte", "1 mg at NIGHT"),
        ("2.50ml tds", "2.5 ml THREE times a day"),
        ("1-2 tabs qds prn max 8/24h", "ONE or TWO tablets FOUR times a day when required. Maximum 8 in 24 hours."),
        ("inhale 2 puffs bd", "Inhale TWO puffs TWICE a day"),
    ],
)
def test_labels_read_as_labels_do(text: str, expected: str) -> None:
    found = read_directions(text)
    assert isinstance(found, Direction)
    assert words(found) == expected


def test_the_command_answers_every_line_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("one daily\n\ntake 2 hourly\n"))
    out = io.StringIO()
    call_command("read_directions", "--json", stdout=out)
    read, empty, refused = (json.loads(line) for line in out.getvalue().splitlines())
    assert read["steps"][0]["doses"][0]["amount"] == {"low": "1", "high": "1"}
    assert read["missing"] == []
    assert "refused" in empty
    assert refused["not_understood"] == "2 hourly"
