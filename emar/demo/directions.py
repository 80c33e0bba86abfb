"""What a short spelling of a dose means: its schedule, and its words as a pharmacy's label would say them.

`M1 T1` is one at the Morning and one at the Tea round, `07:30=1` one at a clock time, `weekly 10:00=1` and
`every 3 days 10:00=1` narrow the days, `7 days M1 T1` is a course, `prn 1-2 gap 4h max 8` is when required.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from emar.rules.amounts import plain
from emar.rules.patterns import WEEKDAYS

ROUND_OF_LETTER = {"M": "Morning", "L": "Lunch", "T": "Tea", "N": "Night"}
_WORDS_OF_LETTER = {"M": "in the morning", "L": "at lunchtime", "T": "at teatime", "N": "at night"}
_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NUMBERS = {"0.5": "half a", "1": "one", "2": "two", "3": "three", "4": "four"}
_VERBS = {
    "Transdermal": "Apply",
    "Ocular": "Put",
    "Inhalation": "Inhale",
    "Sublingual": "Spray under the tongue",
    "Cutaneous": "Apply",
    "Subcutaneous": "Inject",
}
_COUNTED = {"tablet", "capsule", "sachet", "patch", "dose", "unit"}
_SLOT = re.compile(r"([MLTN])([\d.]+)|(\d\d:\d\d)=([\d.]+)")
_PRN = re.compile(r"prn ([\d.]+)(?:-([\d.]+))? gap (\d+)([hm]) max ([\d.]+)")
_FRAME = re.compile(r"(?:(weekly) |every (\d+) days |(\d+) days )?(.+)")


@dataclass(frozen=True, slots=True)
class Day:
    """How a resident's day lies: which rounds the four usual ones are, and how many hours later than usual."""

    rounds: Mapping[str, str]
    later_hours: int = 0

    def clock(self, time_of_day: str) -> str:
        """Return a clock time of the usual day as it is in this one."""
        hour, minute = time_of_day.split(":")
        return f"{(int(hour) + self.later_hours) % 24:02}:{minute}"


USUAL_DAY = Day({name: name for name in ROUND_OF_LETTER.values()})


@dataclass(frozen=True, slots=True)
class Directions:
    """One dose as the record keeps it: the schedule's JSON, and the words of the label."""

    schedule: dict[str, Any]
    words: str


def read_directions(
    how: str, unit: str, *, starts_on: date, weekday: int, day: Day = USUAL_DAY, route: str = "Oral"
) -> Directions:
    """Return the schedule and the words of one short spelling; `weekday` (0 is Monday) is for weekly doses.

    Raises ValueError for a spelling it does not know.
    """
    if found := _PRN.fullmatch(how):
        return _when_required(found, unit, starts_on, route)
    frame = _FRAME.fullmatch(how)
    if frame is None:
        raise ValueError(f"not a dose: {how}")
    weekly, every, course, slots = frame.groups()
    parts = [_SLOT.fullmatch(part) for part in slots.split()]
    if not parts or None in parts:
        raise ValueError(f"not a dose: {how}")
    read = [_slot(part, day) for part in parts if part is not None]
    pattern: dict[str, Any] = {"kind": "daily"}
    if weekly:
        pattern = {"kind": "weekdays", "days": [WEEKDAYS[weekday]]}
    elif every:
        pattern = {"kind": "every_n_days", "n": int(every)}
    ends_on = starts_on + timedelta(days=int(course)) if course else None
    schedule = {
        "kind": "regular",
        "starts_on": starts_on.isoformat(),
        "ends_on": ends_on and ends_on.isoformat(),
        "unit": unit,
        "phases": [{"days": None, "slots": [slot for slot, _ in read], "pattern": pattern}],
    }
    words = _dose_words(read, unit, slots, day, route)
    if weekly:
        words += f" every {_DAY_NAMES[weekday]}"
    elif every:
        words += f" every {every} days"
    elif course:
        words += f" for {course} days"
    return Directions(schedule, words)


def _slot(part: re.Match[str], day: Day) -> tuple[dict[str, Any], str]:
    letter, at_round, clock, at_clock = part.groups()
    how_many = at_round or at_clock
    amount = {"low": how_many, "high": how_many}
    if letter:
        return {"round": day.rounds[ROUND_OF_LETTER[letter]], "amount": amount}, how_many
    return {"at": day.clock(clock), "amount": amount}, how_many


def _dose_words(read: list[tuple[dict[str, Any], str]], unit: str, slots: str, day: Day, route: str) -> str:
    amounts = {amount for _, amount in read}
    times = [
        _WORDS_OF_LETTER[part[0]] if part[0] in _WORDS_OF_LETTER and not day.later_hours else f"at {_when(slot)}"
        for part, (slot, _) in zip(slots.split(), read, strict=True)
    ]
    verb = _VERBS.get(route, "Take")
    if len(amounts) == 1:
        usual = {
            ("M", "L", "T", "N"): "four times a day",
            ("M", "L", "T"): "three times a day",
            ("M", "T"): "twice a day",
            ("M", "N"): "twice a day",
        }.get(tuple(part[0] for part in slots.split()))
        return f"{verb} {amount_words(amounts.pop(), unit)} {usual or _listed(times)}"
    each = [f"{amount_words(amount, unit)} {when}" for (_, amount), when in zip(read, times, strict=True)]
    return f"{verb} {_listed(each)}"


def _when(slot: dict[str, Any]) -> str:
    return str(slot.get("at") or slot["round"])


def _when_required(found: re.Match[str], unit: str, starts_on: date, route: str) -> Directions:
    low, high, gap, gap_unit, most = found.groups()
    minutes = int(gap) * (60 if gap_unit == "h" else 1)
    schedule = {
        "kind": "when_required",
        "starts_on": starts_on.isoformat(),
        "ends_on": None,
        "unit": unit,
        "amount": {"low": low, "high": high or low},
        "min_gap_minutes": minutes,
        "max_amount_24h": most,
    }
    much = amount_words(low, unit) if not high else f"{_number(low)} or {amount_words(high, unit)}"
    if high and unit not in _COUNTED:
        much = f"{low} to {high} {unit}"
    wait = f"{gap} hours" if gap_unit == "h" else f"{gap} minutes"
    return Directions(
        schedule,
        f"{_VERBS.get(route, 'Take')} {much} when needed, at least {wait} apart, no more than "
        f"{amount_words(most, unit)} in 24 hours",
    )


def _number(amount: str) -> str:
    return _NUMBERS.get(amount, amount).removesuffix(" a")


def amount_words(amount: str, unit: str) -> str:
    """Return an amount as a label says it: `two tablets`, `half a tablet`, `15 ml`."""
    if unit == "drop":
        # Two drops are always one for each eye here; "two drops" could be read as two in one eye.
        return "one drop in each eye"
    if unit == "application":
        return "thinly"
    if unit not in _COUNTED:
        return f"{amount} {unit}"
    number = _NUMBERS.get(amount, plain(Decimal(amount)))
    if Decimal(amount) <= 1:
        return f"{number} {unit}"
    return f"{number} {unit}es" if unit.endswith("ch") else f"{number} {unit}s"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
