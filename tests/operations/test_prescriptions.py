"""Writing, checking, changing and stopping prescriptions: by two people, at one instant, with every version kept."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from uuid_utils.compat import uuid7

from emar.models import AuditEntry, Prescription, Suspension
from emar.operations import prescriptions
from emar.operations.closing import close_home
from emar.operations.prescriptions import (
    KEEPS_PACKS,
    FirstDosePassed,
    OwnPrescription,
    Prescribed,
    PrescriptionConflict,
    ReasonMissing,
)
from emar.queries import due, writing
from emar.queries.snapshot import snapshot
from emar.rules.amounts import ScheduleError
from emar.rules.inr import InrRecord
from emar.rules.prn_protocol import ProtocolError
from emar.rules.wall_clock import instant
from emar.scope import scope
from stock.models import PackStatus, StockPack
from tests import factories as make
from tests.bedside import EIGHT, HOUR, MINUTE, NINE, Bedside, make_bedside

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TODAY = NINE.date()


@pytest.fixture
def bedside() -> Bedside:
    return make_bedside()


@pytest.fixture
def second(bedside: Bedside):  # type: ignore[no-untyped-def]
    return make.make_staff_member(home=bedside.home, role="nurse")


def prescribed(bedside: Bedside, **fields: Any) -> Prescribed:
    schedule = fields.pop("schedule", make.regular("Morning", "Tea", starts_on=TODAY.isoformat()))
    medicine_id = fields.pop("medicine_id", None) or make.make_medicine(name="Ramipril 5mg capsules").pk
    return Prescribed(id=UUID(str(uuid7())), medicine_id=medicine_id, authority="gp", schedule=schedule, **fields)


def write(bedside: Bedside, new: Prescribed | None = None, at: datetime = NINE, **fields: Any) -> Prescription:
    with scope(home=bedside.home.pk):
        return prescriptions.write(
            new=new or prescribed(bedside, **fields), resident=bedside.resident, by=bedside.senior.pk, at=at
        )


def change(bedside: Bedside, of: Prescription, new: Prescribed, at: datetime = NINE, **fields: Any) -> Prescription:
    with scope(home=bedside.home.pk):
        return prescriptions.change(prescription=of, new=new, by=bedside.senior.pk, at=at, **fields)


def check(bedside: Bedside, of: Prescription, by: Any, at: datetime = NINE + MINUTE) -> Prescription:
    with scope(home=bedside.home.pk):
        return prescriptions.check(prescription=of, by=by.pk, at=at)


def due_times(bedside: Bedside, since: datetime, until: datetime) -> list[tuple[datetime, UUID]]:
    with scope(home=bedside.home.pk):
        found, _ = due.due_between(bedside.home.pk, since, until, NINE)
        return sorted((each.dose.due_at, each.prescription.pk) for each in found)


def statuses(bedside: Bedside) -> list[str]:
    with scope(home=bedside.home.pk):
        return list(StockPack.objects.values_list("status", flat=True))


# A second person


@pytest.mark.hazard(
    "H02", control="a typed prescription gives nothing before a second person checked it", shows="works"
)
def test_nothing_is_due_before_the_check_and_from_then_on_it_is(bedside: Bedside, second: Any) -> None:
    written = write(bedside)
    assert {pk for _, pk in due_times(bedside, EIGHT, EIGHT + DAY)} == {bedside.prescription.pk}
    check(bedside, written, second)
    tea = instant(TODAY, time(16, 30))
    mine = [at for at, pk in due_times(bedside, EIGHT, EIGHT + DAY) if pk == written.pk]
    assert mine == [tea], "the morning was over when it was checked"


def test_nobody_checks_their_own(bedside: Bedside) -> None:
    written = write(bedside)
    with pytest.raises(OwnPrescription):
        check(bedside, written, bedside.senior)
    with pytest.raises(IntegrityError), scope(home=bedside.home.pk), transaction.atomic():
        Prescription.objects.filter(pk=written.pk).update(checked_at=NINE, checked_by=bedside.senior)


def test_a_check_is_made_once(bedside: Bedside, second: Any) -> None:
    written = write(bedside)
    check(bedside, written, second)
    with pytest.raises(PrescriptionConflict):
        check(bedside, written, second)


def test_who_wrote_and_who_checked_is_in_the_audit_trail(bedside: Bedside, second: Any) -> None:
    written = write(bedside)
    check(bedside, written, second)
    with scope(home=bedside.home.pk):
        entries = AuditEntry.objects.filter(about=f"Prescription {written.pk}").order_by("acted_at")
        found = list(entries.values_list("action", "acted_by_id"))
    assert found == [("prescription_written", bedside.senior.pk), ("prescription_checked", second.pk)]


def test_the_same_form_sent_twice_is_one_prescription(bedside: Bedside) -> None:
    new = prescribed(bedside)
    assert write(bedside, new).pk == write(bedside, new).pk
    with scope(home=bedside.home.pk):
        assert Prescription.objects.count() == 2


def test_what_cannot_be_followed_is_refused(bedside: Bedside) -> None:
    with pytest.raises(ScheduleError):
        write(bedside, schedule={"kind": "regular"})
    with pytest.raises(ProtocolError):
        write(bedside, schedule=make.when_required())
    with pytest.raises(ProtocolError):
        write(bedside, schedule=make.when_required(), prn_protocol={"condition": " "})
    with scope(home=bedside.home.pk):
        assert Prescription.objects.count() == 1


# Sending back


def test_sent_back_it_never_gives_a_dose_and_is_written_again(bedside: Bedside, second: Any) -> None:
    written = write(bedside)
    with scope(home=bedside.home.pk):
        with pytest.raises(ReasonMissing):
            prescriptions.send_back(prescription=written, words=" ", by=second.pk, at=NINE)
        prescriptions.send_back(prescription=written, words="10 mg, not 5", by=second.pk, at=NINE)
        assert [each.pk for each in writing.sent_back(bedside.home.pk)] == [written.pk]
        assert writing.waiting(bedside.home.pk) == []
    with pytest.raises(PrescriptionConflict):
        check(bedside, written, second)
    again = change(bedside, written, prescribed(bedside))
    check(bedside, again, second)
    assert (again.version, again.replaces_id) == (2, written.pk)
    with scope(home=bedside.home.pk):
        assert writing.sent_back(bedside.home.pk) == []
        assert [each.version for each in writing.versions(bedside.home.pk, written)] == [2, 1]


# Changing at an instant


@pytest.mark.hazard("H03", control="a change ends one version where the next begins", shows="works")
@pytest.mark.parametrize("hours", [0, 1, 3, 7.5, 7.6, 23, 47, 48])
def test_a_change_leaves_no_dose_twice_and_none_out(bedside: Bedside, second: Any, hours: float) -> None:
    """Whenever the change is to begin, the times due are those of a prescription that was never changed."""
    rounds = ("Morning", "Lunch", "Tea", "Night", "00:30")
    slots = make.regular(*rounds)
    slots["phases"][0]["slots"][-1]["next_day"] = True
    old = make.make_prescription(resident=bedside.resident, by=bedside.senior, schedule=slots)
    before = [at for at, pk in due_times(bedside, EIGHT, EIGHT + 4 * DAY) if pk == old.pk]
    starts = NINE + timedelta(hours=hours)
    new = {**slots, "starts_on": starts.date().isoformat(), "starts_from": f"{starts:%H:%M}"}
    if hours == 47:
        new = {**slots, "starts_on": (TODAY + 2 * DAY).isoformat()}
    version = change(bedside, old, prescribed(bedside, schedule=new, medicine_id=old.medicine_id))
    check(bedside, version, second)
    after = [(at, pk) for at, pk in due_times(bedside, EIGHT, EIGHT + 4 * DAY) if pk in (old.pk, version.pk)]
    assert [at for at, _ in after] == before
    assert all((pk == version.pk) == (at >= old_ends(bedside, old)) for at, pk in after)
    assert {pk for _, pk in after} == {old.pk, version.pk}


def old_ends(bedside: Bedside, old: Prescription) -> datetime:
    with scope(home=bedside.home.pk):
        stopped_at = Prescription.objects.get(pk=old.pk).stopped_at
    assert stopped_at is not None
    return stopped_at


def test_a_change_that_lies_ahead_waits_for_its_time(bedside: Bedside, second: Any) -> None:
    tomorrow = (TODAY + DAY).isoformat()
    new = prescribed(bedside, schedule=make.regular(amount="2", starts_on=tomorrow), medicine_id=bedside.medicine.pk)
    version = change(bedside, bedside.prescription, new)
    check(bedside, version, second)
    assert old_ends(bedside, bedside.prescription) == instant(TODAY + DAY, time())
    assert statuses(bedside) == [PackStatus.IN_USE], "tonight's doses still come from the old box"
    with scope(home=bedside.home.pk):
        assert prescriptions.put_aside_replaced_packs(home_id=bedside.home.pk, by=None, at=NINE) == 0
        later = NINE + DAY
        assert prescriptions.put_aside_replaced_packs(home_id=bedside.home.pk, by=None, at=later) == 1
        assert prescriptions.put_aside_replaced_packs(home_id=bedside.home.pk, by=None, at=later) == 0
    assert statuses(bedside) == [PackStatus.QUARANTINED]


def test_until_it_is_checked_the_old_one_goes_on_and_no_second_change_is_written(bedside: Bedside) -> None:
    change(bedside, bedside.prescription, prescribed(bedside))
    assert {pk for _, pk in due_times(bedside, EIGHT, EIGHT + 2 * DAY)} == {bedside.prescription.pk}
    with pytest.raises(PrescriptionConflict):
        change(bedside, bedside.prescription, prescribed(bedside))


def test_a_change_sent_back_and_written_again_ends_the_version_in_force(bedside: Bedside, second: Any) -> None:
    first = change(bedside, bedside.prescription, prescribed(bedside))
    with scope(home=bedside.home.pk):
        prescriptions.send_back(prescription=first, words="wrong strength", by=second.pk, at=NINE)
    again = change(bedside, bedside.prescription, prescribed(bedside))
    check(bedside, again, second)
    assert again.replaces_id == first.pk
    assert old_ends(bedside, bedside.prescription) == NINE + MINUTE
    assert {pk for _, pk in due_times(bedside, NINE + HOUR, NINE + 2 * DAY)} == {again.pk}


@pytest.mark.hazard("H03", control="a dose given early on the old version answers the new one's", shows="works")
def test_a_dose_answered_before_the_change_is_not_due_again_even_past_a_change_sent_back(
    bedside: Bedside, second: Any
) -> None:
    both = make.regular("Morning", "Lunch")
    old = make.make_prescription(resident=bedside.resident, by=bedside.senior, schedule=both)
    lunch = instant(TODAY, time(12))
    make.make_administration(prescription=old, by=bedside.carer, due_at=lunch, given_at=lunch - HOUR)
    first = change(bedside, old, prescribed(bedside, schedule=both))
    with scope(home=bedside.home.pk):
        prescriptions.send_back(prescription=first, words="wrong", by=second.pk, at=NINE)
    again = change(bedside, old, prescribed(bedside, schedule={**both, "starts_on": TODAY.isoformat()}))
    check(bedside, again, second, at=lunch - MINUTE)
    with scope(home=bedside.home.pk):
        found, _ = due.due_between(bedside.home.pk, lunch, lunch + MINUTE, lunch)
    assert [each.state for each in found if each.prescription.pk == again.pk] == ["answered"]


# Packs


@pytest.mark.hazard("H02", control="packs of a replaced prescription are put aside", shows="works")
def test_old_packs_are_put_aside_with_the_change_and_the_stock_stays(bedside: Bedside, second: Any) -> None:
    new = make.make_medicine(name="Amlodipine 10mg tablets")
    version = change(bedside, bedside.prescription, prescribed(bedside, medicine_id=new.pk))
    assert statuses(bedside) == [PackStatus.IN_USE]
    check(bedside, version, second)
    assert statuses(bedside) == [PackStatus.QUARANTINED]
    assert bedside.balance() == 28
    _, findings = bedside.told(at=NINE + HOUR, given_at=NINE + HOUR, due_at=None)
    assert "quarantined" in findings


def test_packs_stay_where_the_writer_said_so(bedside: Bedside, second: Any) -> None:
    new = prescribed(bedside, medicine_id=bedside.medicine.pk, instructions=(KEEPS_PACKS,))
    check(bedside, change(bedside, bedside.prescription, new), second)
    assert statuses(bedside) == [PackStatus.IN_USE]


def test_packs_that_another_prescription_needs_stay(bedside: Bedside, second: Any) -> None:
    make.make_prescription(resident=bedside.resident, by=bedside.senior, medicine=bedside.medicine)
    new = make.make_medicine(name="Amlodipine 10mg tablets")
    check(bedside, change(bedside, bedside.prescription, prescribed(bedside, medicine_id=new.pk)), second)
    assert statuses(bedside) == [PackStatus.IN_USE]


# Stopping and pausing


def test_a_stop_says_why_and_is_made_once_now_or_later(bedside: Bedside) -> None:
    line, by = bedside.prescription, bedside.senior.pk
    with scope(home=bedside.home.pk):
        with pytest.raises(ReasonMissing):
            prescriptions.stop(prescription=line, reason="", by=by, at=NINE)
        with pytest.raises(PrescriptionConflict):
            prescriptions.stop(prescription=line, reason="GP", by=by, at=NINE, stops_at=NINE - MINUTE)
        prescriptions.stop(prescription=line, reason="GP: no longer needed", by=by, at=NINE, stops_at=NINE + DAY)
        with pytest.raises(PrescriptionConflict):
            prescriptions.stop(prescription=line, reason="again", by=by, at=NINE)
    assert [at for at, _ in due_times(bedside, EIGHT, EIGHT + 5 * DAY)] == [EIGHT, EIGHT + DAY]


def test_what_was_stopped_is_not_changed_but_written_new(bedside: Bedside) -> None:
    with scope(home=bedside.home.pk):
        prescriptions.stop(prescription=bedside.prescription, reason="GP", by=bedside.senior.pk, at=NINE)
    with pytest.raises(PrescriptionConflict):
        change(bedside, bedside.prescription, prescribed(bedside))


def test_a_pause_makes_doses_neither_due_nor_missed_until_it_ends(bedside: Bedside) -> None:
    line, by, home = bedside.prescription, bedside.senior.pk, bedside.home.pk
    with scope(home=home):
        with pytest.raises(ReasonMissing):
            prescriptions.suspend(prescription=line, reason=" ", by=by, at=NINE)
        prescriptions.suspend(prescription=line, reason="before surgery", by=by, at=NINE)
        with pytest.raises(PrescriptionConflict):
            prescriptions.suspend(prescription=line, reason="again", by=by, at=NINE)
        prescriptions.resume(prescription=line, by=by, at=NINE + 2 * DAY)
        with pytest.raises(PrescriptionConflict):
            prescriptions.resume(prescription=line, by=by, at=NINE + 2 * DAY)
        found, _ = due.due_between(home, EIGHT, EIGHT + 4 * DAY, NINE + 5 * DAY)
        assert Suspension.objects.get().resumed_by_id == by
    assert [each.state for each in found] == ["blank", "suspended", "suspended", "blank"]


# Warfarin, patches, warnings


def warfarin(bedside: Bedside) -> Prescription:
    schedule = {
        "kind": "by_inr",
        "starts_on": "2026-11-01",
        "unit": "mg",
        "slot": {"round": "Tea"},
        "strengths": ["1", "3"],
        "records": [{"from_on": "2026-11-11", "until_on": "2026-11-20", "amounts": ["3"], "inr": "2.4"}],
    }
    return make.make_prescription(
        resident=bedside.resident, by=bedside.senior, schedule=schedule, medicine=make.make_medicine(name="Warfarin")
    )


@pytest.mark.hazard("H25", control="a new INR is a new version that a second person checks", shows="works")
def test_a_new_inr_result_gives_doses_once_it_is_checked(bedside: Bedside, second: Any) -> None:
    old = warfarin(bedside)
    record = InrRecord(date(2026, 11, 20), date(2026, 12, 4), (Decimal(4), Decimal(3)), Decimal("1.8"), TODAY)

    def amounts() -> list[tuple[int, Decimal]]:
        with scope(home=bedside.home.pk):
            found, _ = due.due_between(bedside.home.pk, NINE, NINE + 4 * DAY, NINE)
        return [
            (each.dose.due_at.day, each.dose.amount.low)
            for each in found
            if each.prescription.medicine.name == "Warfarin"
        ]

    assert amounts() == [(18, 3), (19, 3)]
    with scope(home=bedside.home.pk):
        new_id = uuid4()
        version = prescriptions.record_inr(
            prescription=old, record=record, new_id=new_id, by=bedside.senior.pk, at=NINE
        )
    assert amounts() == [(18, 3), (19, 3)]
    check(bedside, version, second)
    assert amounts() == [(18, 3), (19, 3), (20, 4), (21, 3)]


def test_an_inr_dose_that_the_tablets_cannot_make_is_refused(bedside: Bedside) -> None:
    record = InrRecord(date(2026, 11, 20), date(2026, 12, 4), (Decimal("2.5"),))
    old = warfarin(bedside)
    with scope(home=bedside.home.pk), pytest.raises(ScheduleError):
        prescriptions.record_inr(prescription=old, record=record, new_id=uuid4(), by=bedside.senior.pk, at=NINE)


@pytest.mark.hazard("H25", control="a patch whose first time has passed is not made active", shows="works")
def test_a_patch_is_not_made_active_after_its_first_time(bedside: Bedside, second: Any) -> None:
    patch = {
        "kind": "interval",
        "starts_on": TODAY.isoformat(),
        "unit": "patch",
        "first_at": (NINE + HOUR).isoformat(),
        "every_minutes": 72 * 60,
        "worn_minutes": 72 * 60,
        "amount": {"low": "1"},
    }
    written = write(bedside, schedule=patch)
    with pytest.raises(FirstDosePassed):
        check(bedside, written, second, at=NINE + 2 * HOUR)
    check(bedside, written, second, at=NINE + MINUTE)
    assert (NINE + HOUR, written.pk) in due_times(bedside, NINE, NINE + DAY)


@pytest.mark.hazard("H07", control="an allergy is shown to whoever writes, and their reason is kept", shows="works")
def test_going_on_after_a_warning_needs_a_reason_that_is_kept(bedside: Bedside) -> None:
    penicillin = make.make_ingredient(name="Amoxicillin")
    medicine = make.make_medicine(name="Amoxicillin 500mg capsules")
    make.make_medicine_ingredient(medicine=medicine, ingredient=penicillin)
    make.make_allergy(
        resident=bedside.resident, by=bedside.senior, substance="Amoxicillin", ingredient_id=penicillin.pk
    )
    new = prescribed(bedside, medicine_id=medicine.pk)
    with pytest.raises(ReasonMissing):
        write(bedside, new)
    with scope(home=bedside.home.pk):
        written = prescriptions.write(
            new=replace(new), resident=bedside.resident, by=bedside.senior.pk, at=NINE, reason="GP knows: had it since"
        )
        word = writing.writers_word(bedside.home.pk, written)
    assert word.reason == "GP knows: had it since"
    assert any("Allergy recorded: Amoxicillin (Rash)" in each for each in word.warnings)
    assert written.accepted_allergies == ["Amoxicillin"]
    assert write(bedside).accepted_allergies == []


# Other homes


@pytest.mark.hazard("H12", control="a prescription of another home is neither seen nor changed", shows="works")
def test_another_homes_prescription_is_not_there(bedside: Bedside, second: Any) -> None:
    written = write(bedside)
    other = make_bedside()
    with scope(home=other.home.pk):
        assert writing.prescription(other.home.pk, written.pk) is None
        assert writing.waiting(other.home.pk) == []
        for act in (
            lambda: prescriptions.check(prescription=written, by=other.senior.pk, at=NINE),
            lambda: prescriptions.stop(prescription=written, reason="no", by=other.senior.pk, at=NINE),
        ):
            with pytest.raises((Prescription.DoesNotExist, DatabaseError)), transaction.atomic():
                act()
    with scope(home=bedside.home.pk):
        found = Prescription.objects.get(pk=written.pk)
    assert (found.checked_at, found.stopped_at) == (None, None)


@pytest.mark.hazard("H09", control="a when-required version is not offered before its day", shows="works")
def test_a_when_required_change_is_not_at_the_bedside_before_its_time(bedside: Bedside, second: Any) -> None:
    protocol = {"condition": "pain"}
    old = make.make_prescription(
        resident=bedside.resident, by=bedside.senior, schedule=make.when_required(), prn_protocol=protocol
    )
    ahead = make.when_required(high="1", starts_on=(TODAY + DAY).isoformat())
    new = prescribed(bedside, schedule=ahead, prn_protocol=protocol, medicine_id=old.medicine_id)
    version = change(bedside, old, new)
    check(bedside, version, second)

    def offered(at: datetime) -> dict[str, str]:
        with scope(home=bedside.home.pk):
            found = snapshot(bedside.home.pk, at)["prescriptions"]
        return {each["id"]: each["status"] for each in found if each["id"] in (str(old.pk), str(version.pk))}

    assert offered(NINE + HOUR) == {str(old.pk): "active"}
    assert offered(NINE + DAY) == {str(old.pk): "stopped", str(version.pk): "active"}


def test_the_closing_job_puts_aside_the_packs_of_a_change_whose_time_has_come(bedside: Bedside, second: Any) -> None:
    new = make.make_medicine(name="Amlodipine 10mg tablets")
    tomorrow = make.regular(starts_on=(TODAY + DAY).isoformat())
    check(
        bedside,
        change(bedside, bedside.prescription, prescribed(bedside, medicine_id=new.pk, schedule=tomorrow)),
        second,
    )
    with scope(home=bedside.home.pk):
        close_home(home_id=bedside.home.pk, at=NINE + HOUR)
    assert statuses(bedside) == [PackStatus.IN_USE]
    with scope(home=bedside.home.pk):
        close_home(home_id=bedside.home.pk, at=NINE + DAY)
    assert statuses(bedside) == [PackStatus.QUARANTINED]
