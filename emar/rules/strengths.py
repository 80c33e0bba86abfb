"""Which tablets make up a dose when several strengths are in the trolley: 4 mg is one 3 mg and one 1 mg."""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from emar.rules.due import Part

_MOST_TABLETS = 40


def make_up(dose: Decimal, strengths: Sequence[Decimal], *, halves: bool = False) -> tuple[Part, ...] | None:
    """Return the fewest tablets that make up a dose exactly, largest first; None when none do.

    A tablet is halved only when `halves` allows it and no whole tablets make the dose, and then only one,
    because two halves of unlike tablets are how doses are miscounted.
    """
    return _make_up(dose, tuple(sorted(strengths, reverse=True)), halves)


@lru_cache(maxsize=4096)
def _make_up(dose: Decimal, strengths: tuple[Decimal, ...], halves: bool) -> tuple[Part, ...] | None:
    whole = _fewest(dose, strengths, _MOST_TABLETS)
    if whole is None and halves:
        tries = [
            (strength, rest)
            for strength in strengths
            if dose >= strength / 2 and (rest := _fewest(dose - strength / 2, strengths, _MOST_TABLETS)) is not None
        ]
        if tries:
            strength, rest = min(tries, key=lambda each: (sum(each[1].values()), each[0]))
            counts = {each: Decimal(count) for each, count in rest.items()}
            counts[strength] = counts.get(strength, Decimal(0)) + Decimal("0.5")
            return _parts(counts)
    return None if whole is None else _parts({each: Decimal(count) for each, count in whole.items()})


def _fewest(dose: Decimal, strengths: tuple[Decimal, ...], most: int) -> dict[Decimal, int] | None:
    """Return the fewest whole tablets, by strength; of equals, the one with more of the larger strengths."""
    if dose == 0:
        return {}
    if not strengths:
        return None
    largest, smaller = strengths[0], strengths[1:]
    best: dict[Decimal, int] | None = None
    for count in range(min(int(dose // largest), most), -1, -1):
        rest = _fewest(dose - count * largest, smaller, most - count)
        if rest is None:
            continue
        found = {largest: count, **rest} if count else rest
        if best is None or sum(found.values()) < sum(best.values()):
            best = found
    return best


def _parts(counts: dict[Decimal, Decimal]) -> tuple[Part, ...]:
    return tuple(Part(strength, counts[strength]) for strength in sorted(counts, reverse=True))
