"""What a home keeps about deliveries: one with a line, a pack booked in by hand, one that was caught, and labels."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from uuid_utils.compat import uuid7

from emar.models import Prescription, StaffMember
from emar.scope import scope
from ordering.models import DeliveryLine
from ordering.operations import booking_in, deliveries, pack_checks
from ordering.operations.booking_in import Scanned
from ordering.rules.receiving import Chosen
from tests.factories import NOW


def with_delivery(prescription: Prescription, manager: StaffMember, name: str) -> dict[str, int | UUID]:
    """Furnish a home with a delivery that somebody is booking in; return the ids that its pages name."""
    home_id = prescription.home_id
    by = {"by": manager.pk, "at": NOW}
    note = f"Patient,Drug,Qty\n{prescription.resident.full_name},{prescription.medicine.name},56\n{name} X,Else,1\n"
    with scope(home=home_id):
        delivery = deliveries.load_note(
            home_id=home_id, delivery=deliveries.NewDelivery(id=uuid7(), sender=f"{name} Pharmacy"),
            file=note.encode(), name="note.csv", **by,
        )  # fmt: skip
        line = DeliveryLine.objects.filter(delivery=delivery).order_by("position").first()
        assert line is not None
        scanned = Scanned(
            id=uuid7(), medicine_id=prescription.medicine_id, chosen=Chosen(line_id=str(line.pk)),
            quantity=Decimal(28), expires_on=date(2028, 1, 31),
        )  # fmt: skip
        here = {"home_id": home_id, "delivery_id": delivery.pk}
        told = booking_in.book_in(**here, scanned=scanned, **by)
        assert told.booked is not None
        booking_in.stop(
            **here, scanned=Scanned(id=uuid7(), text="09520000000010"), became="goes_back", words=f"{name} rang", **by
        )
        sheet = pack_checks.print_labels(
            **here, sheet_id=uuid7(), booked_ids=[told.booked.row.pk], layout="a4_24", skipped=0, **by
        )
    return {
        "delivery_id": delivery.pk, "expected_id": line.pk, "booked_id": told.booked.row.pk, "sheet_id": sheet.pk,
    }  # fmt: skip
