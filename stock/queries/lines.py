"""What stands in the cupboards of a home: each line with its balance, its packs and what does not add up.

A home has hundreds of lines and packs, and a page shows all of them: they are read as plain values, because making a
row of the model of each took longer than everything else that the page does.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from stock.models import Discrepancy, PackStatus, StockLine

LINES = """
    SELECT line.id, line.home_id, line.resident_id, line.medicine_id, line.unit, line.is_controlled,
           coalesce(last.balance, 0)
      FROM stock_stockline AS line
      JOIN emar_medicine AS medicine ON medicine.id = line.medicine_id
      LEFT JOIN emar_resident AS resident ON resident.id = line.resident_id
      LEFT JOIN LATERAL (
           SELECT balance FROM stock_stockmovement
            WHERE line_id = line.id ORDER BY line_sequence DESC LIMIT 1) AS last ON true
     WHERE line.home_id = %(home)s AND (%(resident)s::bigint IS NULL OR line.resident_id = %(resident)s)
     ORDER BY resident.corridor_order, line.resident_id, medicine.name, line.id
"""
PACKS = """
    SELECT pack.line_id, pack.id::text, pack.label_code, pack.batch, pack.expires_on, pack.opened_on, pack.use_by,
           pack.location, pack.status, pack.booked_in_at
      FROM stock_stockpack AS pack
     WHERE pack.home_id = %(home)s AND pack.status <> %(finished)s
       AND (%(resident)s::bigint IS NULL
            OR pack.line_id IN (SELECT id FROM stock_stockline WHERE resident_id = %(resident)s))
     ORDER BY pack.use_by, pack.expires_on, pack.booked_in_at
"""


class LineInHome(NamedTuple):
    """A stock line with whose it is (None for the home's own) and its medicine."""

    pk: int
    home_id: int
    resident_id: int | None
    medicine_id: str
    unit: str
    is_controlled: bool
    resident: Any
    medicine: Any


class PackInHome(NamedTuple):
    """A pack that is not finished."""

    line_id: int
    id: str
    label_code: str
    batch: str
    expires_on: date | None
    opened_on: date | None
    use_by: date | None
    location: str
    status: str
    booked_in_at: datetime

    @property
    def pk(self) -> UUID:
        """What names it in the database."""
        return UUID(self.id)

    @property
    def last_day(self) -> date | None:
        """The last day on which it may be given from, None where nobody knows."""
        return self.use_by or self.expires_on


@dataclass(frozen=True, slots=True)
class HeldLine:
    """One stock line as it stands: `balance` is what its latest movement left.

    `packs` are those not finished yet, the first to expire first.
    """

    line: LineInHome
    balance: Decimal
    packs: Sequence[PackInHome]
    discrepancies: Sequence[Discrepancy]

    @property
    def packs_in_use(self) -> list[PackInHome]:
        """The packs that may be given from."""
        return [pack for pack in self.packs if pack.status == "in_use"]

    @property
    def quarantined(self) -> list[PackInHome]:
        """The packs that may not be given from and wait to go back."""
        return [pack for pack in self.packs if pack.status == "quarantined"]

    @property
    def first_expiry(self) -> date | None:
        """The earliest day on which a pack in use may no longer be given from, or None when none is known."""
        return min((day for pack in self.packs_in_use if (day := pack.last_day)), default=None)


def held_lines(home_id: int, *, resident_id: int | None = None) -> list[HeldLine]:
    """Return the stock lines of a home or of one resident, by resident and medicine, in five statements.

    Lines that hold nothing, have no pack and no open discrepancy are history and left out.
    """
    asked = {"home": home_id, "resident": resident_id, "finished": PackStatus.FINISHED.value}
    packs_of: dict[int, list[PackInHome]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(LINES, asked)
        lines = cursor.fetchall()
        cursor.execute(PACKS, asked)
        for pack in map(PackInHome._make, cursor.fetchall()):
            packs_of[pack.line_id].append(pack)
    open_of: dict[int, list[Discrepancy]] = defaultdict(list)
    differs = Discrepancy.objects.filter(home_id=home_id, closed_at__isnull=True)
    for discrepancy in differs.order_by("opened_at", "id"):
        open_of[discrepancy.line_id].append(discrepancy)
    found = [row for row in lines if row[-1] or row[0] in packs_of or row[0] in open_of]
    # Residents and medicines are few and lines many: one row each, instead of one a line.
    residents = _rows_of("resident", {row[2] for row in found if row[2] is not None})
    medicines = _rows_of("medicine", {row[3] for row in found})
    return [
        HeldLine(
            LineInHome(*row[:-1], residents.get(row[2]), medicines[row[3]]),
            row[-1],
            packs_of.get(row[0], ()),
            open_of.get(row[0], ()),
        )
        for row in found
    ]


def _rows_of(name: str, ids: Collection[Any]) -> dict[Any, Any]:
    # The ledger names what stands above it, and never imports it.
    of = StockLine._meta.get_field(name).related_model
    return of._default_manager.in_bulk(ids)  # type: ignore[union-attr]


def held_line_of(home_id: int, resident_id: int, medicine_ids: Collection[str | None], unit: str) -> StockLine | None:
    """Return a resident's stock line of a medicine, under any of the codes given; None where there is none."""
    found = StockLine.objects.filter(
        home_id=home_id, resident_id=resident_id, medicine_id__in={each for each in medicine_ids if each}, unit=unit
    )
    return found.order_by("pk").first()
