"""What holds for a whole schedule whatever its plan: its days, unit, window, readings, strengths, how to take it.

The plan itself (at which times, how much) is the business of rules.regular, rules.interval and rules.inr.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any

from emar.rules.amounts import ScheduleError, plain, quantity_from_json
from emar.rules.patterns import day_from_json, whole_number
from emar.rules.readings import HoldRule, hold_from_json, hold_to_json

DEFAULT_WINDOW_MINUTES = 60
TIME_CRITICAL_WINDOW_MINUTES = 30
DEFAULT_EARLY_MINUTES = 60
FOODS = ("before", "with", "after", "with_or_after", "empty_stomach")


@dataclass(frozen=True, slots=True)
class Taking:
    """How a dose stands to meals and posture. Minutes are None where the prescriber gave none."""

    food: str | None = None
    food_minutes: int | None = None
    is_on_rising: bool = False
    upright_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class LateRule:
    """What a late dose does to those after it, and who agreed: `keep` the days, or `move` them."""

    rule: str
    agreed_by: str


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a schedule.

    `starts_on` is the first day, `ends_on` the first day without doses (periods are half-open), None when
    it goes on. `starts_from` leaves out doses earlier than that clock time on the first day. `strengths`
    are what is in the trolley to make up a dose in the schedule's unit. `reading` names what is measured
    before a dose, in `reading_unit`.
    """

    starts_on: date
    unit: str
    ends_on: date | None = None
    starts_from: time | None = None
    window_minutes: int = DEFAULT_WINDOW_MINUTES
    early_minutes: int = DEFAULT_EARLY_MINUTES
    is_time_critical: bool = False
    is_loose: bool = False
    late: LateRule | None = None
    reading: str | None = None
    reading_unit: str | None = None
    holds: tuple[HoldRule, ...] = ()
    strengths: tuple[Decimal, ...] = ()
    has_halves: bool = False
    taking: Taking | None = None


TERM_FIELDS = {
    "starts_on",
    "ends_on",
    "starts_from",
    "unit",
    "window_minutes",
    "early_minutes",
    "time_critical",
    "loose",
    "late",
    "reading",
    "hold",
    "strengths",
    "halves",
    "taking",
}


def terms_from_json(value: Mapping[str, Any]) -> Terms:
    """Return the terms in a schedule's JSON.

    `starts_on`, `ends_on` (the first day without doses, or null), `unit`, and optionally: `starts_from` (a
    clock time on the first day); `time_critical`; `window_minutes` (default 60, time-critical 30);
    `early_minutes` (how long before the window a dose may be given with a reason: default 60,
    time-critical 0); `loose` (any time of its part of the day); `late` (`{"rule": "keep"|"move",
    "agreed_by"}`); `reading` (`{"name", "unit"?}`); `hold` (a list of rules); `strengths` (decimal strings
    in the unit) and `halves`; `taking` (`{"food", "food_minutes", "on_rising", "upright_minutes"}`).
    Raises ScheduleError with plain words.
    """
    starts_on = day_from_json(value.get("starts_on"), "The first day")
    ends_on = None if value.get("ends_on") is None else day_from_json(value["ends_on"], "The end")
    if ends_on is not None and ends_on <= starts_on:
        raise ScheduleError("The end is the first day without doses, so it must come after the first day.")
    is_critical = truth(value.get("time_critical"), "Time-critical")
    usual = TIME_CRITICAL_WINDOW_MINUTES if is_critical else DEFAULT_WINDOW_MINUTES
    early = 0 if is_critical else DEFAULT_EARLY_MINUTES
    starts_from = value.get("starts_from")
    reading, reading_unit = _reading(value.get("reading"))
    return Terms(
        starts_on=starts_on,
        unit=_text(value.get("unit"), "A schedule needs the unit its amounts are in, such as tablet or ml."),
        ends_on=ends_on,
        starts_from=None if starts_from is None else clock_from_json(starts_from, "The first time"),
        window_minutes=_minutes(value.get("window_minutes"), usual, "The window"),
        early_minutes=_minutes(value.get("early_minutes"), early, "How early a dose may be"),
        is_time_critical=is_critical,
        is_loose=truth(value.get("loose"), "Loosely timed"),
        late=_late(value.get("late")),
        reading=reading,
        reading_unit=reading_unit,
        holds=_list_of(value.get("hold"), hold_from_json, "Hold rules"),
        strengths=_list_of(value.get("strengths"), lambda each: quantity_from_json(each, "A strength"), "Strengths"),
        has_halves=truth(value.get("halves"), "Halves"),
        taking=_taking(value.get("taking")),
    )


def terms_to_json(terms: Terms) -> dict[str, Any]:
    """Return JSON that `terms_from_json` reads back to equal terms."""
    found: dict[str, Any] = {
        "starts_on": terms.starts_on.isoformat(),
        "ends_on": None if terms.ends_on is None else terms.ends_on.isoformat(),
        "unit": terms.unit,
        "window_minutes": terms.window_minutes,
        "early_minutes": terms.early_minutes,
    }
    if terms.starts_from is not None:
        found["starts_from"] = clock_to_json(terms.starts_from)
    if terms.is_time_critical:
        found["time_critical"] = True
    if terms.is_loose:
        found["loose"] = True
    if terms.late is not None:
        found["late"] = {"rule": terms.late.rule, "agreed_by": terms.late.agreed_by}
    if terms.reading is not None:
        unit = {} if terms.reading_unit is None else {"unit": terms.reading_unit}
        found["reading"] = {"name": terms.reading, **unit}
    if terms.holds:
        found["hold"] = [hold_to_json(rule) for rule in terms.holds]
    if terms.strengths:
        found["strengths"] = [plain(strength) for strength in terms.strengths]
    if terms.has_halves:
        found["halves"] = True
    if terms.taking is not None:
        found["taking"] = taking_to_json(terms.taking)
    return found


def taking_to_json(taking: Taking) -> dict[str, Any]:
    """Return how to take it, with only what is said."""
    found = {
        "food": taking.food,
        "food_minutes": taking.food_minutes,
        "on_rising": taking.is_on_rising or None,
        "upright_minutes": taking.upright_minutes,
    }
    return {name: each for name, each in found.items() if each is not None}


def clock_from_json(value: object, what: str) -> time:
    """Return the clock time in `08:00`; raises ScheduleError naming `what`."""
    if isinstance(value, str) and len(value) == 5:
        try:
            return time.fromisoformat(value)
        except ValueError:
            pass
    raise ScheduleError(f"{what} must be a time such as 08:00, not {value!r}.")


def clock_to_json(clock: time) -> str:
    """Return `08:00`."""
    return clock.strftime("%H:%M")


def truth(value: object, what: str) -> bool:
    """Return true or false, false when nothing is said; raises ScheduleError naming `what`."""
    if value is None:
        return False
    if not isinstance(value, bool):
        raise ScheduleError(f"{what} is true or false, not {value!r}.")
    return value


def _text(value: object, problem: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ScheduleError(problem)
    return value


def _minutes(value: object, usual: int, what: str) -> int:
    return usual if value is None else whole_number(value, f"{what}, in minutes,", least=0, most=10_080)


def _list_of(value: object, read: Any, what: str) -> tuple[Any, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise ScheduleError(f"{what} come as a list, not {value!r}.")
    return tuple(read(each) for each in value)


def _late(value: object) -> LateRule | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or set(value) - {"rule", "agreed_by"}:
        raise ScheduleError(f"What a late dose does has a rule and who agreed, not {value!r}.")
    if value.get("rule") not in ("keep", "move"):
        raise ScheduleError("After a late dose the days either keep or move.")
    return LateRule(value["rule"], _text(value.get("agreed_by"), "Say who agreed what a late dose does."))


def _reading(value: object) -> tuple[str | None, str | None]:
    if value is None:
        return None, None
    if not isinstance(value, Mapping) or set(value) - {"name", "unit"}:
        raise ScheduleError(f"A reading has a name and a unit, not {value!r}.")
    unit = value.get("unit")
    return (
        _text(value.get("name"), "Name the reading, such as pulse or blood_glucose."),
        None if unit is None else _text(unit, "The unit of a reading is a word such as mmol/L."),
    )


def _taking(value: object) -> Taking | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or set(value) - {"food", "food_minutes", "on_rising", "upright_minutes"}:
        raise ScheduleError(f"How to take it knows food, on rising and upright, not {value!r}.")
    food, minutes, upright = value.get("food"), value.get("food_minutes"), value.get("upright_minutes")
    if food is not None and food not in FOODS:
        raise ScheduleError(f"With food means one of {', '.join(FOODS)}, not {food!r}.")
    if minutes is not None and food is None:
        raise ScheduleError("Minutes from food need to say whether before or after it.")
    taking = Taking(
        food,
        None if minutes is None else whole_number(minutes, "Minutes from food", most=600),
        truth(value.get("on_rising"), "On rising"),
        None if upright is None else whole_number(upright, "Minutes upright", most=600),
    )
    return None if taking == Taking() else taking
