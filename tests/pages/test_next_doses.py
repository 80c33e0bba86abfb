"""Every case of the field typed into the form: which doses fall due next, in the words of the page?

The days were worked out by hand with a calendar, from nine in the morning of Wednesday 18 November 2026.
"""

import re
from datetime import date
from itertools import cycle

import pytest

from tests.pages.conftest import SignIn
from tests.pages.test_prescriptions import KINDS, Desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

MORE_KINDS = {
    "alternate days": {"p0_at_Night": "1", "p0_pattern": "every_n_days", "p0_n": "2"},
    "5 on 2 off": {"p0_at_Morning": "1", "p0_pattern": "cycle", "p0_on": "5", "p0_off": "2"},
    "12-weekly": {"p0_at_Morning": "1", "p0_pattern": "every_n_weeks", "p0_n": "12", "unit": "ml"},
    "the 31st of every third month": {
        "p0_at_Morning": "1", "p0_pattern": "days_of_month", "p0_month_days": "31", "p0_every_months": "3",
    },
    "every 8 hours": {"kind": "interval", "amount": "1", "every": "8", "every_unit": "hours", "starts_from": "06:00"},
    "24-hour patch": {"kind": "interval", "amount": "1", "every": "24", "every_unit": "hours", "starts_from": "08:00",
                      "is_worn": "yes", "unit": "patch"},
}  # fmt: skip

ONE = ["08:00 (Morning) 1 tablet"]
FROM_TOMORROW = "19 20 21 22 23 24 25 26 27 28 Nov"
TEN, ALL = "The next ten doses", "All {} doses"
#: What heads the list, what each line says after its day (again and again), and the days.
NEXT = {
    "rounds": (TEN, ["16:30 (Tea) 1 to 2 tablets", *ONE], "18 19 19 20 20 21 21 22 22 23 Nov"),
    "clock times": (TEN, ["00:30 2 tablets", "07:30 1 tablet"], "19 19 20 20 21 21 22 22 23 23 Nov"),
    "before a round": (TEN, ["07:30 (Morning) 1 tablet"], FROM_TOMORROW),
    "weekdays": (TEN, ONE, "19 23 26 30 Nov 3 7 10 14 17 21 Dec"),
    "every n days": (TEN, ONE, "21 24 27 30 Nov 3 6 9 12 15 18 Dec"),
    "alternate days": (TEN, ["21:00 (Night) 1 tablet"], "18 20 22 24 26 28 30 Nov 2 4 6 Dec"),
    "weekly": (TEN, ONE, "22 29 Nov 6 13 20 27 Dec 3 10 17 24 Jan"),
    "12-weekly": (TEN, ["08:00 (Morning) 1 ml"], "10 Feb 5 May 28 Jul 20 Oct 12 Jan 5 Apr 28 Jun 20 Sep 13 Dec 7 Mar"),
    "26-weekly": (TEN, ONE, "20 Nov 21 May 19 Nov 19 May 17 Nov 18 May 16 Nov 17 May 15 Nov 16 May"),
    "days of the month": (TEN, ONE, "30 Nov 1 31 Dec 1 31 Jan 1 28 Feb 1 31 Mar 1 Apr"),
    "the 31st of every third month": (
        TEN, ONE, "30 Nov 28 Feb 31 May 31 Aug 30 Nov 29 Feb 31 May 31 Aug 30 Nov 28 Feb",
    ),
    "first Monday": (TEN, ONE, "7 Dec 4 Jan 1 Feb 1 Mar 5 Apr 3 May 7 Jun 5 Jul 2 Aug 6 Sep"),
    "cycle": (TEN, ONE, FROM_TOMORROW),
    "5 on 2 off": (TEN, ONE, "19 20 21 22 25 26 27 28 29 Nov 2 Dec"),
    "dates": ("Both doses", ONE, "3 31 Dec"),
    "course by days": ("The 6 doses still to come", ONE, "19 20 21 22 23 24 Nov"),
    "course by count": ("The 4 doses still to come", ONE, "19 20 21 22 Nov"),
    "course by date": (TEN, ONE, FROM_TOMORROW),
    "strengths": (TEN, ["08:00 (Morning) 4 mg (1 × 3 mg and 1 × 1 mg)"], FROM_TOMORROW),
    "time-critical": (TEN, ONE, FROM_TOMORROW),
    "patch-free night": (TEN, ["20:00 take off", "08:00 put on 1 patch"], "18 19 19 20 20 21 21 22 22 23 Nov"),
    "insulin by scale": (TEN, ["08:00 (Morning) 0 to 8 units, after the blood glucose"], FROM_TOMORROW),
    "held by pulse": (TEN, ["08:00 (Morning) 1 tablet, after the pulse"], FROM_TOMORROW),
    "topical": (TEN, ["08:00 (Morning) 1 application"], FROM_TOMORROW),
    "every 8 hours": (TEN, ["14:00 1 tablet", "22:00 1 tablet", "06:00 1 tablet"],
                      "18 18 19 19 19 20 20 20 21 21 Nov"),
    "patch": (TEN, ["10:00 put on 1 patch"], "18 21 24 27 30 Nov 3 6 9 12 15 Dec"),
    "24-hour patch": (TEN, ["08:00 put on 1 patch"], FROM_TOMORROW),
    "weekly patch": (ALL.format(4), [*["10:00 put on 1 patch"] * 4, "10:00 take off"], "18 25 Nov 2 9 16 Dec"),
    "warfarin": (ALL.format(7), ["16:30 (Tea) 3 mg (1 × 3 mg)", "16:30 (Tea) 4 mg (1 × 3 mg and 1 × 1 mg)"],
                 "18 19 20 21 22 23 24 Nov"),
    "feed": (TEN, ["09:00 1000 ml"], "18 19 20 21 22 23 24 25 26 27 Nov"),
    "reducing": (TEN, [*["08:00 (Morning) 6 tablets"] * 6, *["08:00 (Morning) 5 tablets"] * 4], FROM_TOMORROW),
}  # fmt: skip
WITHOUT_TIMES = {
    "thickener": "No set times: it is shown to carers all the time.",
    "when required": "No set times: it is offered when needed, and stopped when it is too soon or too much.",
}


def lines(tails: list[str], days: str) -> list[str]:
    """Write out what each line should say; a month that is not after the one before is of the next year."""
    found, year, month_before = [], 2026, 11
    for numbers, month_name in re.findall(r"([\d ]+) ([A-Z][a-z]{2})", days):
        month = "JanFebMarAprMayJunJulAugSepOctNovDec".index(month_name) // 3 + 1
        year, month_before = year + (month < month_before), month
        found += [date(year, month, int(number)) for number in numbers.split()]
    return [f"{day:%a} {day.day} {day:%b %Y}, {tail}" for day, tail in zip(found, cycle(tails), strict=False)]


def test_every_kind_that_the_form_has_is_here() -> None:
    assert {*NEXT, *WITHOUT_TIMES} == {*KINDS, *MORE_KINDS}


def test_the_next_ten_doses_of_every_kind_are_said_in_words(sign_in: SignIn) -> None:
    desk, wrong = Desk(sign_in), {}
    for name, typed in (KINDS | MORE_KINDS).items():
        preview = desk.preview(**typed)
        heading, tails, days = NEXT.get(name, (WITHOUT_TIMES.get(name, ""), [], ""))
        expected = " ".join([heading, *lines(tails, days)])
        if expected not in preview:
            wrong[name] = (expected, preview)
    assert wrong == {}
