"""A home that waits for a delivery: residents, their medicines, the packs a pharmacy sends, and its note."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from emar.models import CareHome, Medicine, Pack, Prescription, Resident, Role, StaffMember, Unit
from emar.scope import scope
from ordering.models import BookedPack, Delivery, DeliveryLine, Order, OrderLine, StoppedPack
from ordering.operations import booking_in, deliveries
from ordering.operations.booking_in import Scanned, Told
from stock.models import StockMovement
from stock.rules.codes import gs1_check_digit
from tests import factories as make

_gtins = count(1)


def new_gtin() -> str:
    """Return a 14-digit GTIN that no other pack of the tests has."""
    digits = f"0952{next(_gtins):09}"
    return digits + gs1_check_digit(digits)


@dataclass
class Sold:
    """A medicine with one pack of it and what is printed on that."""

    medicine: Medicine
    pack: Pack
    gtin: str

    def scan(self, *, serial: str = "", batch: str = "LK1", expires: str = "280131") -> str:
        """Return what a scanner sends for a box of it, separators kept."""
        text = f"01{self.gtin}17{expires}" if expires else f"01{self.gtin}"
        text += f"10{batch}" if batch else ""
        return text + (f"\x1d21{serial}" if serial else "")


def sell(name: str, *, quantity: int = 28, unit: str = "tablet", **fields: Any) -> Sold:
    """Make a medicine that comes in packs of one size."""
    medicine = make.make_medicine(name=name, **fields)
    pack = make.make_pack(medicine=medicine, quantity=Decimal(quantity), unit=unit)
    gtin = new_gtin()
    make.make_pack_code(pack=pack, gtin=gtin)
    return Sold(medicine, pack, gtin)


@dataclass
class Waiting:
    """A home that waits for a delivery."""

    home: CareHome
    unit: Unit
    carer: StaffMember
    senior: StaffMember
    residents: list[Resident] = field(default_factory=list)

    def live(self, name: str, **fields: Any) -> Resident:
        """Let somebody live here."""
        person = make.make_resident(unit=self.unit, full_name=name, preferred_name=name.split()[0], **fields)
        self.residents.append(person)
        return person

    def prescribe(self, resident: Resident, sold: Sold, **fields: Any) -> Prescription:
        """Prescribe a medicine, checked by the senior."""
        fields = {"checked_by": self.senior} | fields
        return make.make_prescription(resident=resident, by=self.carer, medicine=sold.medicine, **fields)

    def load(self, rows: Sequence[str], *, header: str = "Patient,Drug,Qty", at: datetime = make.NOW) -> Delivery:
        """Load a delivery note of these rows."""
        new = deliveries.NewDelivery(id=uuid7(), sender="Quay Pharmacy", covers_until_on=date(2026, 12, 20))
        with scope(home=self.home.pk):
            return deliveries.load_note(
                home_id=self.home.pk, delivery=new, file="\n".join([header, *rows]).encode(), name="note.csv",
                by=self.senior.pk, at=at,
            )  # fmt: skip

    def expect(self, *lines: deliveries.NewLine, **fields: Any) -> Delivery:
        """Open a delivery of these lines, or of nothing in particular."""
        with scope(home=self.home.pk):
            return deliveries.expect(
                home_id=self.home.pk, delivery=deliveries.NewDelivery(id=uuid7(), **fields), lines=lines,
                by=self.senior.pk, at=make.NOW,
            )  # fmt: skip

    def scan(self, delivery: Delivery, text: str = "", *, by: StaffMember | None = None, **fields: Any) -> Told:
        """Scan one pack of a delivery."""
        scanned = Scanned(**{"id": uuid7(), "text": text, "is_camera": True} | fields)
        at = fields.get("at", make.NOW)
        with scope(home=self.home.pk):
            return booking_in.book_in(
                home_id=self.home.pk, delivery_id=delivery.pk, scanned=scanned, by=(by or self.carer).pk, at=at
            )

    def lines(self, delivery: Delivery) -> list[DeliveryLine]:
        """Return what is expected, in the order of the note."""
        with scope(home=self.home.pk):
            return list(DeliveryLine.objects.filter(delivery=delivery).order_by("position"))

    def booked(self) -> list[BookedPack]:
        """Return every pack booked in, as booked."""
        with scope(home=self.home.pk):
            return list(BookedPack.objects.select_related("pack__line").order_by("booked_at", "id"))

    def stopped(self) -> list[StoppedPack]:
        """Return every pack that was caught."""
        with scope(home=self.home.pk):
            return list(StoppedPack.objects.order_by("stopped_at", "id"))

    def movements(self, pack_id: UUID | None = None) -> list[StockMovement]:
        """Return the movements of a pack, or of the whole home."""
        with scope(home=self.home.pk):
            found = StockMovement.objects.order_by("chain_sequence")
            return list(found.filter(pack_id=pack_id) if pack_id else found)


def make_waiting() -> Waiting:
    """Make a home with a carer, a senior and nobody living in it yet."""
    home = make.make_home()
    unit = make.make_unit(home=home)
    return Waiting(home, unit, make.make_staff_member(home=home), make.make_staff_member(home=home, role=Role.SENIOR))


def two_people(waiting: Waiting, sold: Sold) -> Delivery:
    """Let two people live here who take the same, and load a note of one pack for one and two for the other."""
    for name in ("Ada Winterbottom", "Ben Oldacre"):
        waiting.prescribe(waiting.live(name), sold)
    return waiting.load(["Ada Winterbottom,Amlodipine 5mg tabs,28", '"OLDACRE, Ben",AMLODIPINE 5MG TABLETS,2 x 28'])


def order_line(waiting: Waiting, sold: Sold, quantity: Decimal) -> deliveries.NewLine:
    """Order a medicine for the first resident, and return what a delivery of that order expects."""
    with scope(home=waiting.home.pk):
        prescription = Prescription.objects.get(resident=waiting.residents[0], medicine=sold.medicine)
        order = Order.objects.create(
            home=waiting.home, number=1, kind=Order.Kind.INTERIM, reason="ran out", arrives_on=make.NOW.date(),
            covers_from_on=make.NOW.date(), cover_until_on=date(2026, 12, 20), drafted_at=make.NOW,
            drafted_by=waiting.senior,
        )  # fmt: skip
        line = OrderLine.objects.create(
            home=waiting.home, order=order, position=1, resident=waiting.residents[0], prescription=prescription,
            medicine=sold.medicine, unit="tablet", suggestion="order", suggested=quantity, sentence="it runs out",
            is_required=True, quantity=quantity,
        )  # fmt: skip
    return deliveries.NewLine(
        waiting.residents[0].pk,
        sold.medicine.pk,
        sold.medicine.name,
        quantity,
        "tablet",
        asked_by=line.pk,
        asked=quantity,
    )
