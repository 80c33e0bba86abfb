"""A resident's plans, lists and medicines on leave, as the pages that show them need."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from uuid_utils.compat import uuid7

from emar.models import HomelyRemedyGiver, Prescription, StaffMember
from emar.operations import leave, plans, prescriptions, transfers
from emar.scope import scope
from tests.factories import NOW, make_medicine, when_required


def with_plans(
    prescription: Prescription, manager: StaffMember, colleague: StaffMember, word: str, at: datetime = NOW
) -> dict[str, int | UUID]:
    """Give a resident one of each, and return the ids that stand in addresses."""
    resident, today, by = prescription.resident, at.date(), {"by": manager.pk, "at": at}
    with scope(home=prescription.home_id):
        found = transfers.FoundList(
            uuid7(), "admission", ["GP summary"], [transfers.FoundMedicine(f"{word} of old", "start")]
        )
        done = transfers.reconcile(resident=resident, found=found, **by)
        covert = plans.Covert(
            uuid7(), today, f"{word} GP", today, f"{word} family", f"for {word} good", today + timedelta(days=30)
        )
        plan = plans.write_covert_plan(resident=resident, plan=covert, **by)
        out = leave.send_out(
            resident=resident, going=leave.GoingOut(uuid7(), prescription.pk, Decimal(2), f"{word} son"), **by
        )
        remedy = plans.agree_remedy(
            home_id=resident.home_id,
            remedy=plans.Remedy(
                uuid7(), make_medicine(name=f"{word} linctus").pk, "cough", f"{word} asthma", when_required(), "5 ml",
                48, f"{word} surgery", today + timedelta(days=300),
            ),
            **by,
        )  # fmt: skip
        plans.authorise_giver(remedy=remedy, staff_member_id=colleague.pk, **by)
        prescriptions.suspend(prescription=prescription, reason=f"{word} asks", **by)
        giver = HomelyRemedyGiver.objects.get(remedy=remedy)
    return {
        "reconciliation_id": done.pk,
        "plan_id": plan.pk,
        "leave_id": out.pk,
        "remedy_id": remedy.pk,
        "giver_id": giver.pk,
        "prescription_id": prescription.pk,
    }
