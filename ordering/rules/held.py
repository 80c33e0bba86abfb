"""What of the stock of one medicine can still be used on which day, and how long does it last?

Stock is used in the order in which it goes over, opened packs first. What is expired, put aside, or has been open for
too long does not count, and neither does what will be when its turn comes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from stock.rules.expiry import Lasts, use_by

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class HeldPack:
    """What is left in one pack: `last_day` is the last day of use, None where none is known.

    `from_day` is set on packs that are still to come: the first day on which they can be used.
    """

    holds: Decimal
    last_day: date | None = None
    is_opened: bool = False
    is_put_aside: bool = False
    from_day: date | None = None


@dataclass(frozen=True, slots=True)
class NotUsable:
    """How much of what stands there does not count, and why."""

    put_aside: Decimal = NOTHING
    expired: Decimal = NOTHING

    @property
    def total(self) -> Decimal:
        """All of it."""
        return self.put_aside + self.expired


@dataclass(frozen=True, slots=True)
class UsedUp:
    """What became of a stock while it was used day by day.

    `missing` is how much was wanted and not there, by day; `spoilt` went over before its turn; `left` are the packs
    that still hold something usable afterwards.
    """

    missing: dict[date, Decimal]
    spoilt: Decimal
    left: tuple[HeldPack, ...]

    @property
    def holds(self) -> Decimal:
        """How much is left."""
        return sum((pack.holds for pack in self.left), NOTHING)

    def missing_from(self, day: date) -> Decimal:
        """Return how much was missing on a day and after it."""
        return sum((much for each, much in self.missing.items() if each >= day), NOTHING)


def agreed(balance: Decimal, packs: Sequence[HeldPack]) -> list[HeldPack]:
    """Return the packs holding together what the ledger says the home holds.

    Doses recorded without a pack left the line but no pack: the packs in use that go over first had them. What the
    line holds beyond its packs is stock whose expiry nobody knows. A balance below zero is an open discrepancy, and
    nothing to count on.
    """
    spare = sum((pack.holds for pack in packs), NOTHING) - max(balance, NOTHING)
    if spare < 0:
        return [*packs, HeldPack(-spare)]
    found = []
    for pack in sorted(packs, key=lambda each: (each.is_put_aside, _turn(each))):
        gone = min(pack.holds, spare)
        spare -= gone
        if pack.holds > gone:
            found.append(pack if not gone else replace(pack, holds=pack.holds - gone))
    return found


def not_usable(packs: Iterable[HeldPack], today: date) -> NotUsable:
    """Return how much stands there today that may not be given."""
    aside = expired = NOTHING
    for pack in packs:
        if pack.is_put_aside:
            aside += pack.holds
        elif pack.last_day is not None and pack.last_day < today:
            expired += pack.holds
    return NotUsable(aside, expired)


def use_up(packs: Iterable[HeldPack], uses: Iterable[tuple[date, Decimal]], lasts: Lasts | None = None) -> UsedUp:
    """Use stock day by day and return what was missing, what went over, and what is left.

    `uses` are in order of days, one for each day. `lasts` is how long a pack may be used once it is opened, None for
    a medicine that opening does not shorten. Packs put aside count for nothing.
    """
    waiting = sorted((pack for pack in packs if not pack.is_put_aside and pack.holds > 0), key=_turn)
    # What each pack holds is kept beside it: a new value for each day of each line would be most of an order's time.
    holds = [pack.holds for pack in waiting]
    missing: dict[date, Decimal] = {}
    spoilt = NOTHING
    for day, wanted in uses:
        place = 0
        while wanted > 0 and place < len(waiting):
            pack, there = waiting[place], holds[place]
            if pack.last_day is not None and pack.last_day < day:
                spoilt += there
                del waiting[place], holds[place]
            elif pack.from_day is not None and pack.from_day > day:
                place += 1
            elif there <= wanted:
                wanted -= there
                del waiting[place], holds[place]
            else:
                there -= wanted
                wanted = NOTHING
                if pack.is_opened:
                    holds[place] = there
                else:
                    # The pack now open is used before every other one, whatever their expiry.
                    del waiting[place], holds[place]
                    pack = HeldPack(there, use_by(day, lasts, pack.last_day), True, from_day=pack.from_day)
                    turn = _turn(pack)
                    place = next((at for at, each in enumerate(waiting) if _turn(each) > turn), len(waiting))
                    waiting.insert(place, pack)
                    holds.insert(place, there)
        if wanted > 0:
            missing[day] = missing.get(day, NOTHING) + wanted
    left = (
        pack if pack.holds == much else HeldPack(much, pack.last_day, pack.is_opened, from_day=pack.from_day)
        for pack, much in zip(waiting, holds, strict=True)
    )
    return UsedUp(missing, spoilt, tuple(left))


def _turn(pack: HeldPack) -> tuple[bool, date, date]:
    return not pack.is_opened, pack.last_day or date.max, pack.from_day or date.min


def usable_on(packs: Iterable[HeldPack], day: date) -> Decimal:
    """Return how much of these packs may be given from on a day."""
    return sum(
        (
            pack.holds
            for pack in packs
            if not pack.is_put_aside
            and (pack.last_day is None or pack.last_day >= day)
            and (pack.from_day is None or pack.from_day <= day)
        ),
        NOTHING,
    )


@lru_cache(maxsize=1024)
def days_between(first: date, until: date) -> tuple[date, ...]:
    """Return the days from one until before another."""
    return tuple(first + timedelta(days=place) for place in range((until - first).days))
