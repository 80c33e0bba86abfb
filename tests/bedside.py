"""An invented home in the middle of a morning round, as tests of the record need it.

One resident, one carer, one senior, one medicine each morning at eight, one pack in the trolley. What a test
is about is changed by name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from uuid_utils.compat import uuid7

from emar.models import (
    Administration,
    CareHome,
    HomeRole,
    Ingredient,
    Medicine,
    Prescription,
    Resident,
    Role,
    StaffMember,
    Unit,
)
from emar.operations.administrations import Dose, Told, record
from emar.rules.ingredient_limits import PARACETAMOL
from emar.scope import scope
from stock.models import StockLine, StockMovement, StockPack
from tests import factories as make

EIGHT = datetime(2026, 11, 18, 8, 0, tzinfo=UTC)
FIVE_PAST = EIGHT + timedelta(minutes=5)
NINE = make.NOW
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@dataclass
class Bedside:
    """What stands around one medicine of one resident, ready to be given."""

    home: CareHome
    unit: Unit
    resident: Resident
    carer: StaffMember
    senior: StaffMember
    medicine: Medicine
    prescription: Prescription
    line: StockLine
    pack: StockPack

    def dose(self, **fields: Any) -> Dose:
        """Return the morning dose given at five past eight, except as `fields` say."""
        return Dose(
            **{
                "id": str(uuid7()),
                "resident_id": self.resident.pk,
                "prescription_id": str(self.prescription.pk),
                "outcome": "given",
                "given_at": FIVE_PAST,
                "entered_at": FIVE_PAST,
                "given_by_id": self.carer.pk,
                "due_at": EIGHT,
                "amount": Decimal(1),
                "unit": "tablet",
                "pack_id": str(self.pack.pk),
                "scan_source": "wedge",
                "scan_text": self.pack.label_code,
            }
            | fields
        )

    def record(self, *doses: Dose, at: datetime = NINE) -> list[Told]:
        """Record doses as the server does, in the scope of the home."""
        with scope(home=self.home.pk):
            return record(doses, home_id=self.home.pk, at=at)

    def told(self, at: datetime = NINE, **fields: Any) -> tuple[str, list[str]]:
        """Record one dose and return the answer and the codes of what was found."""
        [told] = self.record(self.dose(**fields), at=at)
        return told.answer, [each["code"] for each in told.findings]

    def administrations(self) -> list[Administration]:
        """Return every record of the home, as received."""
        with scope(home=self.home.pk):
            return list(Administration.objects.order_by("received_at", "id"))

    def movements(self, line: StockLine | None = None) -> list[StockMovement]:
        """Return every movement of the line in order."""
        with scope(home=self.home.pk):
            return list(StockMovement.objects.filter(line=line or self.line).order_by("line_sequence"))

    def balance(self, line: StockLine | None = None) -> Decimal:
        """Return what the book says the home holds of the line."""
        return self.movements(line)[-1].balance

    def another(
        self, *, resident: Resident | None = None, medicine: Medicine | None = None, **prescription: Any
    ) -> "Bedside":
        """Return another prescription in the same home, of another resident unless given, with its own pack."""
        return _with_medicine(
            self.home,
            self.unit,
            resident or make.make_resident(unit=self.unit),
            self.carer,
            self.senior,
            medicine or make.make_medicine(),
            prescription,
        )


def make_bedside(*, medicine: Medicine | None = None, **prescription: Any) -> Bedside:
    """Make a home of its own with one resident's medicine in it."""
    home = make.make_home()
    unit = make.make_unit(home=home)
    carer = make.make_staff_member(home=home)
    senior = make.make_staff_member(home=home, role=Role.SENIOR)
    resident = make.make_resident(unit=unit)
    return _with_medicine(home, unit, resident, carer, senior, medicine or make.make_medicine(), prescription)


def _with_medicine(
    home: CareHome,
    unit: Unit,
    resident: Resident,
    carer: StaffMember,
    senior: StaffMember,
    medicine: Medicine,
    fields: dict[str, Any],
) -> Bedside:
    # The senior checks what the carer wrote, so that no third person is needed.
    fields = {"checked_by": senior} | fields
    prescription = make.make_prescription(resident=resident, by=carer, medicine=medicine, **fields)
    # A dose made of several strengths is written in mg and counted in tablets.
    unit_of_count = "tablet" if prescription.schedule.get("strengths") else prescription.schedule["unit"]
    with scope(home=home.pk):
        line, _ = StockLine.objects.get_or_create(
            home=home, resident=resident, medicine_id=medicine.generic_id or medicine.pk, unit=unit_of_count
        )
    pack = make.make_stock_pack(line=line, by=senior)
    return Bedside(home, unit, resident, carer, senior, medicine, prescription, line, pack)


def make_paracetamol(*names: str, mg: int = 500) -> Sequence[Medicine]:
    """Make products that each hold so many milligrams of paracetamol a tablet."""
    with make.as_owner(), scope(using="owner", home=None):
        Ingredient.objects.using("owner").get_or_create(pk=PARACETAMOL, defaults={"name": "Paracetamol"})
    paracetamol = Ingredient(pk=PARACETAMOL, name="Paracetamol")
    products = []
    for name in names:
        medicine = make.make_medicine(name=name, strength=f"{mg}mg")
        make.make_medicine_ingredient(medicine=medicine, ingredient=paracetamol, amount=Decimal(mg))
        products.append(medicine)
    return products


def end_role(bedside: Bedside, person: StaffMember, at: datetime) -> None:
    """End a person's role in the home, as for an agency carer whose last shift is over."""
    with scope(home=bedside.home.pk):
        HomeRole.objects.filter(home=bedside.home, staff_member=person).update(ends_at=at)
