"""What a dose on a pharmacy label says, as structure: how much, how often, when, for how long, how to take it.

This is what a sentence says and no more: it has no start date and knows no rounds. Reading sentences is
rules.direction_reading's job, writing them rules.direction_words', and the way to a prescription's schedule
rules.direction_schedule's.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from emar.rules.amounts import Amount, amount_to_json, plain
from emar.rules.patterns import WEEKDAYS

PeriodUnit = Literal["minute", "hour", "day", "week", "month", "year"]


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high` of something counted in whole numbers or halves; equal when there is only one."""

    low: Decimal
    high: Decimal

    def to_json(self) -> dict[str, str]:
        """Return both figures as decimal strings."""
        return {"low": plain(self.low), "high": plain(self.high)}


def just(number: int | Decimal) -> Range:
    """Return the range of one number."""
    return Range(Decimal(number), Decimal(number))


@dataclass(frozen=True, slots=True)
class Frequency:
    """So many times in each period: twice a day; once every 4 to 6 hours. `is_up_to`: at most so often."""

    times: Range
    period: Range
    unit: PeriodUnit
    is_up_to: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return `times`, `period` with its unit, and `up_to`."""
        return {
            "times": self.times.to_json(),
            "period": {**self.period.to_json(), "unit": self.unit},
            "up_to": self.is_up_to,
        }


DAILY = Frequency(just(1), just(1), "day")


@dataclass(frozen=True, slots=True)
class Dose:
    """One dose of a step: how much, and its own times, weekdays and site.

    `amount` None: the sentence gives none ("apply"). `unit` None: a bare number ("one twice a day"), which
    counts the product. `strength` is said where the sentence names it ("two 500mg tablets"). `at` are times
    of day: words such as `morning`, `with breakfast`, `bedtime`, or `08:00`. `is_once`: a single dose.
    """

    amount: Amount | None = None
    unit: str | None = None
    frequency: Frequency | None = None
    at: tuple[str, ...] = ()
    weekdays: frozenset[int] = frozenset()
    dates: tuple[date, ...] = ()
    site: str | None = None
    is_once: bool = False
    strength: str | None = None

    @property
    def has_time(self) -> bool:
        """Whether anything says when."""
        return bool(self.frequency or self.at or self.weekdays or self.dates or self.is_once)

    def to_json(self) -> dict[str, Any]:
        """Return what is said, null or empty where nothing is."""
        return {
            "amount": None if self.amount is None else amount_to_json(self.amount),
            "unit": self.unit,
            "strength": self.strength,
            "frequency": None if self.frequency is None else self.frequency.to_json(),
            "at": list(self.at),
            "weekdays": [WEEKDAYS[day] for day in sorted(self.weekdays)],
            "dates": [day.isoformat() for day in self.dates],
            "site": self.site,
            "once": self.is_once,
        }


@dataclass(frozen=True, slots=True)
class Food:
    """How a dose stands to food: `before`, `with`, `after`, `with_or_after`, `empty_stomach`; minutes from it."""

    relation: str
    minutes: Range | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the relation and the minutes."""
        return {"relation": self.relation, "minutes": None if self.minutes is None else self.minutes.to_json()}


@dataclass(frozen=True, slots=True)
class Most:
    """The most in so many hours: an amount (of `unit`, None: of the product) or a number of doses."""

    amount: Decimal | None
    unit: str | None
    doses: int | None = None
    hours: int = 24

    def to_json(self) -> dict[str, Any]:
        """Return the amount or the doses, and the hours."""
        return {
            "amount": None if self.amount is None else plain(self.amount),
            "unit": self.unit,
            "doses": self.doses,
            "hours": self.hours,
        }


@dataclass(frozen=True, slots=True)
class Duration:
    """For how long: a range of `unit` (day, week, month, or dose)."""

    length: Range
    unit: str

    def to_json(self) -> dict[str, Any]:
        """Return the range with its unit."""
        return {**self.length.to_json(), "unit": self.unit}


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of the directions: doses that go on side by side, and what holds for all of them.

    `min_gap_hours` is the least time between doses. `rest_days` are days without, after which the step
    begins again. `notes` are advice in standard words that changes no dose.
    """

    doses: tuple[Dose, ...]
    verb: str | None = None
    route: str | None = None
    is_as_required: bool = False
    reason: str | None = None
    is_as_directed: bool = False
    food: Food | None = None
    duration: Duration | None = None
    most: Most | None = None
    min_gap_hours: Range | None = None
    rest_days: int | None = None
    upright_minutes: int | None = None
    starts_on: date | None = None
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return what is said, null, false or empty where nothing is."""
        return {
            "doses": [dose.to_json() for dose in self.doses],
            "verb": self.verb,
            "route": self.route,
            "as_required": self.is_as_required,
            "reason": self.reason,
            "as_directed": self.is_as_directed,
            "food": None if self.food is None else self.food.to_json(),
            "duration": None if self.duration is None else self.duration.to_json(),
            "max": None if self.most is None else self.most.to_json(),
            "min_gap_hours": None if self.min_gap_hours is None else self.min_gap_hours.to_json(),
            "rest_days": self.rest_days,
            "upright_minutes": self.upright_minutes,
            "starts_on": None if self.starts_on is None else self.starts_on.isoformat(),
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Direction:
    """A whole sentence: steps one after the other ("… for 7 days, then …").

    `medicine` is the name in front, when the sentence has one. `missing` lists what a complete dose still
    needs that the sentence does not say: `amount`, `when`.
    """

    steps: tuple[Step, ...]
    medicine: str | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """What the sentence leaves open."""
        found = []
        for step in self.steps:
            for dose in step.doses:
                # Creams and mouthwashes are used without an amount.
                if dose.amount is None and step.verb not in AMOUNTLESS_VERBS:
                    found.append("amount")
                if not dose.has_time and not step.is_as_required:
                    found.append("when")
        return tuple(dict.fromkeys(found))

    def to_json(self) -> dict[str, Any]:
        """Return `medicine`, `steps`, `missing`."""
        return {
            "medicine": self.medicine,
            "steps": [step.to_json() for step in self.steps],
            "missing": list(self.missing),
        }


AMOUNTLESS_VERBS = frozenset({"apply", "use", "rinse", "wash", "gargle"})


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """A sentence that was refused: why, and the words that were not understood."""

    why: str
    words: str

    def to_json(self) -> dict[str, str]:
        """Return `refused` and `not_understood`."""
        return {"refused": self.why, "not_understood": self.words}
