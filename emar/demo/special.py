"""The demo's schedules that no short spelling says: warfarin by INR, a reducing course, readings, areas of the body."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from emar.demo.directions import Day
from emar.demo.usual_doses import UsualDose
from emar.rules.schedule import schedule_from_json
from emar.rules.schedule_words import schedule_words

DAY = timedelta(days=1)
WARFARIN, PREDNISOLONE = "Warfarin 1mg tablets", "Prednisolone 5mg tablets"
#: The INR of each week, and the milligrams a day that the clinic wrote for it.
INR_WEEKS = (("2.4", ("4",)), ("2.9", ("3", "4")), ("1.9", ("4", "4", "5")), ("2.6", ("4",)))
TESTED_EVERY = 7 * DAY
REDUCING = ((6, 5), (5, 5), (4, 5), (3, 5), (2, 5), (1, 5))
#: Readings before a dose: what is held below which value, and what is done then.
READINGS = {
    "digoxin": ("pulse", "a minute", "60", "Do not give. Ring the GP."),
    "insulin": ("blood_glucose", "mmol/L", "4", "Do not give. Treat the low glucose and ring the GP or 111."),
}
AREAS = {
    "insulin": ("left abdomen", "right abdomen", "left thigh", "right thigh"),
    "emollient": ("left forearm", "right forearm", "left shin", "right shin"),
    "": ("left groin", "right groin"),
}


@dataclass(frozen=True, slots=True)
class Special:
    """A schedule as the record keeps it, its words, and where on the body."""

    schedule: dict[str, Any]
    words: str
    areas: tuple[str, ...] = ()


def special(
    usual: UsualDose, schedule: dict[str, Any], words: str, *, starts_on: date, today: date, day: Day, is_current: bool
) -> Special:
    """Return what a medicine is prescribed as beyond its short spelling; most are left as they are.

    `is_current`: the warfarin has an INR result that says today's dose.
    """
    if usual.medicine == WARFARIN:
        return _said(_by_inr(day, today, is_current=is_current), "take")
    if usual.medicine == PREDNISOLONE and usual.family == "reducing steroid":
        return _said(_reducing(day, today), "take")
    if usual.family in READINGS:
        name, unit, below, do = READINGS[usual.family]
        hold = {"reading": name, "below": below, "words": do}
        schedule = schedule | {"reading": {"name": name, "unit": unit}, "hold": [hold]}
    areas = _areas(usual)
    if usual.route == "Cutaneous" and schedule["kind"] == "regular":
        schedule = schedule | {"loose": True}
    return Special(schedule, words, areas)


def _areas(usual: UsualDose) -> tuple[str, ...]:
    if usual.family in AREAS:
        return AREAS[usual.family]
    return AREAS[""] if usual.route == "Cutaneous" else ()


def _by_inr(day: Day, today: date, *, is_current: bool) -> dict[str, Any]:
    """Return weekly results since long before the history; the last holds for some days yet, or ran out yesterday."""
    first = today - 20 * TESTED_EVERY - 4 * DAY
    weeks = 21 if is_current else 20
    records = []
    for week in range(weeks):
        tested_on = first + week * TESTED_EVERY
        inr, amounts = INR_WEEKS[week % len(INR_WEEKS)]
        records.append(
            {
                "from_on": tested_on.isoformat(),
                "until_on": (tested_on + TESTED_EVERY).isoformat(),
                "amounts": list(amounts),
                "inr": inr,
                "tested_on": tested_on.isoformat(),
            }
        )
    if not is_current:
        records[-1]["until_on"] = today.isoformat()
    return {
        "kind": "by_inr",
        "starts_on": first.isoformat(),
        "ends_on": None,
        "unit": "mg",
        "strengths": ["1", "3"],
        "slot": {"round": day.rounds["Tea"]},
        "records": records,
    }


def _reducing(day: Day, today: date) -> dict[str, Any]:
    """Return thirty milligrams a day, five less every five days, begun so that today lies in the middle."""
    starts_on = today - 12 * DAY
    phases = [
        {
            "days": days,
            "slots": [{"round": day.rounds["Morning"], "amount": {"low": str(count), "high": str(count)}}],
            "pattern": {"kind": "daily"},
        }
        for count, days in REDUCING
    ]
    return {
        "kind": "regular",
        "starts_on": starts_on.isoformat(),
        "ends_on": (starts_on + sum(days for _, days in REDUCING) * DAY).isoformat(),
        "unit": "tablet",
        "phases": phases,
        "taking": {"food": "with"},
    }


def _said(schedule: dict[str, Any], verb: str) -> Special:
    return Special(schedule, schedule_words(schedule_from_json(schedule).latest, verb=verb))
