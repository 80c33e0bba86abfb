"""What a demo home can book in: a delivery note of a pharmacy that does not exist, and the boxes that came with it.

The boxes are only codes to print: two of them are wrong on purpose, so that whoever tries the demo sees them caught.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from emar.demo.chance import id_at
from emar.demo.council import team_of
from emar.demo.supply import Product, products_of
from emar.models import CareHome, Medicine, MedicineIngredient, Prescription, Resident
from emar.rules.wall_clock import local_day
from emar.scope import scope
from ordering.models import Delivery, DeliveryLine
from ordering.operations import deliveries
from ordering.queries.door import CYCLE
from stock.rules.expiry import last_of_month

SENDER = "Estuary Pharmacy (demo)"
PEOPLE, EACH = 3, 4
#: No scanner and no person takes these for each other.
SERIAL_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class DemoBox:
    """One box to scan: whose label it carries, what is in it, its code, and what is wrong with it on purpose."""

    resident: str
    room: str
    medicine: str
    gs1: str
    ean13: str
    wrong: str = ""


def deliver_in_demo(home: CareHome, at: datetime) -> None:
    """Load a delivery note for a few residents, unless one of it waits to be booked in already."""
    with scope(home=home.pk):
        if Delivery.objects.filter(home=home, sender=SENDER, closed_at__isnull=True).exists():
            return
        lines = _wanted(home)
        if not lines:
            return
        note = "Patient Name,Room,Item Description,Qty Supplied\n" + "\n".join(
            f'"{each.resident.full_name}",{each.resident.room},{each.medicine.name},{product.quantity.normalize():f}'
            for each, product in lines
        )
        new = deliveries.NewDelivery(
            id=id_at(at, home.name, "delivery note"),
            sender=SENDER,
            reference=f"DN{at:%y%m%d}",
            covers_until_on=local_day(at) + CYCLE,
        )
        deliveries.load_note(
            home_id=home.pk, delivery=new, file=f"{note}\n".encode(), name="delivery-note.csv",
            by=team_of(home).seniors[0].pk, at=at,
        )  # fmt: skip


def _wanted(home: CareHome) -> list[tuple[Prescription, Product]]:
    """Return what comes: tablets and capsules of the residents who take most, in boxes of the demo's suppliers."""
    taken = Prescription.objects.filter(
        home=home, stopped_at__isnull=True, checked_at__isnull=False, schedule__unit__in=("tablet", "capsule")
    ).select_related("resident", "medicine")
    by_person: dict[int, list[Prescription]] = {}
    for each in taken.order_by("resident__corridor_order", "resident_id", "written_at", "pk"):
        by_person.setdefault(each.resident_id, []).append(each)
    found = []
    for own in sorted(by_person.values(), key=lambda own: (-len(own), own[0].resident_id))[:PEOPLE]:
        sold = products_of({each.medicine.generic_id or each.medicine_id for each in own})
        boxes = [(each, sold.get(each.medicine.generic_id or each.medicine_id, [])) for each in own]
        found += [(each, products[0]) for each, products in boxes if products][:EACH]
    return found


def boxes_to_scan(home_id: int) -> Sequence[DemoBox]:
    """Return the boxes of the demo's delivery that waits to be booked in, two of them wrong; none where none waits."""
    with scope(home=home_id):
        delivery = Delivery.objects.filter(home_id=home_id, sender=SENDER, closed_at__isnull=True).first()
        if delivery is None:
            return []
        rows = DeliveryLine.objects.filter(delivery=delivery, medicine__isnull=False, resident__isnull=False)
        lines = list(rows.select_related("medicine", "resident__unit").order_by("position"))
        sold = products_of({each.medicine_id for each in lines if each.medicine_id})
        arrived = local_day(delivery.opened_at)
        found = []
        for each in lines:
            product, medicine, resident = sold[each.medicine_id or ""][0], each.medicine, each.resident
            if medicine is not None and resident is not None:
                found.append(_box(resident, medicine, product, _serial(each.pk.int), _far(arrived)))
        return [*found, *_wrong_ones(lines, sold, arrived)]


def _wrong_ones(lines: Sequence[DeliveryLine], sold: dict[str, list[Product]], arrived: date) -> list[DemoBox]:
    """Return a box that is out of date, and one of another strength where the demo's suppliers have one."""
    wrong = []
    first = lines[0] if lines else None
    if first is not None and first.medicine is not None and first.resident is not None:
        old = arrived - timedelta(days=60)
        product = sold[first.medicine.pk][0]
        words = "Out of date: must be stopped"
        wrong.append(_box(first.resident, first.medicine, product, _serial(first.pk.int + 1), old, words))
    for each in lines:
        if each.medicine is None or each.resident is None:
            continue
        other = _other_strength(each.medicine)
        if other is not None:
            words = "Another strength than ordered: must be stopped"
            wrong.append(_box(each.resident, other[0], other[1], _serial(each.pk.int + 2), _far(arrived), words))
            break
    return wrong


def _other_strength(medicine: Medicine) -> tuple[Medicine, Product] | None:
    """Return another product of the same substance and form that the demo's suppliers sell."""
    inside = set(MedicineIngredient.objects.filter(medicine=medicine).values_list("ingredient_id", flat=True))
    if not inside:
        return None
    others = Medicine.objects.filter(
        kind=Medicine.Kind.GENERIC, form=medicine.form, ingredients__ingredient__in=inside, retired_on__isnull=True
    ).exclude(pk=medicine.pk)
    for other in others.distinct().order_by("name")[:20]:
        own = set(MedicineIngredient.objects.filter(medicine=other).values_list("ingredient_id", flat=True))
        sold = products_of({other.pk}).get(other.pk)
        if own == inside and sold:
            return other, sold[0]
    return None


def _box(
    resident: Resident, medicine: Medicine, product: Product, serial: str, expires: date, wrong: str = ""
) -> DemoBox:
    return DemoBox(
        resident.full_name,
        f"{resident.unit.name}, room {resident.room}",
        medicine.name,
        f"(01){product.gtin}(17){expires:%y%m%d}(10)D{serial[:5]}(21){serial}",
        product.gtin.removeprefix("0"),
        wrong,
    )


def _far(arrived: date) -> date:
    far = arrived + timedelta(days=420)
    return last_of_month(far.year, far.month)


def _serial(number: int) -> str:
    """Return ten characters that are the same for the same line: its box keeps its number when it is printed again."""
    letters = []
    for _ in range(10):
        number, place = divmod(number, len(SERIAL_LETTERS))
        letters.append(SERIAL_LETTERS[place])
    return "".join(letters)
