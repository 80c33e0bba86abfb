"""An order that went out, for tests of the pages about orders: one item of one resident, with its e-mail."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from uuid_utils.compat import uuid7

from emar.models import CareHome, GpPractice, Pharmacy, Prescription, StaffMember
from emar.scope import scope
from ordering.models import (
    Order,
    OrderApprover,
    OrderCycle,
    OrderEvent,
    OrderingPolicy,
    OrderLine,
    OrderMessage,
    PharmacyPartner,
    SendAttempt,
)
from tests.factories import NOW, make_staff_member


def with_order(prescription: Prescription, manager: StaffMember, name: str) -> dict[str, int | UUID]:
    """Furnish a home with one row in each table of orders; return the ids that pages ask for."""
    with scope(home=prescription.home_id):
        home = CareHome.objects.get(pk=prescription.home_id)
        resident, medicine = prescription.resident, prescription.medicine
    deputy = make_staff_member(home=home, role="senior", full_name=f"{name} Deputy senior")
    own = {"home": home}
    with scope(home=home.pk):
        surgery, _ = GpPractice.objects.get_or_create(**own, name=f"{name} Surgery", defaults={"email": "a@b.example"})
        pharmacy, _ = Pharmacy.objects.get_or_create(**own, name=f"{name} Pharmacy")
        OrderingPolicy.objects.create(
            **own, change_over_on=date(2026, 11, 30), telephone=f"{name} 1", changed_at=NOW, changed_by=manager
        )
        approver = OrderApprover.objects.create(**own, staff_member=deputy, allowed_at=NOW, allowed_by=manager)
        partner = PharmacyPartner.objects.create(
            **own, pharmacy=pharmacy, staff_member=manager, granted_at=NOW, granted_by=manager
        )
        cycle = OrderCycle.objects.create(
            **own, starts_on=date(2026, 11, 2), change_over_on=date(2026, 11, 30), cover_until_on=date(2026, 12, 28),
            drafted_at=NOW,
        )  # fmt: skip
        order = Order.objects.create(
            **own, cycle=cycle, number=1, kind="interim", reason=f"{name} needs it", gp_practice=surgery,
            arrives_on=date(2026, 11, 25), covers_from_on=date(2026, 11, 30), cover_until_on=date(2026, 12, 28),
            drafted_at=NOW, reviewed_at=NOW, reviewed_by=manager,
        )  # fmt: skip
        line = OrderLine.objects.create(
            **own, order=order, position=1, resident=resident, prescription=prescription, medicine=medicine,
            pharmacy=pharmacy, unit="tablet", suggestion="order", suggested=Decimal(28), sentence="Needs 28.",
            is_required=True, quantity=Decimal(28), answered_at=NOW, answered_by=manager,
            as_sent={
                "resident": resident.full_name, "born_on": resident.born_on.isoformat(), "nhs_number": "", "room": "1",
                "medicine": medicine.name, "directions": prescription.dose_words, "is_brand": False,
                "is_controlled": False, "practice": surgery.name, "pharmacy": pharmacy.name,
            },
        )  # fmt: skip
        order.approved_at, order.approved_by = NOW, manager
        order.save()
        message = OrderMessage.objects.create(
            **own, order=order, message_id=f"<order-{order.pk}@emar.example>", sender="orders@emar.example",
            recipient="a@b.example", subject=f"Medicines order 1 from {home.name}", mime=f"to {name} ".encode(),
            sha256="0" * 64, written_at=NOW, written_by=manager,
        )  # fmt: skip
        SendAttempt.objects.create(**own, message=message, step="taken", words="250 ok", tried_at=NOW)
        OrderEvent.objects.create(
            id=uuid7(), **own, order=order, kind="sent", words=f"to {name} ", happened_at=NOW + timedelta(minutes=1)
        )
    return {
        "order_id": order.pk, "line_id": line.pk, "approver_id": approver.pk, "partner_id": partner.pk,
        "cycle_id": cycle.pk,
    }  # fmt: skip
