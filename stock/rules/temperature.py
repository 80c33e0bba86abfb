"""Is what a thermometer said in order, and does it need doing something about?

Medicines for the fridge keep between 2 and 8 °C, both allowed; the others below 25 °C. The lowest and the highest
since the last reset count as much as the temperature of the moment: a fridge that froze in the night may be at 5 °C
in the morning. (domain.md, Storage)
"""

from dataclasses import dataclass
from decimal import Decimal

UNIT = "°C"
#: A thermometer that says less or more than this was misread.
COLDEST, HOTTEST = Decimal(-40), Decimal(60)


@dataclass(frozen=True, slots=True)
class Range:
    """Which temperatures are in order, in °C: from `low` (None: however cold) up to `high`.

    `high` itself is in order only where `is_high_allowed`.
    """

    low: Decimal | None
    high: Decimal
    is_high_allowed: bool = True

    def is_too_warm(self, temperature: Decimal) -> bool:
        """Return whether a temperature is above what is in order."""
        return temperature > self.high or (temperature == self.high and not self.is_high_allowed)

    def is_too_cold(self, temperature: Decimal) -> bool:
        """Return whether a temperature is below what is in order."""
        return self.low is not None and temperature < self.low

    @property
    def words(self) -> str:
        """Write the range: 2 to 8 °C, below 25 °C."""
        high = _plain(self.high)
        if self.low is None:
            return f"up to {high} {UNIT}" if self.is_high_allowed else f"below {high} {UNIT}"
        upper = f"to {high}" if self.is_high_allowed else f"to below {high}"
        return f"{_plain(self.low)} {upper} {UNIT}"


FRIDGE = Range(Decimal(2), Decimal(8))
ROOM = Range(None, Decimal(25), is_high_allowed=False)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a thermometer showed: now, and the lowest and highest since it was last reset."""

    current: Decimal
    lowest: Decimal
    highest: Decimal


def is_out_of_range(seen: Seen, allowed: Range) -> bool:
    """Return whether anything that the thermometer showed is not in order."""
    return bool(out_of_range_words(seen, allowed))


def out_of_range_words(seen: Seen, allowed: Range) -> list[str]:
    """Return what is not in order, a phrase each: "now 9.1 °C, too warm"; empty when all is."""
    found = []
    named = (("now", seen.current), ("lowest", seen.lowest), ("highest", seen.highest))
    for name, temperature in named:
        if allowed.is_too_warm(temperature):
            found.append(f"{name} {_plain(temperature)} {UNIT}, too warm")
        elif allowed.is_too_cold(temperature):
            found.append(f"{name} {_plain(temperature)} {UNIT}, too cold")
    return found


def misread_words(seen: Seen) -> str:
    """Return what cannot be so about a reading, as a sentence; empty for one that can."""
    if not all(COLDEST <= each <= HOTTEST for each in (seen.current, seen.lowest, seen.highest)):
        return f"A thermometer shows between {COLDEST} and {HOTTEST} {UNIT}: look again."
    if seen.lowest > seen.current:
        return "The lowest cannot be above the temperature now: look again which is which."
    if seen.highest < seen.current:
        return "The highest cannot be below the temperature now: look again which is which."
    return ""


def _plain(temperature: Decimal) -> str:
    # A temperature has a whole or one decimal; 8.0 is said as 8.
    return f"{temperature.normalize():f}"
