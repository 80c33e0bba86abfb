"""Which pack is given from next: the one that can be used for the shortest time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class PackInUse(Generic[Key]):
    """A pack that may be given from: its last day, whether it is open, and a key that says when it came in."""

    key: Key
    last_day: date | None
    is_open: bool
    order: str


def first_out(packs: Iterable[PackInUse[Key]], today: date) -> Key | None:
    """Return the pack to take next: an open one before it is opened for nothing, then the first to expire.

    A pack that is over its last day is never suggested; one whose last day nobody knows comes after those that have
    one. None where no pack is left to give from. (First expired, first out: NICE SC1 1.10)
    """
    in_date = [each for each in packs if each.last_day is None or each.last_day >= today]
    if not in_date:
        return None
    return min(in_date, key=lambda each: (not each.is_open, each.last_day or date.max, each.order)).key
