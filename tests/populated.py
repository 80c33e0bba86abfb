"""A home with at least one row in every table that belongs to a home."""

from datetime import timedelta
from decimal import Decimal

from uuid_utils.compat import uuid7

from emar.models import AuditEntry, DeviceSignIn, RoundEvent, StaffMember, TaughtCode
from emar.operations import audit
from emar.scope import scope
from tests import factories as make
from tests.bedside import NINE, Bedside, make_bedside
from tests.tablet import enrol_tablet, scan


def populate() -> Bedside:
    """Make a home with a row in each of its tables, and return its bedside."""
    bedside = make_bedside()
    tablet = enrol_tablet(bedside)
    resident, senior, home = bedside.resident, bedside.senior, bedside.home
    make.make_allergy(resident=resident, by=senior)
    make.make_no_known_allergies(resident=resident, by=senior)
    make.make_presence(resident=resident, by=senior)
    make.make_resident_photo(resident=resident, by=senior)
    make.make_device_enrolment(home=home, by=senior)
    make.make_discrepancy(line=bedside.line, by=senior)
    device = make.make_device(home=home, by=senior)
    make.make_pin_lock(device=device, staff_member=bedside.carer)
    bedside.record(bedside.dose(amount=Decimal(1)))
    make.make_correction(administration=bedside.administrations()[0], by=senior)
    on = {"round_id": make.round_of(bedside.unit).pk, "on": "2026-11-18"}
    tablet.answers(
        tablet.event("scan", bedside.carer.pk, scan(bedside)), tablet.event("round_started", bedside.carer.pk, on)
    )
    with scope(home=home.pk):
        DeviceSignIn.objects.create(
            home=home, device=device, staff_member=bedside.carer, token_hash=str(uuid7()), signed_in_at=NINE,
            expires_at=NINE + timedelta(hours=1),
        )  # fmt: skip
        TaughtCode.objects.create(
            home=home, gtin="05000000000000", medicine=bedside.medicine, taught_at=NINE, taught_by=senior
        )
        audit.note(action="prescription_stopped", by=senior.pk, at=NINE, home_id=home.pk, resident_id=resident.pk)
        assert RoundEvent.objects.exists()
        assert AuditEntry.objects.exists()
        assert StaffMember.objects.exists()
    return bedside
