"""What a reading taken before a dose decides: how much insulin, or that the dose is held.

The reading is a number in the scale's own unit (mmol/L, beats a minute). A reading that no step covers is a
question for a clinician, never an amount worked out from its neighbours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any, Literal

from emar.rules.amounts import NOTHING, Amount, ScheduleError, amount_from_json, amount_to_json, plain

#: What may be measured before a dose, by the record's word: how it is said, and in what it is measured.
READINGS: Mapping[str, tuple[str, str]] = {
    "pulse": ("pulse", "a minute"),
    "blood_glucose": ("blood glucose", "mmol/L"),
    "blood_pressure": ("blood pressure, the upper figure", "mmHg"),
    "temperature": ("temperature", "°C"),
    "respirations": ("breaths", "a minute"),
    "inr": ("INR", ""),
}


@dataclass(frozen=True, slots=True)
class Step:
    """From a reading (inclusive) to below another, this amount; `amount` None: give none and call for advice."""

    at_least: Decimal | None
    below: Decimal | None
    amount: Amount | None
    words: str = ""

    def covers(self, reading: Decimal) -> bool:
        """Return whether the reading falls in this step."""
        return (self.at_least is None or reading >= self.at_least) and (self.below is None or reading < self.below)


@dataclass(frozen=True, slots=True)
class HoldRule:
    """The dose is held when the reading is below or above a limit; at the limit it is given.

    `words` say what to do then ("ring the GP").
    """

    reading: str
    below: Decimal | None = None
    above: Decimal | None = None
    words: str = ""

    def holds(self, value: Decimal) -> bool:
        """Return whether this value means the dose is not given."""
        return (self.below is not None and value < self.below) or (self.above is not None and value > self.above)


@dataclass(frozen=True, slots=True)
class ReadingAnswer:
    """What to do after a reading: `give` an amount, `hold` the dose, or `ask` for advice; with its words."""

    action: Literal["give", "hold", "ask"]
    amount: Amount
    words: str = ""


def dose_for_reading(
    fixed: Amount, scale: Sequence[Step], holds: Sequence[HoldRule], readings: Mapping[str, Decimal], name: str
) -> ReadingAnswer:
    """Return what to do once the readings are taken.

    A hold rule decides before the scale. `name` is the reading the scale goes by; without a scale the
    amount is the fixed one. A reading that is missing, or that no step of the scale covers, is asked about.
    """
    for rule in holds:
        value = readings.get(rule.reading)
        if value is None:
            return ReadingAnswer("ask", NOTHING, f"Take the {rule.reading.replace('_', ' ')} first.")
        if rule.holds(value):
            return ReadingAnswer("hold", NOTHING, rule.words)
    if not scale:
        return ReadingAnswer("give", fixed)
    reading = readings.get(name)
    if reading is None:
        return ReadingAnswer("ask", NOTHING, f"Take the {name.replace('_', ' ')} first.")
    for step in scale:
        if step.covers(reading):
            if step.amount is None:
                return ReadingAnswer("hold", NOTHING, step.words)
            return ReadingAnswer("give", step.amount, step.words)
    return ReadingAnswer("ask", NOTHING, "The scale says nothing about this reading: ask for advice.")


def range_of(scale: Sequence[Step]) -> Amount:
    """Return the least and the most that a scale can give, nothing included where a step gives none."""
    lows = [Decimal(0) if step.amount is None else step.amount.low for step in scale]
    highs = [Decimal(0) if step.amount is None else step.amount.high for step in scale]
    return Amount(min(lows), max(highs))


def scale_from_json(value: object) -> tuple[Step, ...]:
    """Return the steps in `[{"at_least"?, "below"?, "amount": {...}|null, "words"?}]`; raises ScheduleError.

    Steps go upwards, never overlap and leave no gap between them: a reading in a gap would have no dose.
    """
    if not isinstance(value, list) or not value:
        raise ScheduleError("A scale needs at least one step.")
    steps = tuple(_step(each) for each in value)
    for before, after in pairwise(steps):
        if before.below is None or before.below != after.at_least:
            raise ScheduleError("The steps of a scale must follow each other without a gap or an overlap.")
    for step in steps:
        if step.at_least is not None and step.below is not None and step.below <= step.at_least:
            raise ScheduleError("A step of a scale must end above where it begins.")
    if all(step.amount is None for step in steps):
        raise ScheduleError("A scale must give a dose somewhere.")
    return steps


def scale_to_json(scale: Sequence[Step]) -> list[dict[str, Any]]:
    """Return JSON that `scale_from_json` reads back."""
    return [
        {
            **({} if step.at_least is None else {"at_least": plain(step.at_least)}),
            **({} if step.below is None else {"below": plain(step.below)}),
            "amount": None if step.amount is None else amount_to_json(step.amount),
            **({"words": step.words} if step.words else {}),
        }
        for step in scale
    ]


def hold_from_json(value: object) -> HoldRule:
    """Return the rule in `{"reading", "below"?, "above"?, "words"?}`; raises ScheduleError."""
    if not isinstance(value, Mapping) or set(value) - {"reading", "below", "above", "words"}:
        raise ScheduleError(f"A hold rule has a reading, a limit below or above, and words, not {value!r}.")
    rule = HoldRule(
        _word(value.get("reading")),
        _limit(value.get("below"), "The limit below"),
        _limit(value.get("above"), "The limit above"),
        _words(value.get("words")),
    )
    if rule.below is None and rule.above is None:
        raise ScheduleError("A hold rule needs a limit below or above which the dose is held.")
    return rule


def hold_to_json(rule: HoldRule) -> dict[str, Any]:
    """Return JSON that `hold_from_json` reads back."""
    return {
        "reading": rule.reading,
        **({} if rule.below is None else {"below": plain(rule.below)}),
        **({} if rule.above is None else {"above": plain(rule.above)}),
        **({"words": rule.words} if rule.words else {}),
    }


def _step(value: object) -> Step:
    if not isinstance(value, Mapping) or set(value) - {"at_least", "below", "amount", "words"}:
        raise ScheduleError(f"A step of a scale has at_least, below, amount and words, not {value!r}.")
    return Step(
        _limit(value.get("at_least"), "Where a step begins"),
        _limit(value.get("below"), "Where a step ends"),
        None if value.get("amount") is None else amount_from_json(value["amount"]),
        _words(value.get("words")),
    )


def _limit(value: object, what: str) -> Decimal | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ScheduleError(f'{what} must be a number written as text, such as "60", not {value!r}.')
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ScheduleError(f"{what} is not a number: {value!r}.") from None
    if not number.is_finite():
        raise ScheduleError(f"{what} is not a number: {value!r}.")
    return number


def _word(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ScheduleError("Name the reading, such as pulse or blood_glucose.")
    return value


def _words(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ScheduleError(f"Words are text, not {value!r}.")
    return value
