"""How the fields of the prescription form become a schedule, and a schedule its fields.

Everything typed is read exactly or refused at its field; nothing is guessed. A schedule that the fields cannot
say to the last detail (one read from a long label sentence) travels whole, as JSON in the field `exact`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from emar.rules.amounts import ScheduleError
from emar.rules.patterns import WEEKDAYS
from emar.rules.schedule import (
    Schedule,
    schedule_from_json,
)
from emar.rules.wall_clock import instant

MOST_PARTS, SCALE_ROWS, HOLD_ROWS, INR_ROWS = 24, 8, 3, 6
#: What a box beside a round says when the amount goes by the scale.
BY_SCALE = "scale"
_RANGE = re.compile(r"(\d+(?:\.\d+)?)(?:\s*(?:-|–|to|or)\s*(\d+(?:\.\d+)?))?")
_FRACTIONS = {"½": "0.5", "¼": "0.25", "¾": "0.75"}
_AT = re.compile(r"(\d{1,2}[:.]\d\d)\s*(next day)?\s*(?:=\s*(.+))?")


class FieldErrors(ValueError):
    """What is wrong with which field, in words that say what to type."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = dict(errors)


@dataclass
class Typed:
    """What was typed, by field; `errors` are found on the way."""

    values: Mapping[str, Sequence[str]]
    errors: dict[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return one field without spaces around it."""
        found = self.values.get(name) or [""]
        return found[-1].strip()

    def many(self, name: str) -> list[str]:
        """Return every value of a field of ticks."""
        return [each for each in self.values.get(name, []) if each]

    def has(self, name: str) -> bool:
        """Return whether a box is ticked."""
        return bool(self.text(name))

    def wrong(self, name: str, words: str) -> None:
        """Keep the first thing wrong with a field."""
        self.errors.setdefault(name, words)

    def day(self, name: str, what: str) -> str | None:
        """Return a date as JSON has it; None for an empty field."""
        typed = self.text(name)
        if not typed:
            return None
        try:
            return date.fromisoformat(typed).isoformat()
        except ValueError:
            self.wrong(name, f"{what} must be a date, such as 4 March 2027 as 2027-03-04.")
            return None

    def clock(self, name: str, what: str) -> str | None:
        """Return a clock time as JSON has it."""
        typed = self.text(name)
        return None if not typed else self._clock(name, typed, what)

    def _clock(self, name: str, typed: str, what: str) -> str | None:
        try:
            hour, minute = typed.replace(".", ":").split(":")[:2]
            return time(int(hour), int(minute)).strftime("%H:%M")
        except ValueError:
            self.wrong(name, f"{what} must be a time, such as 08:00.")
            return None

    def whole(self, name: str, what: str) -> int | None:
        """Return a whole number."""
        typed = self.text(name)
        if not typed:
            return None
        if not re.fullmatch(r"-?\d{1,6}", typed):
            self.wrong(name, f"{what} must be a whole number.")
            return None
        return int(typed)

    def number(self, name: str, what: str) -> str | None:
        """Return a decimal as JSON has it, as text."""
        typed = self.text(name)
        if not typed:
            return None
        if not re.fullmatch(r"\d{1,9}(\.\d{1,6})?", typed):
            self.wrong(name, f"{what} must be a number, such as 2 or 2.5.")
            return None
        return typed

    def amount(self, name: str, typed: str | None = None) -> dict[str, str] | None:
        """Return an amount or a range; None for an empty field."""
        words = self.text(name) if typed is None else typed.strip()
        if not words:
            return None
        found = _RANGE.fullmatch(_FRACTIONS.get(words, words).lower())
        if found is None:
            self.wrong(name, "How much must be a number such as 1 or 2.5, or a range such as 1-2.")
            return None
        low, high = found.groups()
        return {"low": low, "high": high or low}


def schedule_from_fields(typed: Typed, rounds: Sequence[str], unit: str) -> Schedule:
    """Return the schedule that the fields say. Raises FieldErrors naming the fields that cannot be used.

    `rounds` are the names of the rounds the form offers, `unit` what to count in where the field is empty.
    """
    if exact := typed.text("exact"):
        return _exact(exact)
    kind = typed.text("kind") or "regular"
    found = {"kind": kind, **_terms(typed, unit)}
    reader = _KINDS.get(kind)
    if reader is None:
        raise FieldErrors({"kind": "Choose how it is given."})
    found |= reader(typed, rounds)
    if typed.errors:
        raise FieldErrors(typed.errors)
    try:
        return schedule_from_json(found)
    except ScheduleError as problem:
        raise FieldErrors({_field_of_problem(kind): str(problem)}) from None


def _exact(text: str) -> Schedule:
    try:
        return schedule_from_json(json.loads(text))
    except (ScheduleError, ValueError) as problem:
        raise FieldErrors({"exact": f"What was read cannot be used: {problem}"}) from None


def _field_of_problem(kind: str) -> str:
    return {
        "regular": "p0_amounts", "interval": "every", "when_required": "amount", "by_inr": "inr_at",
        "daily_total": "amount", "standing": "iddsi_level",
    }[kind]  # fmt: skip


def _terms(typed: Typed, unit: str) -> dict[str, Any]:
    starts_on = typed.day("starts_on", "The first day")
    if starts_on is None:
        typed.wrong("starts_on", "Enter the first day.")
    last = typed.day("last_on", "The last day")
    found: dict[str, Any] = {
        "starts_on": starts_on,
        "ends_on": None if last is None else (date.fromisoformat(last) + timedelta(days=1)).isoformat(),
        "unit": typed.text("unit") or unit,
        "starts_from": typed.clock("starts_from", "The first time"),
        "window_minutes": typed.whole("window_minutes", "Minutes either side"),
        "early_minutes": typed.whole("early_minutes", "Minutes early"),
        "time_critical": typed.has("time_critical"),
        "loose": typed.has("loose"),
        "halves": typed.has("halves"),
        "hold": [hold for row in range(HOLD_ROWS) if (hold := _hold(typed, row)) is not None],
        "strengths": [each for each in re.split(r"[,;\s]+", typed.text("strengths")) if each],
    }
    if rule := typed.text("late_rule"):
        if not typed.text("late_agreed_by"):
            typed.wrong("late_agreed_by", "Say who agreed what a late dose does.")
        found["late"] = {"rule": rule, "agreed_by": typed.text("late_agreed_by")}
    if reading := typed.text("reading"):
        unit_of_reading = typed.text("reading_unit")
        found["reading"] = {"name": reading, **({"unit": unit_of_reading} if unit_of_reading else {})}
    taking = {
        "food": typed.text("food") or None,
        "food_minutes": typed.whole("food_minutes", "Minutes from food"),
        "on_rising": typed.has("on_rising") or None,
        "upright_minutes": typed.whole("upright_minutes", "Minutes upright"),
    }
    found["taking"] = {name: each for name, each in taking.items() if each is not None}
    return {name: each for name, each in found.items() if each not in (None, False, [], {}) or name == "ends_on"}


def _hold(typed: Typed, row: int) -> dict[str, Any] | None:
    name = f"hold{row}"
    reading = typed.text(f"{name}_reading")
    limits = {
        side: typed.number(f"{name}_{side}", f"The limit {side}")
        for side in ("below", "above")
        if typed.text(f"{name}_{side}")
    }
    words = typed.text(f"{name}_words")
    if not reading and not limits and not words:
        return None
    if not reading:
        typed.wrong(f"{name}_reading", "Name what is measured, such as pulse.")
    return {"reading": reading, **limits, **({"words": words} if words else {})}


def _regular(typed: Typed, rounds: Sequence[str]) -> dict[str, Any]:
    scale = _scale(typed)
    return {"phases": [_phase(typed, part, rounds, scale) for part in range(parts_of(typed))]}


def parts_of(typed: Typed) -> int:
    """Return how many parts of a course the form shows, at least one."""
    shown = typed.text("parts")
    return min(max(int(shown), 1), MOST_PARTS) if shown.isdigit() else 1


def _scale(typed: Typed) -> list[dict[str, Any]]:
    found = []
    for row in range(SCALE_ROWS):
        names = {name: f"s{row}_{name}" for name in ("at_least", "below", "amount", "words")}
        if not any(typed.text(name) for name in names.values()):
            continue
        is_none = typed.text(names["amount"]).casefold() in {"0", "none"}
        amount = None if is_none else typed.amount(names["amount"])
        if amount is None and not is_none:
            typed.wrong(names["amount"], "Say how much at this reading, or none.")
        limits = {name: typed.number(names[name], "A reading") for name in ("at_least", "below")}
        words = typed.text(names["words"])
        found.append(
            {
                **{name: each for name, each in limits.items() if each is not None},
                "amount": amount,
                **({"words": words} if words else {}),
            }
        )
    return found


def _phase(typed: Typed, part: int, rounds: Sequence[str], scale: list[dict[str, Any]]) -> dict[str, Any]:
    name = f"p{part}"
    offset = typed.whole(f"{name}_offset", "Minutes before the round")
    slots: list[dict[str, Any]] = []
    for round_name in rounds:
        box = f"{name}_at_{round_name}"
        if gives := _gives(typed, box, typed.text(box), scale):
            slots.append({"round": round_name, **gives, **({"offset_minutes": -offset} if offset else {})})
    slots += _clock_slots(typed, f"{name}_times", scale)
    if off_at := typed.clock(f"{name}_off_at", "When it comes off"):
        slots = [{**slot, "event": "put_on"} for slot in slots]
        slots.append({"at": off_at, "event": "take_off"})
    if not slots:
        typed.wrong(f"{name}_amounts", "Enter how much at one round at least, or a clock time.")
    found: dict[str, Any] = {"slots": slots, "pattern": _pattern(typed, name)}
    found["days"] = typed.whole(f"{name}_days", "For how many days")
    if doses := typed.whole(f"{name}_doses", "For how many doses"):
        found["doses"] = doses
    if anchor_on := typed.day(f"{name}_anchor_on", "The day to count from"):
        found["anchor_on"] = anchor_on
    if part + 1 < parts_of(typed) and not found["days"] and not found.get("doses"):
        typed.wrong(f"{name}_days", "Say for how many days, because another part follows.")
    return found


def _gives(typed: Typed, box: str, words: str, scale: list[dict[str, Any]]) -> dict[str, Any] | None:
    if words.casefold() == BY_SCALE:
        if not scale:
            typed.wrong(box, "Fill in the scale, under Readings and holding.")
        return {"scale": scale}
    amount = typed.amount(box, words)
    return None if amount is None else {"amount": amount}


def _clock_slots(typed: Typed, name: str, scale: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for each in re.split(r"[,;\n]+", typed.text(name)):
        if not each.strip():
            continue
        read = _AT.fullmatch(each.strip())
        clock = None if read is None else typed._clock(name, read[1], "A clock time")
        gives = None if read is None else _gives(typed, name, read[3] or "", scale)
        if read is None or gives is None:
            typed.wrong(name, "Write each time with how much: 07:30=1, 21:30=2. After midnight: 00:30 next day=1.")
            continue
        found.append({"at": clock, **gives, **({"next_day": True} if read[2] else {})})
    return found


def _pattern(typed: Typed, name: str) -> dict[str, Any]:
    kind = typed.text(f"{name}_pattern") or "daily"

    def number(which: str, what: str) -> int:
        found = typed.whole(f"{name}_{which}", what)
        if found is None:
            typed.wrong(f"{name}_{which}", f"{what}: enter a number.")
        return found or 1

    days = [each for each in WEEKDAYS if each in typed.many(f"{name}_weekdays")]
    match kind:
        case "weekdays":
            if not days:
                typed.wrong(f"{name}_weekdays", "Choose at least one weekday.")
            return {"kind": kind, "days": days or ["mon"]}
        case "every_n_days":
            return {"kind": kind, "n": number("n", "Every how many days")}
        case "every_n_weeks":
            return {"kind": kind, "n": number("n", "Every how many weeks"), **({"days": days} if days else {})}
        case "days_of_month":
            return {
                "kind": kind,
                "days": _month_days(typed, f"{name}_month_days"),
                "every_months": typed.whole(f"{name}_every_months", "Every how many months") or 1,
            }
        case "weekday_of_month":
            return {
                "kind": kind,
                "nth": number("nth", "Which one of the month"),
                "weekday": typed.text(f"{name}_weekday") or "mon",
            }
        case "cycle":
            return {"kind": kind, "on_days": number("on", "Days on"), "off_days": number("off", "Days off")}
        case "dates":
            return {"kind": kind, "dates": _dates(typed, f"{name}_dates")}
        case _:
            return {"kind": "daily"}


def _month_days(typed: Typed, name: str) -> list[int]:
    found = []
    for each in re.split(r"[,;\s]+", typed.text(name)):
        if each.casefold() == "last":
            found.append(-1)
        elif each.isdigit() and 1 <= int(each) <= 31:
            found.append(int(each))
        elif each:
            typed.wrong(name, "Days of the month are numbers from 1 to 31, or last.")
    if not found:
        typed.wrong(name, "Enter the day of the month, such as 1 or last.")
    return found or [1]


def _dates(typed: Typed, name: str) -> list[str]:
    found = []
    for each in re.split(r"[,;\s]+", typed.text(name)):
        if not each:
            continue
        try:
            found.append(date.fromisoformat(each).isoformat())
        except ValueError:
            typed.wrong(name, "Write each date as 2027-03-04.")
    if not found:
        typed.wrong(name, "Enter at least one date, such as 2027-03-04.")
    return found or ["2000-01-01"]


def _amount(typed: Typed) -> dict[str, str] | None:
    amount = typed.amount("amount")
    if amount is None:
        typed.wrong("amount", "Enter how much.")
    return amount


def _interval(typed: Typed, rounds: Sequence[str]) -> dict[str, Any]:
    every = typed.whole("every", "Every how many hours")
    if every is None:
        typed.wrong("every", "Enter how many hours there are from one to the next.")
    hours = 24 if typed.text("every_unit") == "days" else 1
    starts_on, starts_from = typed.day("starts_on", "The first day"), typed.clock("starts_from", "The first time")
    if starts_from is None:
        typed.wrong("starts_from", "Enter the time of the first one: the hours are counted from it.")
    first_at = None
    if starts_on and starts_from:
        first_at = instant(date.fromisoformat(starts_on), time.fromisoformat(starts_from)).isoformat()
    found: dict[str, Any] = {
        "first_at": first_at,
        "every_minutes": (every or 1) * hours * 60,
        "amount": _amount(typed),
        "starts_from": None,
        "check_at": typed.clock("check_at", "The daily look"),
        "sites": list(dict.fromkeys(typed.values.get("sites", []))),
        "doses": typed.whole("interval_doses", "How many in all"),
    }
    if typed.has("is_worn"):
        worn = typed.whole("worn_hours", "How many hours it is worn")
        found["worn_minutes"] = worn * 60 if worn else found["every_minutes"]
    return found


def _when_required(typed: Typed, rounds: Sequence[str]) -> dict[str, Any]:
    gap = typed.number("gap_hours", "The hours between doses")
    return {
        "amount": _amount(typed),
        "min_gap_minutes": None if gap is None else int(Decimal(gap) * 60),
        "max_amount_24h": typed.number("max_amount", "The most in 24 hours"),
        "max_doses_24h": typed.whole("max_doses", "The most doses in 24 hours"),
    }


def _by_inr(typed: Typed, rounds: Sequence[str]) -> dict[str, Any]:
    at = typed.text("inr_at")
    if not at:
        typed.wrong("inr_at", "Choose the round, or enter a time.")
    slot: dict[str, Any] = {"round": at}
    if at not in rounds:
        slot = {"at": typed.clock("inr_at", "The time")}
    records = []
    for row in range(INR_ROWS):
        name = f"r{row}"
        fields = [f"{name}_{each}" for each in ("from_on", "until_on", "amounts", "inr", "tested_on")]
        if any(typed.text(each) for each in fields):
            records.append(inr_record(typed, name))
    return {"slot": slot, "records": records}


def inr_record(typed: Typed, name: str) -> dict[str, Any]:
    """Return one dosing record as JSON from the fields that begin with a name; what is wrong is in `errors`."""
    amounts = [each for each in re.split(r"[,;\s]+", typed.text(f"{name}_amounts")) if each]
    if not amounts or not all(re.fullmatch(r"\d+(\.\d+)?", each) for each in amounts):
        typed.wrong(f"{name}_amounts", "Enter the daily amounts in turn, such as 3 or 3, 4.")
    found: dict[str, Any] = {"amounts": amounts}
    for each, what in (("from_on", "The first day"), ("until_on", "The day of the next test")):
        found[each] = typed.day(f"{name}_{each}", what)
        if found[each] is None:
            typed.wrong(f"{name}_{each}", f"Enter {what[0].lower()}{what[1:]}.")
    if inr := typed.number(f"{name}_inr", "The INR"):
        found["inr"] = inr
    if tested_on := typed.day(f"{name}_tested_on", "The day of the test"):
        found["tested_on"] = tested_on
    return found


def _daily_total(typed: Typed, rounds: Sequence[str]) -> dict[str, Any]:
    at = typed.clock("daily_at", "When it starts")
    return {"amount": _amount(typed), **({"at": at} if at else {})}


def _standing(typed: Typed, rounds: Sequence[str]) -> dict[str, Any]:
    level = typed.whole("iddsi_level", "The IDDSI level")
    return {} if level is None else {"iddsi_level": level}


_KINDS = {
    "regular": _regular,
    "interval": _interval,
    "when_required": _when_required,
    "by_inr": _by_inr,
    "daily_total": _daily_total,
    "standing": _standing,
}
