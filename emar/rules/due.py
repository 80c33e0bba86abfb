"""What one due dose is: a value computed from a prescription, never stored.

Its identity is the prescription's lineage and `due_at`; so no schedule gives two due doses one instant.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from emar.rules.amounts import Amount

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


@dataclass(frozen=True, slots=True)
class Answered:
    """A dose that was given, as far as later doses depend on it: which one was due, and when it happened.

    `due_at` None is a patch put back on after it fell off.
    """

    due_at: datetime | None
    given_at: datetime
