"""What is known around one pack at the door: what it is, what is expected and prescribed, what its code is bound to.

A constant number of statements, however long the delivery note is; what it all means is rules.receiving's job.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import F, Q

from emar.models import Medicine, Pack, Prescription, Presence, Suspension
from emar.queries.medicines import codes_of, ingredients_of, medicines_for_gtin, packs_for_gtin, products_of
from emar.queries.policy import policy_of
from emar.queries.presences import GONE, where_residents_are
from emar.queries.schedules import schedule_of
from emar.queries.taken import counted_unit, strengths_of, wanted
from emar.rules.amounts import ScheduleError
from emar.rules.controlled import control_of
from emar.rules.wall_clock import local_day
from ordering.models import BookedPack, Delivery, DeliveryLine
from ordering.rules.keeping import Kept, contents_in, place_for
from ordering.rules.receiving import Box, Door, Expected, Prescribed
from stock.models import PackStatus, Place, StockLine, StockPack
from stock.queries.recalls import recalled
from stock.rules.gs1 import ScanValue

#: What a delivery without a date of its own has to last: one cycle, counted from the day it comes.
CYCLE = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Product:
    """What a code means: the medicines it may be, and the one pack of dm+d where it is only one."""

    medicines: tuple[Medicine, ...] = ()
    pack: Pack | None = None
    is_taught: bool = False

    @property
    def name(self) -> str:
        """What is printed on it, as far as is known."""
        if self.pack is not None:
            return self.pack.medicine.name
        return self.medicines[0].name if self.medicines else ""


class Listed(NamedTuple):
    """An expected line as far as a scan asks: a row a pack would be too dear on a list of hundreds."""

    id: UUID
    words: str
    medicine_words: str
    resident_id: int | None
    is_for_home: bool
    medicine_id: str | None
    gtin: str
    quantity: Decimal | None
    unit: str
    packs: int
    asked_by: UUID | None
    asked: Decimal | None


class Taken(NamedTuple):
    """A prescription as far as a scan asks."""

    id: UUID
    resident_id: int
    medicine_id: str
    name: str
    must_be_brand: bool
    stopped_at: datetime | None
    stop_reason: str
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Around:
    """A pack and the door it came to. `lines` are the delivery's expected lines by id."""

    box: Box
    door: Door
    product: Product
    lines: Mapping[str, Listed] = field(default_factory=dict)


def product_of_gtin(home_id: int, gtin: str, on: date) -> Product:
    """Return what a GTIN means in this home: by dm+d, else by what its staff taught. Three statements at most."""
    packs = packs_for_gtin(gtin, on=on)
    if packs:
        medicines = {each.medicine_id: each.medicine for each in packs}
        return Product(tuple(medicines.values()), packs[0] if len(packs) == 1 else None)
    taught = medicines_for_gtin(gtin, on=on, home=home_id)
    return Product(tuple(taught), is_taught=bool(taught))


def box_of(scan: ScanValue, product: Product) -> Box:
    """Return a scan as a box: what the code says, and what dm+d says of such a pack."""
    ids = [each.pk for each in product.medicines]
    known = products_of(ids)
    ingredients = ingredients_of(ids[:1])
    expires = scan.expires_on
    return Box(
        gtin=scan.key if scan.kind == "gtin" else "",
        products=frozenset(known.get(each, each) for each in ids),
        brands=frozenset(ids),
        ingredients=frozenset(ingredients.get(ids[0], ())) if ids else frozenset(),
        contents=product.pack.quantity if product.pack else None,
        unit=product.pack.unit if product.pack else "",
        batch=scan.batch.value if scan.batch else "",
        serial=scan.serial.value if scan.serial and scan.serial.confirmed else "",
        expires_on=expires.value if expires else None,
        is_expiry_sure=expires is None or expires.confirmed,
    )


def around(delivery: Delivery, box: Box, product: Product, now: datetime, *, bag: int | None = None) -> Around:
    """Return everything that decides what this pack means here and now; `bag` is the resident whose bag is open."""
    home_id, today = delivery.home_id, local_day(now)
    rows = DeliveryLine.objects.filter(delivery=delivery).order_by("position").values_list(*Listed._fields)
    lines = [Listed(*row) for row in rows]
    prescriptions = _prescriptions(home_id)
    named = products_of(
        {each.medicine_id for each in lines if each.medicine_id} | {each.medicine_id for each in prescriptions}
    )
    inside = ingredients_of(
        {each.medicine_id for each in lines if each.medicine_id} | {each.medicine_id for each in prescriptions}
    )
    paused = set(
        Suspension.objects.filter(home_id=home_id, resumed_at__isnull=True).values_list("prescription_id", flat=True)
    )
    where = where_residents_are(home_id, until=now)
    door = Door(
        today=today,
        expected=_expected(delivery, lines, named, inside),
        prescribed=[_prescribed(each, named, inside, paused, now) for each in prescriptions],
        open_resident_id=delivery.resident_id or bag,
        usable_until=delivery.covers_until_on or today + CYCLE,
        bound_to=_bound(home_id, box),
        recall=_recall(home_id, box),
        has_quarantined_batch=_has_quarantined_batch(home_id, box),
        gone=frozenset(pk for pk, presence in where.items() if presence in GONE),
        away=frozenset(pk for pk, presence in where.items() if presence not in (*GONE, Presence.PRESENT)),
    )
    return Around(box, door, product, {str(each.id): each for each in lines})


def _prescriptions(home_id: int) -> list[Taken]:
    """Return the prescriptions that nobody replaced, the latest last: what is given, and what was stopped."""
    found = Prescription.objects.filter(home_id=home_id, replaced_by__isnull=True).order_by("written_at", "pk")
    columns = ["medicine__name" if name == "name" else name for name in Taken._fields]
    return [Taken(*row) for row in found.values_list(*columns)]


def _prescribed(
    each: Taken,
    named: Mapping[str, str],
    inside: Mapping[str, Sequence[str]],
    paused: Collection[UUID],
    now: datetime,
) -> Prescribed:
    is_stopped = each.stopped_at is not None and each.stopped_at <= now
    return Prescribed(
        id=str(each.id),
        resident_id=each.resident_id,
        product=named.get(each.medicine_id, each.medicine_id),
        medicine_id=each.medicine_id,
        name=each.name,
        ingredients=frozenset(inside.get(each.medicine_id, ())),
        must_be_brand=each.must_be_brand,
        is_stopped=is_stopped,
        stopped_on=local_day(each.stopped_at) if is_stopped and each.stopped_at else None,
        stop_reason=each.stop_reason,
        is_checked=each.checked_at is not None,
        is_paused=each.id in paused,
    )


def _expected(
    delivery: Delivery,
    lines: Sequence[Listed],
    named: Mapping[str, str],
    inside: Mapping[str, Sequence[str]],
) -> list[Expected]:
    come = come_of_lines(delivery)
    elsewhere = _elsewhere(delivery, [each.asked_by for each in lines if each.asked_by is not None])
    found = []
    for each in lines:
        amount, packs = come.get(each.id, (Decimal(0), 0))
        medicine = each.medicine_id or ""
        found.append(
            Expected(
                id=str(each.id),
                resident_id=each.resident_id,
                product=named.get(medicine, medicine),
                gtin=each.gtin,
                quantity=each.quantity,
                unit=each.unit,
                packs=each.packs,
                booked=amount,
                booked_packs=packs,
                asked=each.asked,
                elsewhere=elsewhere.get(each.asked_by, Decimal(0)) if each.asked_by else Decimal(0),
                ingredients=frozenset(inside.get(medicine, ())),
                is_for_home=each.is_for_home,
            )
        )
    return found


def come_of_lines(delivery: Delivery) -> dict[UUID, tuple[Decimal, int]]:
    """Return how much, and how many packs, have come of each expected line. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT booked.line_id, sum(booked.answers), count(*)
              FROM ordering_bookedpack AS booked
             WHERE booked.home_id = %s AND booked.delivery_id = %s AND booked.line_id IS NOT NULL
               AND NOT EXISTS (SELECT FROM ordering_undonebooking WHERE booked_id = booked.id)
             GROUP BY booked.line_id
            """,
            [delivery.home_id, delivery.pk],
        )
        return {line_id: (amount, packs) for line_id, amount, packs in cursor.fetchall()}


def _elsewhere(delivery: Delivery, asked_by: Sequence[UUID]) -> dict[UUID, Decimal]:
    """Return what other deliveries have brought of the same order lines. One statement, none where no order is."""
    if not asked_by:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT line.asked_by, sum(booked.answers)
              FROM ordering_deliveryline AS line
              JOIN ordering_bookedpack AS booked ON booked.home_id = line.home_id AND booked.line_id = line.id
             WHERE line.home_id = %s AND line.asked_by = ANY (%s) AND line.delivery_id <> %s
               AND NOT EXISTS (SELECT FROM ordering_undonebooking WHERE booked_id = booked.id)
             GROUP BY line.asked_by
            """,
            [delivery.home_id, list(asked_by), delivery.pk],
        )
        return dict(cursor.fetchall())


def _bound(home_id: int, box: Box) -> dict[str, object] | None:
    """Return which pack of this home has this GTIN and serial already, whoever's it is."""
    if not (box.gtin and box.serial):
        return None
    held = StockPack.objects.filter(home_id=home_id, gtin=box.gtin, serial=box.serial)
    pack = held.select_related("line__resident", "line__medicine").first()
    if pack is None:
        return None
    booked = BookedPack.objects.filter(home_id=home_id, pack=pack).first()
    return {
        "pack_id": str(pack.pk),
        "label_code": pack.label_code,
        "resident": pack.line.resident.full_name if pack.line.resident else "the home’s own stock",
        "medicine": pack.line.medicine.name,
        "at": pack.booked_in_at.isoformat(),
        "delivery_id": str(booked.delivery_id) if booked else "",
        "is_part": bool(booked and box.contents is not None and booked.answers < box.contents),
    }


def _recall(home_id: int, box: Box) -> str:
    """Return what is said of a recall in force that is about this box, "" when there is none."""
    found = recalled(home_id, gtin=box.gtin, batch=box.batch)
    return f"{found.product} ({found.told_by})" if found else ""


def _has_quarantined_batch(home_id: int, box: Box) -> bool:
    """Whether other boxes of this batch are put aside here for something that may be wrong with all of them.

    A pack that only waits for its second check says nothing about its batch.
    """
    if not (box.gtin and box.batch):
        return False
    waiting = BookedPack.objects.filter(home_id=home_id, must_be_checked=True, packcheck__isnull=True)
    aside = StockPack.objects.filter(
        home_id=home_id, gtin=box.gtin, batch=box.batch, status=PackStatus.QUARANTINED
    ).exclude(pk__in=waiting.values("pack_id"))
    return aside.exclude(
        pk__in=BookedPack.objects.filter(home_id=home_id, is_quarantined=True).values("pack_id")
    ).exists()


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where a pack for this owner goes: its stock line's unit, how much it holds in that unit, and the place.

    `product` is the generic medicine that the line is of. `is_controlled` asks for a second person and the register.
    """

    product: str
    unit: str
    contents: Decimal | None
    place: str
    is_controlled: bool


def shelf_for(home_id: int, resident_id: int | None, medicine: Medicine, box: Box) -> Shelf:
    """Return where and how a pack of this medicine is kept for a resident, or for the home.

    Under whichever code the medicine was prescribed. Seven statements, and one more where doses are by weight.
    """
    product = medicine.generic_id or medicine.pk
    codes = codes_of([product])[product]
    same = Q(medicine_id__in=codes) | Q(medicine__generic_id__in=codes)
    prescribed = None
    if resident_id is not None:
        own = Prescription.objects.filter(same, home_id=home_id, resident_id=resident_id)
        # What is given now says how it is counted; what was stopped last says it where nothing is given.
        latest = own.select_related("medicine").order_by(F("stopped_at").desc(nulls_first=True), "-written_at")
        prescribed = latest.first()
    lines = StockLine.objects.filter(home_id=home_id, resident_id=resident_id, medicine_id__in=codes)
    line = lines.order_by("pk").last()
    unit = _counted_in(prescribed) if prescribed else line.unit if line else box.unit or medicine.dose_unit or "pack"
    also = frozenset(policy_of(home_id).also_controlled or ())
    control = control_of(medicine.controlled_drug_category, is_in_policy=bool(also & {medicine.pk, product}))
    is_controlled = (
        control.needs_register or bool(prescribed and prescribed.is_controlled) or bool(line and line.is_controlled)
    )
    packs = StockPack.objects.filter(home_id=home_id, line__medicine_id=product)
    last = packs.filter(opened_on__isnull=True).order_by("booked_in_at").last()
    in_use = line is not None and packs.filter(line=line, status=PackStatus.IN_USE).exists()
    kept = Kept(medicine.atc_code, control.needs_cupboard or is_controlled, last.location if last else "", in_use)
    contents = contents_in(unit, box.contents, box.unit, _last_contents(home_id, product))
    return Shelf(product, unit, contents, place_for(kept), is_controlled)


def _counted_in(prescribed: Prescription) -> str:
    """Return what is counted in the cupboard of a prescription: tablets, where its doses are in milligrams."""
    try:
        strengths = strengths_of(prescribed.home_id, [wanted(prescribed)])
        return counted_unit(schedule_of(prescribed), strengths, str(prescribed.pk))
    except ScheduleError:
        return str(prescribed.schedule.get("unit") or prescribed.medicine.dose_unit or "pack")


def _last_contents(home_id: int, product: str) -> dict[str, Decimal]:
    """Return what the latest pack of a product was booked in as, by unit of count."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT ON (line.unit) line.unit, moved.quantity
              FROM stock_stockline AS line
              JOIN stock_stockmovement AS moved ON moved.line_id = line.id
             WHERE line.home_id = %s AND line.medicine_id = %s AND moved.source = %s AND moved.pack_id IS NOT NULL
             ORDER BY line.unit, moved.moved_at DESC
            """,
            [home_id, product, Place.SUPPLIER.value],
        )
        return dict(cursor.fetchall())
