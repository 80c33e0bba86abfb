"""Which lines are counted first, and what a count says of the book while doses are given meanwhile.

A count never sees the book: what is worked out here happens after somebody has typed a figure, or before they see the
cupboard. Who counts and what follows from a difference is stock.operations.counts' business.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import combinations

#: Controlled drugs are counted by two people every week. (domain.md, Controlled drugs)
CONTROLLED_EVERY = timedelta(days=7)
#: More than this share of what was used and could not be explained is high.
HIGH_DRIFT = Decimal("0.02")
#: Up to so many movements are tried in every combination; of more, anything between them all and none is believed.
FEW = 10

CONTROLLED, BELOW_ZERO, DIFFERS, DRIFTS, NEVER, LONGEST = (
    "controlled", "below_zero", "differs", "drifts", "never", "longest",
)  # fmt: skip
#: Why a line is to be counted, in the order in which they matter.
WHY_WORDS: Mapping[str, str] = {
    CONTROLLED: "Controlled drug, not counted for a week",
    BELOW_ZERO: "The book is below zero",
    DIFFERS: "A difference is open",
    DRIFTS: "Often differs",
    NEVER: "Never counted",
    LONGEST: "Not counted for the longest time",
}


@dataclass(frozen=True, slots=True)
class Countable:
    """A line that holds something, as far as the choice of what to count is concerned.

    `counted_at` is its latest count (of a controlled drug: by two people), `drifted` how much was found to differ
    lately, whichever way, and `used` how much left it in the same time.
    """

    line_id: int
    is_controlled: bool
    balance: Decimal
    counted_at: datetime | None
    drifted: Decimal = Decimal(0)
    used: Decimal = Decimal(0)
    has_difference: bool = False

    @property
    def drift(self) -> Decimal:
        """The share of what was used that could not be accounted for; all of it where nothing was used."""
        if not self.drifted:
            return Decimal(0)
        return self.drifted / self.used if self.used else Decimal(1)


@dataclass(frozen=True, slots=True)
class ToCount:
    """A line that is to be counted, and the first reason for it, a key of WHY_WORDS."""

    line_id: int
    why: str


def what_matters_most(lines: Iterable[Countable], now: datetime, most: int) -> list[ToCount]:
    """Return the lines that are worth a count today, the most pressing first, `most` of them at the most.

    Controlled drugs that nobody counted for a week are all there whatever `most` says, because the law and the home's
    policy ask for them. Then the book below zero, open differences, lines that often differ, lines that were never
    counted, and those that were not counted for the longest time. Of two with the same reason the one with the greater
    drift, then the one counted longer ago, comes first.
    """
    ranked = sorted(
        ((_why(each, now), each) for each in lines),
        key=lambda pair: (
            list(WHY_WORDS).index(pair[0]),
            -pair[1].drift,
            pair[1].counted_at.timestamp() if pair[1].counted_at else float("-inf"),
            pair[1].line_id,
        ),
    )
    found = [ToCount(each.line_id, why) for why, each in ranked]
    return [each for place, each in enumerate(found) if place < most or each.why == CONTROLLED]


def _why(each: Countable, now: datetime) -> str:
    if each.is_controlled and (each.counted_at is None or now - each.counted_at >= CONTROLLED_EVERY):
        return CONTROLLED
    if each.balance < 0:
        return BELOW_ZERO
    if each.has_difference:
        return DIFFERS
    if each.drift > HIGH_DRIFT:
        return DRIFTS
    return NEVER if each.counted_at is None else LONGEST


@dataclass(frozen=True, slots=True)
class Part:
    """One pack that was counted, or with no pack what stands beside them.

    `after_sequence` is the line's last movement when it was counted.
    """

    pack_id: str | None
    quantity: Decimal
    after_sequence: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A movement of the line while it was counted: which pack it names, and what it added to what the home holds."""

    sequence: int
    pack_id: str | None
    change: Decimal


def held_now(parts: Sequence[Part], moves: Iterable[Moved], book: Decimal) -> Decimal:
    """Return what must stand in the cupboard now, from packs that were counted one after the other.

    A dose given from a pack after that pack was counted is taken off; one given before is not, because whoever counted
    saw it gone. Of a dose that names no pack, between the first and the last pack counted, nobody can say which it
    was: whatever agrees best with the book is believed, so that a movement during a count is never a difference.
    """
    counted = sum((each.quantity for each in parts), Decimal(0))
    if not parts:
        return counted
    after = {each.pack_id: each.after_sequence for each in parts if each.pack_id is not None}
    first = min(each.after_sequence for each in parts)
    last = max(each.after_sequence for each in parts)
    unsure = []
    for each in moves:
        if each.pack_id in after:
            counted += each.change if each.sequence > after[each.pack_id] else 0
        elif each.sequence > last:
            counted += each.change
        elif each.sequence > first:
            unsure.append(each.change)
    return counted + _nearest(unsure, book - counted)


def _nearest(changes: Sequence[Decimal], wanted: Decimal) -> Decimal:
    """Return the sum of some of these changes that comes nearest to what is wanted."""
    if len(changes) > FEW:
        lowest = sum((each for each in changes if each < 0), Decimal(0))
        highest = sum((each for each in changes if each > 0), Decimal(0))
        return min(max(wanted, lowest), highest)
    sums = (
        sum(chosen, Decimal(0)) for size in range(len(changes) + 1) for chosen in combinations(changes, size)
    )  # fmt: skip
    return min(sums, key=lambda each: abs(each - wanted))
