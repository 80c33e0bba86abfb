"""On which days a medicine falls due: every day, chosen weekdays, every N days, cycles, days of the month.

A pattern knows calendar days only, as ordinals (`date.toordinal`), because a chart of a home is tens of
thousands of them. At what times on such a day, and how much, is rules.regular's job.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from emar.rules.amounts import ScheduleError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Daily:
    """Every day."""

    def ordinals(self, first: int, stop: int, anchor: int) -> Iterable[int]:
        """Return every day from `first` until before `stop`: the anchor makes no difference."""
        return range(first, stop)


@dataclass(frozen=True, slots=True)
class OnWeekdays:
    """Chosen weekdays of every week; 0 is Monday."""

    days: frozenset[int]

    def ordinals(self, first: int, stop: int, anchor: int) -> Iterable[int]:
        """Return the days that are one of the chosen weekdays."""
        days = self.days
        return [day for day in range(first, stop) if weekday(day) in days]


@dataclass(frozen=True, slots=True)
class EveryNDays:
    """Every `n` days counted from the anchor, which is itself a day with a dose."""

    n: int

    def ordinals(self, first: int, stop: int, anchor: int) -> Iterable[int]:
        """Return the days that lie a whole number of steps from the anchor."""
        return range(first + (anchor - first) % self.n, stop, self.n)


@dataclass(frozen=True, slots=True)
class EveryNWeeks:
    """Every `n` weeks from the anchor: on the anchor's weekday, or on chosen weekdays of every nth week.

    Weeks are counted Monday to Sunday from the week the anchor is in.
    """

    n: int
    days: frozenset[int] = frozenset()

    def ordinals(self, first: int, stop: int, anchor: int) -> Iterable[int]:
        """Return the days that are in an nth week and on the right weekday."""
        if not self.days:
            return range(first + (anchor - first) % (7 * self.n), stop, 7 * self.n)
        monday = anchor - weekday(anchor)
        return [
            day
            for day in range(first, stop)
            if weekday(day) in self.days and (day - weekday(day) - monday) // 7 % self.n == 0
        ]


@dataclass(frozen=True, slots=True)
class OnDaysOfMonth:
    """Chosen days of every nth month; -1 is the last day.

    A month that has no such day (31 June, 29 February) has the dose on its last day: a monthly dose that is
    skipped makes a gap of two months, and one on the first of the next month lands on another month's page.
    """

    days: tuple[int, ...]
    every_months: int = 1

    def ordinals(self, first: int, stop: int, anchor: int) -> Iterable[int]:
        """Return the days that are chosen ones, short months included."""
        begins = date.fromordinal(anchor)
        return [day for day in range(first, stop) if self._falls_on(date.fromordinal(day), begins)]

    def _falls_on(self, day: date, anchor: date) -> bool:
        months = (day.year - anchor.year) * 12 + day.month - anchor.month
        if months % self.every_months:
            return False
        if day.day in self.days:
            return True
        if day.day < 28:
            return False
        last = monthrange(day.year, day.month)[1]
        return day.day == last and any(wanted == -1 or wanted > last for wanted in self.days)


@dataclass(frozen=True, slots=True)
class OnWeekdayOfMonth:
    """The nth weekday of every month, such as the first Monday; `nth` is 1 to 4, or -1 for the last."""

    nth: int
    weekday: int

    def ordinals(self, first: int, stop: int, anchor: int) -> Iterable[int]:
        """Return the days that are that weekday of their month."""
        return [
            day for day in range(first, stop) if weekday(day) == self.weekday and self._is_nth(date.fromordinal(day))
        ]

    def _is_nth(self, day: date) -> bool:
        if self.nth > 0:
            return (day.day - 1) // 7 + 1 == self.nth
        return day.day + 7 > monthrange(day.year, day.month)[1]


@dataclass(frozen=True, slots=True)
class Cycle:
    """`on` days with doses, then `off` days without, counted from the anchor (21/7, 5 on 2 off)."""

    on: int
    off: int

    def ordinals(self, first: int, stop: int, anchor: int) -> Iterable[int]:
        """Return the days that lie in the part of the cycle that has doses."""
        return [day for day in range(first, stop) if (day - anchor) % (self.on + self.off) < self.on]


@dataclass(frozen=True, slots=True)
class OnDates:
    """Named dates only: a depot on 3 March and on 31 March."""

    dates: frozenset[date]

    def ordinals(self, first: int, stop: int, anchor: int) -> Iterable[int]:
        """Return the dates that lie in the period."""
        return sorted(day for day in map(date.toordinal, self.dates) if first <= day < stop)


Pattern = Daily | OnWeekdays | EveryNDays | EveryNWeeks | OnDaysOfMonth | OnWeekdayOfMonth | Cycle | OnDates
DAILY = Daily()


def weekday(ordinal: int) -> int:
    """Return the weekday of a day: Monday is 0."""
    return (ordinal - 1) % 7


def falls_on(pattern: Pattern, day: date, anchor: date) -> bool:
    """Return whether a pattern that counts from `anchor` has a dose on this day."""
    return day.toordinal() in pattern.ordinals(day.toordinal(), day.toordinal() + 1, anchor.toordinal())


def pattern_from_json(value: object) -> Pattern:
    """Return the pattern that JSON describes; raises ScheduleError with plain words.

    Kinds: `daily`; `weekdays` with `days`; `every_n_days` with `n`; `every_n_weeks` with `n` and optional
    `days`; `days_of_month` with `days` (1 to 31, or -1 for the last) and optional `every_months`;
    `weekday_of_month` with `nth` and `weekday`; `cycle` with `on_days` and `off_days`; `dates` with `dates`.
    """
    if not isinstance(value, Mapping):
        raise ScheduleError(f"On which days? {value!r} does not say.")
    kind = value.get("kind")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise ScheduleError(f"On which days? {kind!r} is not a pattern this record knows.")
    fields, read = reader
    unknown = sorted(set(value) - fields - {"kind"})
    if unknown:
        raise ScheduleError(f"A pattern {kind!r} has no {', '.join(map(str, unknown))}.")
    pattern: Pattern = read(value)
    return pattern


def pattern_to_json(pattern: Pattern) -> dict[str, Any]:
    """Return JSON that `pattern_from_json` reads back to an equal pattern."""
    match pattern:
        case Daily():
            return {"kind": "daily"}
        case OnWeekdays(days):
            return {"kind": "weekdays", "days": _weekday_words(days)}
        case EveryNDays(n):
            return {"kind": "every_n_days", "n": n}
        case EveryNWeeks(n, days):
            return {"kind": "every_n_weeks", "n": n, **({"days": _weekday_words(days)} if days else {})}
        case OnDaysOfMonth(month_days, every):
            return {
                "kind": "days_of_month",
                "days": list(month_days),
                **({"every_months": every} if every > 1 else {}),
            }
        case OnWeekdayOfMonth(nth, weekday):
            return {"kind": "weekday_of_month", "nth": nth, "weekday": WEEKDAYS[weekday]}
        case Cycle(on, off):
            return {"kind": "cycle", "on_days": on, "off_days": off}
        case OnDates(dates):
            return {"kind": "dates", "dates": [day.isoformat() for day in sorted(dates)]}


def whole_number(value: object, what: str, *, least: int = 1, most: int = 100_000) -> int:
    """Return a whole number within bounds; raises ScheduleError naming `what`."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ScheduleError(f"{what} must be a whole number from {least} to {most}, not {value!r}.")
    return value


def day_from_json(value: object, what: str) -> date:
    """Return the date in `2026-11-01`; raises ScheduleError naming `what`."""
    if isinstance(value, str) and len(value) == 10:
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ScheduleError(f"{what} must be a date such as 2026-11-01, not {value!r}.")


def _weekday_words(days: frozenset[int]) -> list[str]:
    return [WEEKDAYS[day] for day in sorted(days)]


def _weekdays(value: object) -> frozenset[int]:
    if not isinstance(value, list) or not value:
        raise ScheduleError("Name at least one weekday.")
    for word in value:
        if word not in WEEKDAYS:
            raise ScheduleError(f"{word!r} is not a weekday: use mon, tue, wed, thu, fri, sat, sun.")
    if len(set(value)) != len(value):
        raise ScheduleError("A weekday is named twice.")
    return frozenset(WEEKDAYS.index(word) for word in value)


def _days_of_month(value: Mapping[str, object]) -> OnDaysOfMonth:
    days = value.get("days")
    if not isinstance(days, list) or not days:
        raise ScheduleError("Name at least one day of the month.")
    for day in days:
        if day != -1:
            whole_number(day, "A day of the month", most=31)
    if len(set(days)) != len(days):
        raise ScheduleError("A day of the month is named twice.")
    every = whole_number(value.get("every_months", 1), "Every how many months", most=120)
    return OnDaysOfMonth(tuple(sorted(days, key=lambda day: 32 if day == -1 else day)), every)


def _weekday_of_month(value: Mapping[str, object]) -> OnWeekdayOfMonth:
    nth = value.get("nth")
    if nth != -1:
        nth = whole_number(nth, "Which one of the month", most=4)
    (weekday,) = _weekdays([value.get("weekday")])
    return OnWeekdayOfMonth(nth if isinstance(nth, int) else -1, weekday)


def _dates(value: Mapping[str, object]) -> OnDates:
    dates = value.get("dates")
    if not isinstance(dates, list) or not dates:
        raise ScheduleError("Name at least one date.")
    return OnDates(frozenset(day_from_json(day, "A date") for day in dates))


_READERS: dict[str, tuple[set[str], Any]] = {
    "daily": (set(), lambda value: DAILY),
    "weekdays": ({"days"}, lambda value: OnWeekdays(_weekdays(value.get("days")))),
    "every_n_days": ({"n"}, lambda value: EveryNDays(whole_number(value.get("n"), "Every how many days"))),
    "every_n_weeks": (
        {"n", "days"},
        lambda value: EveryNWeeks(
            whole_number(value.get("n"), "Every how many weeks", most=520),
            _weekdays(value["days"]) if value.get("days") is not None else frozenset(),
        ),
    ),
    "days_of_month": ({"days", "every_months"}, _days_of_month),
    "weekday_of_month": ({"nth", "weekday"}, _weekday_of_month),
    "cycle": (
        {"on_days", "off_days"},
        lambda value: Cycle(
            whole_number(value.get("on_days"), "Days on"), whole_number(value.get("off_days"), "Days off")
        ),
    ),
    "dates": ({"dates"}, _dates),
}
