"""What one due dose is: a value computed from a prescription, never stored.

Its identity is the prescription's lineage and `due_at`; so no schedule gives two due doses one instant.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from emar.rules.amounts import Amount, amount_to_json, plain

DueEvent = Literal["give", "put_on", "take_off"]


@dataclass(frozen=True, slots=True)
class Part:
    """How many of one strength make up part of a dose: two of the 3 mg tablet."""

    strength: Decimal
    count: Decimal


class DueDose(NamedTuple):
    """A dose that falls due: at `due_at` (UTC), so much of `unit`.

    `round_name` is the round it is given in, None for a clock time. `slot` is the place of the dose among
    all slots of the schedule. `event` is `give`, or for patches `put_on` (which takes off the one before)
    and `take_off`. `parts` says which strengths make up the dose. `reading` names what must be measured
    first. `opens_at` and `closes_at` are set only where the window does not follow from the schedule's
    minutes alone (loosely timed doses, daily totals).

    A named tuple, not a dataclass: a home's chart makes tens of thousands, and these are made four times
    as fast.
    """

    due_at: datetime
    amount: Amount
    unit: str
    round_name: str | None
    slot: int
    event: DueEvent = "give"
    parts: tuple[Part, ...] = ()
    reading: str | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """Return `due_at`, `amount`, `unit`, `round`, and what else is not the usual."""
        found: dict[str, Any] = {
            "due_at": utc_text(self.due_at),
            "amount": amount_to_json(self.amount),
            "unit": self.unit,
            "round": self.round_name,
        }
        if self.event != "give":
            found["event"] = self.event
        if self.parts:
            found["parts"] = [[plain(part.strength), plain(part.count)] for part in self.parts]
        if self.reading is not None:
            found["reading"] = self.reading
        if self.opens_at is not None:
            found["opens_at"] = utc_text(self.opens_at)
        if self.closes_at is not None:
            found["closes_at"] = utc_text(self.closes_at)
        return found


def utc_text(moment: datetime) -> str:
    """Return `2026-11-01T08:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Answered:
    """A dose that was given, as far as later doses depend on it: which one was due, and when it happened.

    `due_at` None is a patch put back on after it fell off.
    """

    due_at: datetime | None
    given_at: datetime
