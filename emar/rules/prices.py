"""What one unit of a medicine costs the NHS, as far as dm+d knows.

dm+d prices packs: a supplier's box has the NHS indicative price, a generic pack the Drug Tariff's. A price is only
used where the pack is counted in the same unit as the stock; everything else is said to have no price, never guessed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

PENNY = Decimal(1)


@dataclass(frozen=True, slots=True)
class PricedPack:
    """A pack with its price in pence: how much it holds, in what unit, by whose price of which day."""

    pence: int | None
    quantity: Decimal
    unit: str
    source: str
    priced_on: date | None


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """The pence that one `unit` costs, exact; `source` and `priced_on` say whose price it is, of which day."""

    pence: Decimal
    unit: str
    source: str
    priced_on: date | None


def unit_price(supplied: PricedPack | None, generics: Iterable[PricedPack], unit: str) -> UnitPrice | None:
    """Return what one unit of a line costs: by the pack that was supplied, else by the cheapest generic pack.

    The cheapest, so that a value is never made larger than it is. None where no pack in this unit has a price.
    """
    if supplied is not None and (own := _for_one(supplied, unit)) is not None:
        return own
    known = [price for pack in generics if (price := _for_one(pack, unit)) is not None]
    return min(known, key=lambda each: each.pence, default=None)


def _for_one(pack: PricedPack, unit: str) -> UnitPrice | None:
    if not pack.pence or pack.quantity <= 0 or pack.unit.casefold() != unit.casefold():
        return None
    return UnitPrice(Decimal(pack.pence) / pack.quantity, unit, pack.source, pack.priced_on)


def worth(quantity: Decimal, price: UnitPrice) -> Decimal:
    """Return what a quantity in the price's unit costs, in whole pence, halves up."""
    return (quantity * price.pence).quantize(PENNY, ROUND_HALF_UP)
