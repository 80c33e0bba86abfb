"""What waits for people in a home: a task, and a controlled drug given without a second person."""

from uuid import UUID

from emar.models import Prescription, StaffMember, Task, TaskNote
from emar.scope import scope
from tests.factories import NOW, make_administration, make_medicine, make_prescription, make_stock_line, make_stock_pack


def make_task(*, prescription: Prescription, **fields: object) -> Task:
    """Raise a task to contact the GP about a prescription refused three days running."""
    fields = {
        "kind": Task.Kind.REFUSED_IN_A_ROW,
        "cause": f"{prescription.pk} 2026-11-16",
        "facts": {"since": "2026-11-16", "refusals": 3, "due_at": NOW.isoformat()},
        "raised_at": NOW,
        "due_at": NOW,
    } | fields
    with scope(home=prescription.home_id):
        return Task.objects.create(
            home_id=prescription.home_id, resident_id=prescription.resident_id, prescription=prescription, **fields
        )


def with_tasks(prescription: Prescription, manager: StaffMember, name: str) -> dict[str, int | UUID]:
    """Furnish a home with a task that was tried, a page of the CD register and an exception; return their ids."""
    task = make_task(prescription=prescription)
    with scope(home=prescription.home_id):
        TaskNote.objects.create(
            home_id=prescription.home_id, task=task, words=f"{name} rang", written_at=NOW, written_by=manager
        )
    morphine = make_prescription(
        resident=prescription.resident, by=manager, is_controlled=True,
        medicine=make_medicine(name="Morphine 10mg tablets", controlled_drug_category="0002"),
    )  # fmt: skip
    line = make_stock_line(prescription=morphine, is_controlled=True)
    make_stock_pack(line=line, by=manager)
    given = make_administration(
        prescription=morphine, by=manager, due_at=NOW, answer="recorded_with_findings",
        findings=[{"code": "no_witness", "level": "stop", "reason": f"{name} alone"}],
    )  # fmt: skip
    return {"task_id": task.pk, "page_id": line.pk, "exception_id": given.pk}
