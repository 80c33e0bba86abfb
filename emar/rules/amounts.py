"""How much one dose is: an amount or a range, exact, with the words JSON uses for it.

Amounts are Decimal and go through JSON as decimal strings. What an amount is made up of (a 1 mg and a 3 mg
tablet for 4 mg) is rules.strengths' job.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any


class ScheduleError(ValueError):
    """What is wrong with a schedule, in words a person at the desk can act on."""


@dataclass(frozen=True, slots=True)
class Amount:
    """One dose: `low` to `high` of the unit on the same row; the two are equal for a fixed dose."""

    low: Decimal
    high: Decimal

    @property
    def is_range(self) -> bool:
        """Whether the carer chooses ("1 or 2") and so must record which."""
        return self.low != self.high

    def __add__(self, other: "Amount") -> "Amount":
        """Return both amounts taken together."""
        return Amount(self.low + other.low, self.high + other.high)

    def __str__(self) -> str:
        """Return the amount as people read it: `1`, `0.5`, `1 to 2`."""
        return plain(self.low) if not self.is_range else f"{plain(self.low)} to {plain(self.high)}"


NOTHING = Amount(Decimal(0), Decimal(0))


def plain(quantity: Decimal) -> str:
    """Return a quantity without exponent or trailing zeros: a dose of `1.0` misread as ten is a known harm.

    Source: ISMP and NHS guidance against trailing zeros.
    """
    text = format(quantity, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def quantity_from_json(value: object, what: str) -> Decimal:
    """Return the positive decimal that a JSON string holds; raises ScheduleError naming `what`.

    Floats are refused, because they are not the number that was typed.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ScheduleError(f'{what} must be a number written as text, such as "1" or "2.5", not {value!r}.')
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ScheduleError(f"{what} is not a number: {value!r}.") from None
    if not number.is_finite() or number <= 0:
        raise ScheduleError(f"{what} must be more than nothing, not {value!r}.")
    return number


def amount_from_json(value: object, what: str = "The amount") -> Amount:
    """Return the amount in `{"low": "1", "high": "2"}`; raises ScheduleError."""
    if not isinstance(value, Mapping):
        raise ScheduleError(f"{what} must have a low and a high figure, not {value!r}.")
    unknown = set(value) - {"low", "high"}
    if unknown or "low" not in value:
        raise ScheduleError(f"{what} must have a low and a high figure and nothing else.")
    low = quantity_from_json(value["low"], what)
    high = quantity_from_json(value.get("high", value["low"]), what)
    if high < low:
        raise ScheduleError(f"{what} goes from {plain(low)} down to {plain(high)}: put the smaller figure first.")
    return Amount(low, high)


def amount_to_json(amount: Amount) -> dict[str, Any]:
    """Return `{"low": "1", "high": "1"}`, which `amount_from_json` reads back to an equal amount."""
    return {"low": plain(amount.low), "high": plain(amount.high)}
