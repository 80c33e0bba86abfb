"""Which whole packs make up a quantity, and what do they cost?

A surgery prescribes and a pharmacy supplies whole packs wherever it can, so what is ordered is packs, never tablets.
How much is needed is rules.forecast's business; which sizes exist is dm+d's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache
from itertools import combinations

from emar.rules.amounts import plain

#: How much one of these holds of the unit that a home counts, where dm+d counts a pack otherwise: 20 drops to the
#: millilitre (BP), insulin of 100 units to it, 5 ml to the spoonful.
PER_ML = {"drop": Decimal(20), "unit": Decimal(100), "5ml spoonful": Decimal("0.2")}
#: Units of which a pharmacy can take some out of a pack.
COUNTED_OUT = frozenset({"tablet", "capsule"})
#: What is one and the same thing under two names.
SAME = {"puff": "dose", "spray": "dose", "actuation": "dose", "g": "gram", "millilitre": "ml"}


@dataclass(frozen=True, slots=True)
class PackSize:
    """A size in which a medicine is supplied: `holds` so much, in the unit that the home counts.

    `price_pence` is the price of one pack, None where it is not known. `part_of` is set where the pharmacy is asked to
    count out a part of a pack: how much the whole one holds.
    """

    pack_id: str
    name: str
    holds: Decimal
    price_pence: int | None = None
    part_of: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PackCount:
    """So many packs of one size."""

    size: PackSize
    count: int

    @property
    def quantity(self) -> Decimal:
        """How much is in all of them."""
        return self.size.holds * self.count

    @property
    def price_pence(self) -> int | None:
        """What they cost together, None where the price is not known."""
        return None if self.size.price_pence is None else self.size.price_pence * self.count

    @property
    def words(self) -> str:
        """Write it as people order it: 1 pack of 28, 2 packs of 56, 18 out of a pack of 28."""
        if self.size.part_of is not None:
            return f"{plain(self.quantity)} out of a pack of {plain(self.size.part_of)}"
        return f"{self.count} pack{'' if self.count == 1 else 's'} of {plain(self.size.holds)}"


def quantity_of(packs: Iterable[PackCount]) -> Decimal:
    """Return how much these packs hold together."""
    return sum((each.quantity for each in packs), Decimal(0))


def price_of(packs: Iterable[PackCount]) -> int | None:
    """Return what these packs cost together in pence; None when one of them has no known price."""
    prices = [each.price_pence for each in packs]
    known = [each for each in prices if each is not None]
    return sum(known) if len(known) == len(prices) else None


def words_of(packs: Sequence[PackCount]) -> str:
    """Write packs as people order them: "1 pack of 84 and 1 pack of 28"."""
    return " and ".join(each.words for each in packs)


def holds_in(quantity: Decimal, unit: str, counted_in: str) -> Decimal | None:
    """Return how much a pack of so much holds in the unit that the home counts; None where nobody can know."""
    unit, counted_in = (_one_name(each) for each in (unit, counted_in))
    if unit == counted_in:
        return quantity
    return quantity * PER_ML[counted_in] if unit == "ml" and counted_in in PER_ML else None


def _one_name(unit: str) -> str:
    unit = unit.lower().strip()
    return SAME.get(unit, unit)


@lru_cache(maxsize=16384)
def choose_packs(need: Decimal, sizes: tuple[PackSize, ...]) -> tuple[PackCount, ...]:
    """Return the whole packs that hold at least `need` with the least left over; none for no need or no size.

    One size is taken wherever it will do, because a mixed order is easily dispensed wrongly. Two sizes together are
    taken where that leaves over at least a quarter of the smallest pack less, or where it is as much in half as many
    packs (112 as 84 and 28). Of equals, fewer packs, then the cheaper. More need never gives a smaller quantity.
    """
    if need <= 0 or not sizes:
        return ()
    among = _distinct(sizes)
    single = min((_fill(need, size) for size in among), key=_preference)
    mixes = [mix for one, two in combinations(among, 2) for mix in _mixes(need, one, two)]
    if mixes:
        mixed = min(mixes, key=_preference)
        saved = quantity_of(single) - quantity_of(mixed)
        is_simpler = not saved and 2 * _boxes(mixed) <= _boxes(single)
        if is_simpler or saved >= min(size.holds for size in among) / 4:
            return tuple(sorted(mixed, key=lambda each: -each.size.holds))
    return single


def count_out(need: Decimal, sizes: tuple[PackSize, ...]) -> tuple[PackCount, ...]:
    """Return whole packs as far as they go, and for the rest a part of one, counted out: never less than `need`.

    For an order that lines up with a cycle. Where no whole pack is smaller than the need, all of it is counted out.
    """
    whole = choose_packs(need, sizes)
    over = quantity_of(whole) - need.to_integral_value(ROUND_CEILING)
    if not whole or over <= 0:
        return whole
    last = whole[-1]
    rest = last.size.holds - over
    price = None if last.size.price_pence is None else int(-(-last.size.price_pence * rest // last.size.holds))
    part = PackCount(replace(last.size, holds=rest, price_pence=price, part_of=last.size.holds), 1)
    kept = (*whole[:-1], *((replace(last, count=last.count - 1),) if last.count > 1 else ()))
    return (*kept, part)


def _fill(need: Decimal, size: PackSize) -> tuple[PackCount, ...]:
    return (PackCount(size, int((need / size.holds).to_integral_value(ROUND_CEILING))),)


def _mixes(need: Decimal, one: PackSize, two: PackSize) -> Iterable[tuple[PackCount, ...]]:
    large, small = (one, two) if one.holds > two.holds else (two, one)
    for count in range(1, int(need / large.holds) + 1):
        rest = need - large.holds * count
        if rest > 0:
            yield PackCount(large, count), *_fill(rest, small)


def _preference(packs: Sequence[PackCount]) -> tuple[Decimal, int, float]:
    price = price_of(packs)
    return quantity_of(packs), _boxes(packs), float("inf") if price is None else price


def _boxes(packs: Sequence[PackCount]) -> int:
    return sum(each.count for each in packs)


def _distinct(sizes: Sequence[PackSize]) -> list[PackSize]:
    """Return one pack of each size, the cheapest, the smallest sizes first."""
    best: dict[Decimal, PackSize] = {}
    for size in sizes:
        known = best.get(size.holds)
        if known is None or _price(size) < _price(known):
            best[size.holds] = size
    return [best[holds] for holds in sorted(best)]


def _price(size: PackSize) -> tuple[float, str]:
    return (float("inf") if size.price_pence is None else size.price_pence, size.pack_id)
