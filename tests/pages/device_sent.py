"""Things that devices sent and could not settle, so that each page about them has something to show."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from emar.models import Administration, Device, DeviceEvent, Prescription, StaffMember, TaughtCode
from emar.scope import scope
from tests.factories import NOW, make_administration

DOUBLE = [{"code": "double_dose", "level": "conflict"}]
CODE = "09520000000004"


def with_conflict(prescription: Prescription, by: StaffMember, device: Device, **fields: Any) -> Administration:
    """Record one due dose twice, and return the second record."""
    due_at = fields.pop("due_at", NOW)
    given = {"prescription": prescription, "by": by, "device": device, "due_at": due_at}
    make_administration(**given, given_at=due_at - timedelta(minutes=9))
    return make_administration(**given, given_at=due_at, answer="conflict", findings=DOUBLE, **fields)


def with_event(device: Device, sequence: int, **fields: Any) -> DeviceEvent:
    """Keep an event of a device, chained to nothing in particular."""
    content = {"clock_offset_ms": fields.pop("clock_offset_ms", 40)} | fields.pop("content", {})
    fields = {
        "id": uuid7(),
        "previous_hash": "",
        "hash": f"{sequence:064}",
        "kind": "scan",
        "answer": "recorded",
        "received_at": NOW - timedelta(minutes=5),
    } | fields
    with scope(home=device.home_id):
        return DeviceEvent.objects.create(
            home_id=device.home_id, device=device, sequence=sequence, content=json.dumps(content), **fields
        )


def with_held(device: Device, sequence: int, prescription: Prescription, by: StaffMember, **body: Any) -> DeviceEvent:
    """Hold a dose that a device sent with an amount nobody can read."""
    body = {
        "resident_id": prescription.resident_id,
        "prescription_id": str(prescription.pk),
        "outcome": "given",
        "amount": "one",
        "unit": "tablet",
    } | body
    content = {"staff_id": by.pk, "entered_at": "2026-11-18T08:05:00Z", "body": body}
    return with_event(
        device, sequence, kind="administration", answer="held", detail="The amount is not a number.", content=content
    )


def with_taught_code(prescription: Prescription, by: StaffMember, gtin: str = CODE) -> TaughtCode:
    """Let somebody teach a code at the bedside."""
    with scope(home=prescription.home_id):
        return TaughtCode.objects.create(
            home_id=prescription.home_id, gtin=gtin, medicine=prescription.medicine, taught_at=NOW, taught_by=by
        )


def with_device_sent(prescription: Prescription, by: StaffMember, device: Device) -> dict[str, int | UUID]:
    """Let a device have sent one of everything, and return what the pages name them by."""
    with_event(device, 1)
    with_event(device, 5, clock_offset_ms=660_000)
    return {
        "conflict_id": with_conflict(prescription, by, device, due_at=NOW - timedelta(days=1)).pk,
        "event_id": with_held(device, 6, prescription, by, note="held for her").pk,
        "code_id": with_taught_code(prescription, by).pk,
    }
