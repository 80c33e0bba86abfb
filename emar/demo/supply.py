"""What stands in a demo home's cupboards: packs delivered every 28 days, used up in order, thrown away in time.

The shelf is the generator's own memory of what each pack still holds, so that a dose is only taken from a pack
that has one; the ledger, which every delivery and every dose goes through, is the record.
"""

import math
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import connection

from emar.demo.chance import draw, id_at
from emar.demo.usual_doses import UsualDose
from emar.models import CareHome, Medicine, PackCode, Resident, StaffMember
from emar.rules.wall_clock import local_day
from stock.models import Location, PackStatus, Place, StockLine, StockPack
from stock.operations.ledger import LineKey, line_ids, lock_home, write_movements
from stock.queries.balances import line_balances
from stock.rules.balance import Movement
from stock.rules.codes import new_label_code

DAY = timedelta(days=1)
CYCLE_DAYS, BUFFER_DAYS = 28, 7
FRIDGE = {"Latanoprost 50micrograms/ml eye drops"}
NOTHING = Decimal(0)
#: GS1 keeps 952 for demonstrations: no real box has such a number.
DEMO_GTINS = "0952"


@dataclass(slots=True)
class ShelfPack:
    """One pack as the generator remembers it; `holds` is what should be left in it."""

    row: StockPack
    holds: Decimal
    is_changed: bool = False


@dataclass(slots=True)
class ShelfLine:
    """One resident's stock of one medicine: its packs, the oldest first, and how much a day uses up.

    `name` is the same in every filling with this seed, whatever numbers the database gave out.
    """

    line_id: int
    key: LineKey
    name: str
    usual: UsualDose
    is_controlled: bool
    daily_use: Decimal
    packs: list[ShelfPack] = field(default_factory=list)

    @property
    def holds(self) -> Decimal:
        """What should be left in all its packs."""
        return sum((pack.holds for pack in self.packs), NOTHING)

    def open_pack(self, amount: Decimal, on: date) -> ShelfPack | None:
        """Return the pack that the next dose comes from, opened if it was not; None when too little is left."""
        if self.holds < amount:
            return None
        pack = next(pack for pack in self.packs if pack.holds > 0)
        if pack.row.opened_on is None:
            pack.row.opened_on, pack.row.location = on, self.place_when_open()
            if self.usual.unit in ("drop", "unit"):
                # Eye drops and a pen of insulin last 28 days, the day of opening counted.
                pack.row.use_by = min(on + 27 * DAY, pack.row.expires_on or date.max)
            pack.is_changed = True
        return pack

    def place_when_open(self) -> str:
        """Where an opened pack is kept."""
        if self.is_controlled:
            return Location.CD_CABINET.value
        return Location.TROLLEY.value

    def use(self, amount: Decimal) -> None:
        """Take an amount from the oldest packs that hold something."""
        for pack in self.packs:
            taken = min(pack.holds, amount)
            pack.holds -= taken
            amount -= taken
            if taken and not pack.holds:
                pack.row.status, pack.is_changed = PackStatus.FINISHED.value, True
            if not amount:
                return

    def found(self, difference: Decimal) -> None:
        """Correct what the packs hold by what a count found: more in the one that is open, or less."""
        if difference < 0:
            self.use(min(-difference, self.holds))
        elif self.packs:
            pack = next((pack for pack in self.packs if pack.holds > 0), self.packs[-1])
            pack.holds += difference


@dataclass(frozen=True, slots=True)
class Product:
    """One supplier's box of a medicine: its id among the packs, its GTIN and how much is in it."""

    pack_id: str
    gtin: str
    quantity: Decimal


class Shelf:
    """Everything a home keeps for its residents' prescriptions, by resident and medicine."""

    def __init__(self, home: CareHome, seed: str) -> None:
        self.home, self.seed = home, seed
        self.lines: dict[tuple[int, str], ShelfLine] = {}
        self.label_codes: set[str] = set()
        self._products: dict[str, list[Product]] = {}

    def open_lines(self, wanted: Mapping[tuple[int, str], tuple[Medicine, UsualDose, bool, Decimal]]) -> None:
        """Remember a line for each resident and medicine, with what its packs hold by the ledger."""
        lock_home(self.home.pk)
        names = dict(Resident.objects.filter(home=self.home).values_list("pk", "label_code"))
        keys = {key: LineKey(key[0], key[1], usual.unit) for key, (_, usual, _, _) in wanted.items()}
        ids = line_ids(home_id=self.home.pk, keys=keys.values())
        for key, (_, usual, is_controlled, daily_use) in wanted.items():
            self.lines[key] = ShelfLine(
                ids[keys[key]], keys[key], f"{names[key[0]]} {key[1]}", usual, is_controlled, daily_use
            )
        controlled = [line.line_id for line in self.lines.values() if line.is_controlled]
        StockLine.objects.filter(pk__in=controlled, is_controlled=False).update(is_controlled=True)
        self._products = products_of({medicine.pk for medicine, *_ in wanted.values()})
        self._remember_packs()

    def _remember_packs(self) -> None:
        left = _left_in_packs(self.home.pk)
        by_line = {line.line_id: line for line in self.lines.values()}
        rows = StockPack.objects.filter(home=self.home).order_by("booked_in_at", "pk")
        for row in rows:
            self.label_codes.add(row.label_code)
            if row.status == PackStatus.IN_USE and row.line_id in by_line:
                by_line[row.line_id].packs.append(ShelfPack(row, max(left.get(str(row.pk), NOTHING), NOTHING)))
        balances = {each.line_id: each.balance for each in line_balances(self.home.pk)}
        for line in by_line.values():
            # Doses recorded without a pack left the line but no pack: the oldest pack had them.
            line.use(max(line.holds - max(balances.get(line.line_id, NOTHING), NOTHING), NOTHING))

    def deliver(
        self, wanted: Sequence[tuple[ShelfLine, int]], *, by: StaffMember, witness: StaffMember, at: datetime
    ) -> None:
        """Book in so many packs for each line, as one delivery, through the ledger."""
        head = lock_home(self.home.pk)
        packs, movements = [], []
        for line, how_many in wanted:
            chance = draw(self.seed, self.home.name, "delivery", line.name, at.date())
            for number in range(how_many):
                product = chance.choice(self._products[line.key.medicine_id])
                quantity = Decimal(line.usual.per_pack or product.quantity)
                row = self._pack(line, product, number, chance, by, at)
                packs.append(row)
                line.packs.append(ShelfPack(row, quantity))
                movements.append(
                    Movement(
                        id=str(id_at(at, self.seed, row.label_code, "in")),
                        line_id=line.line_id,
                        quantity=quantity,
                        source=Place.SUPPLIER.value,
                        destination=Place.HOME.value,
                        reason="booked_in",
                        moved_at=at,
                        moved_by_id=by.pk,
                        witness_id=witness.pk if line.is_controlled and witness.pk != by.pk else None,
                        pack_id=str(row.pk),
                    )
                )
        StockPack.objects.bulk_create(packs)
        write_movements(home_id=self.home.pk, movements=movements, at=at, head=head)

    def _pack(
        self,
        line: ShelfLine,
        product: Product,
        number: int,
        chance: random.Random,
        by: StaffMember,
        at: datetime,
    ) -> StockPack:
        while True:
            label = new_label_code("own_label", choose=chance.choice)
            if label not in self.label_codes:
                break
        self.label_codes.add(label)
        expires = _end_of_month(local_day(at) + chance.randint(200, 900) * DAY)
        if line.is_controlled:
            location = Location.CD_CABINET
        else:
            location = Location.FRIDGE if line.usual.medicine in FRIDGE else Location.CUPBOARD
        return StockPack(
            id=id_at(at, self.seed, label, number),
            home=self.home,
            line_id=line.line_id,
            product_id=product.pack_id,
            label_code=label,
            gtin=product.gtin,
            serial="".join(chance.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=12)) if chance.random() < 0.6 else "",
            batch=f"{chance.choice('ABCDEFGHKLMNPRSTVW')}{chance.randint(10_000, 99_999)}",
            expires_on=expires,
            use_by=expires,
            location=location.value,
            booked_in_at=at,
            booked_in_by=by,
        )

    def packs_needed(self, line: ShelfLine, days: int) -> int:
        """Return how many whole packs keep a line for so many days, beyond what it holds."""
        need = line.daily_use * days - line.holds
        if need <= 0:
            return 0
        size = line.usual.per_pack or min(each.quantity for each in self._products[line.key.medicine_id])
        return math.ceil(need / Decimal(size))

    def throw_away_old(self, on: date, *, by: StaffMember, at: datetime) -> None:
        """Waste what is left of opened packs whose days are over, through the ledger."""
        movements = []
        for line in self.lines.values():
            for pack in line.packs:
                if pack.holds > 0 and pack.row.use_by is not None and pack.row.use_by < on:
                    movements.append(
                        Movement(
                            id=str(id_at(at, self.seed, pack.row.label_code, "waste")),
                            line_id=line.line_id,
                            quantity=pack.holds,
                            source=Place.HOME.value,
                            destination=Place.WASTE.value,
                            reason="opened_too_long" if pack.row.opened_on else "out_of_date",
                            moved_at=at,
                            moved_by_id=by.pk,
                            pack_id=str(pack.row.pk),
                        )
                    )
                    pack.holds = NOTHING
                    pack.row.status, pack.is_changed = PackStatus.FINISHED.value, True
        write_movements(home_id=self.home.pk, movements=movements, at=at)

    def save(self) -> None:
        """Write which packs were opened, moved and finished."""
        changed = [pack.row for line in self.lines.values() for pack in line.packs if pack.is_changed]
        with connection.cursor() as cursor:
            # One statement: Django's bulk update writes a CASE of a thousand branches for each field.
            cursor.execute(
                """
                UPDATE stock_stockpack AS pack
                   SET opened_on = now.opened_on, use_by = now.use_by, status = now.status, location = now.location
                  FROM unnest(%s::uuid[], %s::date[], %s::date[], %s::text[], %s::text[])
                       AS now (id, opened_on, use_by, status, location)
                 WHERE pack.id = now.id
                """,
                [
                    [str(row.pk) for row in changed],
                    [row.opened_on for row in changed],
                    [row.use_by for row in changed],
                    [row.status for row in changed],
                    [row.location for row in changed],
                ],
            )
        for line in self.lines.values():
            line.packs = [pack for pack in line.packs if pack.row.status == PackStatus.IN_USE]
            for pack in line.packs:
                pack.is_changed = False


def products_of(medicine_ids: Iterable[str]) -> dict[str, list[Product]]:
    """Return the boxes in which each medicine is supplied by the demo's own suppliers."""
    found: dict[str, list[Product]] = defaultdict(list)
    codes = (
        PackCode.objects.filter(pack__medicine__generic_id__in=list(medicine_ids), ends_on__isnull=True)
        .order_by("gtin")
        .values_list("pack__medicine__generic_id", "pack_id", "gtin", "pack__quantity")
    )
    for medicine_id, pack_id, gtin, quantity in codes:
        # Real boxes have real GTINs, which a dm+d release may have brought; the demo delivers invented ones.
        if gtin.startswith(DEMO_GTINS):
            found[medicine_id].append(Product(pack_id, gtin, quantity))
    return found


def _left_in_packs(home_id: int) -> dict[str, Decimal]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT pack_id::text,
                   sum(CASE WHEN destination = 'home' THEN quantity WHEN source = 'home' THEN -quantity ELSE 0 END)
              FROM stock_stockmovement WHERE home_id = %s AND pack_id IS NOT NULL GROUP BY pack_id
            """,
            [home_id],
        )
        return dict(cursor.fetchall())


def _end_of_month(day: date) -> date:
    return (day.replace(day=1) + 31 * DAY).replace(day=1) - DAY
