"""What stands in the cupboard of one line, day by day, as it really is and as the book says?"""

from dataclasses import dataclass, field

NEVER = 10**9


@dataclass(slots=True)
class Pack:
    """What is left in one pack, and its last day of use."""

    holds: int
    last_day: int
    is_opened: bool = False


@dataclass(slots=True)
class Shelf:
    """The packs of one line. `opened_days` is how long one lasts once opened, None where opening shortens nothing.

    `book` is what the ledger says, which is not always what is there.
    """

    opened_days: int | None
    packs: list[Pack] = field(default_factory=list)
    holds: int = 0
    book: int = 0

    def put(self, holds: int, last_day: int) -> None:
        """Put a pack there and write it down."""
        self.packs.append(Pack(holds, last_day))
        self.packs.sort(key=_turn)
        self.holds += holds
        self.book += holds

    def throw_away_old(self, day: int) -> int:
        """Throw away what is past its last day; return how much."""
        gone = 0
        while self.packs and self.packs[0].last_day < day:
            gone += self.packs.pop(0).holds
        if len(self.packs) > 1 and any(pack.last_day < day for pack in self.packs):
            gone += sum(pack.holds for pack in self.packs if pack.last_day < day)
            self.packs = [pack for pack in self.packs if pack.last_day >= day]
        self.holds -= gone
        self.book = max(self.book - gone, 0)
        return gone

    def take(self, units: int, day: int) -> None:
        """Take units that are there, the pack that goes over first before the others."""
        self.holds -= units
        while units:
            pack = self.packs[0]
            if not pack.is_opened:
                pack.is_opened = True
                if self.opened_days is not None:
                    pack.last_day = min(pack.last_day, day + self.opened_days - 1)
            taken = min(units, pack.holds)
            pack.holds -= taken
            units -= taken
            if not pack.holds:
                self.packs.pop(0)

    def copy(self) -> "Shelf":
        """Return a shelf that can be used up without touching this one."""
        packs = [Pack(pack.holds, pack.last_day, pack.is_opened) for pack in self.packs]
        return Shelf(self.opened_days, packs, self.holds, self.book)


def _turn(pack: Pack) -> tuple[bool, int]:
    return not pack.is_opened, pack.last_day
