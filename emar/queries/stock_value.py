"""What the stock of a home is worth, and what was lost of it, by dm+d's prices: in part, where a price is missing.

Worth is counted line by line: the balance, or what left, times what one unit costs. Nothing is stored.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q

from emar.models import Pack
from emar.queries.medicines import products_of
from emar.rules.prices import PricedPack, UnitPrice, unit_price, worth
from stock.models import Place, StockLine
from stock.queries.balances import line_balances

SOURCE_WORDS = {str(value): str(label) for value, label in Pack.PriceSource.choices}
#: Where stock is lost to: what left and did not reach a person. What came back from there counts against it.
LOST = [Place.WASTE.value, Place.RETURNED.value, Place.UNEXPLAINED.value]

LOSSES = """
    SELECT line_id, place, reason, on_month, sum(moved)
      FROM (SELECT line_id, destination AS place, reason, quantity AS moved, moved_at
              FROM stock_stockmovement
             WHERE home_id = %(home)s AND destination = ANY (%(lost)s)
               AND moved_at >= %(since)s AND moved_at < %(until)s
            UNION ALL
            SELECT line_id, source, reason, -quantity, moved_at
              FROM stock_stockmovement
             WHERE home_id = %(home)s AND source = ANY (%(lost)s)
               AND moved_at >= %(since)s AND moved_at < %(until)s) AS went,
           LATERAL (SELECT date_trunc('month', moved_at AT TIME ZONE 'Europe/London')::date) AS month (on_month)
     GROUP BY 1, 2, 3, 4
"""
LAST_SUPPLIED = """
    SELECT DISTINCT ON (pack.line_id) pack.line_id, pack.product_id
      FROM stock_stockpack AS pack
     WHERE pack.home_id = %(home)s AND pack.product_id IS NOT NULL
     ORDER BY pack.line_id, pack.booked_in_at DESC, pack.id DESC
"""


@dataclass(frozen=True, slots=True)
class LineWorth:
    """One line that the home holds something of: `price` and `pence` are None where dm+d has no price in its unit."""

    line: StockLine
    balance: Decimal
    price: UnitPrice | None

    @property
    def pence(self) -> Decimal | None:
        """What the line is worth, in whole pence."""
        return worth(self.balance, self.price) if self.price is not None else None


@dataclass(frozen=True, slots=True)
class Lost:
    """What was lost for one reason, or in one month: pence of what has a price, and how many lines have none."""

    pence: Decimal
    without_price: int
    with_price: int


@dataclass(frozen=True, slots=True)
class StockValue:
    """What a home holds and what it lost. `by_reason` is keyed by (place, reason), `by_month` by the month's first."""

    lines: Sequence[LineWorth]
    by_reason: Mapping[tuple[str, str], Lost]
    by_month: Mapping[date, Lost]
    lost: Lost

    @property
    def pence(self) -> Decimal:
        """What those lines are worth that have a price."""
        return sum((each.pence for each in self.lines if each.pence is not None), Decimal(0))

    @property
    def without_price(self) -> int:
        """How many lines have no price, so that the value is only part of it."""
        return sum(each.price is None for each in self.lines)


def stock_value(home_id: int, since: datetime, until: datetime) -> StockValue:
    """Return what the home holds now, the most costly first, and what was lost in a period. Eight statements.

    A line below nothing is worth nothing: what is missing there is looked for under Differences.
    """
    names = {"home": home_id, "lost": LOST, "since": since, "until": until}
    losses, supplied = _rows(LOSSES, names), dict(_rows(LAST_SUPPLIED, names))
    balances = {each.line_id: each.balance for each in line_balances(home_id)}
    wanted = {pk for pk, balance in balances.items() if balance > 0} | {line_id for line_id, *_ in losses}
    found = StockLine.objects.filter(home_id=home_id, pk__in=wanted).prefetch_related("medicine", "resident")
    lines = {each.pk: each for each in found}
    prices = _prices(lines.values(), supplied)
    held = [LineWorth(line, balances[pk], prices[pk]) for pk, line in lines.items() if balances[pk] > 0]
    return StockValue(
        sorted(held, key=lambda each: (-(each.pence or 0), each.line.medicine.name, each.line.pk)),
        _summed(losses, prices, lambda row: (row[1], row[2])),
        _summed(losses, prices, lambda row: row[3]),
        _summed(losses, prices, lambda _: None).get(None, Lost(Decimal(0), 0, 0)),
    )


def _rows(sql: str, names: Mapping[str, object]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, names)
        return cursor.fetchall()


def _summed(
    losses: Iterable[tuple[Any, ...]], prices: Mapping[int, UnitPrice | None], key: Callable[[tuple[Any, ...]], Any]
) -> dict[Any, Lost]:
    """Add up what was lost under each key: what came back from there takes away from it."""
    amounts: dict[Any, dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in losses:
        amounts[key(row)][row[0]] += row[4]
    found = {}
    for name, by_line in amounts.items():
        moved = {pk: amount for pk, amount in by_line.items() if amount}
        priced = [worth(amount, price) for pk, amount in moved.items() if (price := prices[pk]) is not None]
        if moved:
            found[name] = Lost(sum(priced, Decimal(0)), len(moved) - len(priced), len(priced))
    return found


def _prices(lines: Iterable[StockLine], supplied: Mapping[int, str]) -> dict[int, UnitPrice | None]:
    lines = list(lines)
    packs = Pack.objects.filter(pk__in=set(supplied.values())).select_related("generic").in_bulk()
    products = products_of({each.medicine_id for each in lines})
    generics: dict[str, list[PricedPack]] = defaultdict(list)
    of_these = Q(medicine__in=products) | Q(medicine__in=set(products.values()))
    for pack in Pack.objects.filter(of_these, kind="generic", price_pence__isnull=False):
        generics[products.get(pack.medicine_id, pack.medicine_id)].append(_priced(pack))
    found = {}
    for line in lines:
        own = packs.get(supplied.get(line.pk, ""))
        if own is not None and own.price_pence is None and own.generic is not None:
            own = own.generic
        product = products.get(line.medicine_id, line.medicine_id)
        found[line.pk] = unit_price(_priced(own) if own else None, generics[product], line.unit)
    return found


def _priced(pack: Pack) -> PricedPack:
    return PricedPack(pack.price_pence, pack.quantity, pack.unit, pack.price_source, pack.price_on)
