"""One dose record in full, its correction, and doses entered late."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.test import Client
from uuid_utils.compat import uuid7

from emar.models import Administration, AuditEntry, Correction, Prescription, Resident, Role, StaffMember, Unit
from emar.scope import scope
from stock.models import StockMovement
from stock.queries.balances import line_balances
from tests.factories import (
    NOW,
    make_administration,
    make_home,
    make_prescription,
    make_resident,
    make_staff_member,
    make_stock_line,
    make_stock_pack,
    make_unit,
    regular,
    when_required,
)
from tests.pages.conftest import SignIn

pytestmark = pytest.mark.usefixtures("at_now")
DUE = datetime(2026, 11, 17, 8, tzinfo=UTC)


@pytest.fixture
def unit(db: None) -> Unit:
    return make_unit(home=make_home())


@pytest.fixture
def carer(unit: Unit) -> StaffMember:
    return make_staff_member(home=unit.home, full_name="Jo Carer", display_name="Jo C", initials="JC")


@pytest.fixture
def senior(unit: Unit) -> StaffMember:
    return make_staff_member(home=unit.home, role=Role.SENIOR, full_name="Sam Senior", display_name="Sam S")


@pytest.fixture
def resident(unit: Unit) -> Resident:
    return make_resident(unit=unit, full_name="Joan Whitfield")


@pytest.fixture
def line(resident: Resident, carer: StaffMember) -> Prescription:
    found = make_prescription(resident=resident, by=carer)
    make_stock_pack(line=make_stock_line(prescription=found), by=carer)
    return found


def late_address(line: Prescription, due_at: datetime | None = DUE) -> str:
    asked = {"prescription": line.pk} | ({"due": due_at.strftime("%Y-%m-%dT%H:%M:%SZ")} if due_at else {})
    return f"/residents/{line.resident_id}/doses/late/?{urlencode(asked)}"


def enter(client: Client, line: Prescription, by: StaffMember, due_at: datetime | None = DUE, **said: object):
    data = {
        "id": str(uuid7()), "outcome": "given", "amount": "1", "given_at": "2026-11-17T08:10", "given_by": by.pk,
        "reason": "The phone was flat",
    } | said  # fmt: skip
    return client.post(late_address(line, due_at), data)


def correct(client: Client, record: Administration, by: StaffMember, **said: object):
    data = {
        "id": str(uuid7()), "replacement_id": str(uuid7()), "reason": "Pressed given by mistake",
        "has_replacement": "yes", "outcome": "refused", "amount": "", "given_at": "2026-11-17T08:10",
        "given_by": by.pk,
    } | said  # fmt: skip
    return client.post(f"/doses/{record.pk}/correct/", data)


def records(line: Prescription) -> list[Administration]:
    with scope(home=line.home_id):
        return list(Administration.objects.filter(prescription=line).select_related("given_by", "entered_by"))


def held(line: Prescription) -> Decimal:
    with scope(home=line.home_id):
        (found,) = line_balances(line.home_id)
    return found.balance


def actions(line: Prescription) -> list[tuple[str, int | None]]:
    with scope(home=line.home_id):
        entries = AuditEntry.objects.exclude(action="record_read").order_by("id")
        return list(entries.values_list("action", "acted_by_id"))


# The record


def test_a_record_shows_everything_known_of_it(
    line: Prescription, carer: StaffMember, senior: StaffMember, sign_in: SignIn
) -> None:
    record = make_administration(
        prescription=line, by=carer, due_at=DUE, given_at=DUE + timedelta(minutes=5), witness=senior,
        counted_balance=Decimal(27), site="left thigh", reading={"blood_glucose": "7.2"}, note="Slept in",
        scan_text="EP234567", entered_at=DUE + timedelta(minutes=6), received_at=DUE + timedelta(minutes=50),
        findings=[{"code": "late", "level": "note"}],
    )  # fmt: skip
    page = sign_in(carer, home=line.resident.home).get(f"/doses/{record.pk}/").content.decode()
    for words in (
        "08:00 on 17 Nov 2026", "08:05 on 17 Nov 2026, by Jo Carer", "08:06 on 17 Nov 2026 by Jo Carer",
        "08:50 on 17 Nov 2026", "Sam Senior, counted 27 left", "Left thigh", "Blood glucose 7.2", "Slept in",
        "Scanner: ", "EP234567", "Given late", "Nothing left stock because of this record",
    ):  # fmt: skip
        assert words in page, words
    assert "left thigh" in page.split("body-map__area--chosen")[1][:200]


def test_a_carer_is_told_who_can_correct_and_a_senior_gets_the_button(
    line: Prescription, carer: StaffMember, senior: StaffMember, sign_in: SignIn
) -> None:
    record = make_administration(prescription=line, by=carer, due_at=DUE)
    assert "A senior, a nurse or the manager can correct it" in (
        sign_in(carer, home=line.resident.home).get(f"/doses/{record.pk}/").content.decode()
    )
    assert (
        "Correct this record" in sign_in(senior, home=line.resident.home).get(f"/doses/{record.pk}/").content.decode()
    )
    assert sign_in(carer, home=line.resident.home).get(f"/doses/{record.pk}/correct/").status_code == 403


def test_reading_a_record_is_written_down(line: Prescription, carer: StaffMember, sign_in: SignIn) -> None:
    record = make_administration(prescription=line, by=carer, due_at=DUE)
    sign_in(carer, home=line.resident.home).get(f"/doses/{record.pk}/")
    with scope(home=line.home_id):
        assert AuditEntry.objects.filter(action="record_read", about="dose record", acted_by=carer).count() == 1


# Corrections


@pytest.mark.hazard("H26", control="A wrong record is replaced, the old one stays, stock is put right", shows="works")
def test_a_correction_keeps_the_old_record_and_brings_its_stock_back(
    line: Prescription, carer: StaffMember, senior: StaffMember, sign_in: SignIn
) -> None:
    enter(sign_in(carer, home=line.resident.home), line, carer)
    (wrong,) = records(line)
    assert held(line) == 27
    response = correct(sign_in(senior, home=line.resident.home), wrong, carer, note="Spat it out")
    assert response.headers["Location"] == f"/doses/{wrong.pk}/"
    with scope(home=line.home_id):
        correction = Correction.objects.get(administration=wrong)
    assert (correction.reason, correction.corrected_by_id) == ("Pressed given by mistake", senior.pk)
    new = next(each for each in records(line) if each.pk == correction.replacement_id)
    assert (new.outcome, new.due_at, new.given_by_id, new.entered_by_id) == ("refused", DUE, carer.pk, senior.pk)
    assert held(line) == 28
    assert ("administration_corrected", senior.pk) in actions(line)
    page = sign_in(carer, home=line.resident.home).get(f"/doses/{wrong.pk}/").content.decode()
    assert "Pressed given by mistake" in page
    assert f"/doses/{new.pk}/" in page
    assert "Wasted" not in page
    newer = sign_in(carer, home=line.resident.home).get(f"/doses/{new.pk}/").content.decode()
    assert f"/doses/{wrong.pk}/" in newer
    chart = sign_in(carer, home=line.resident.home).get(f"/residents/{line.resident_id}/mar/").content.decode()
    assert "<s>G</s>" in chart
    assert f"/doses/{new.pk}/" in chart


def test_a_correction_may_say_that_nothing_happened(
    line: Prescription, carer: StaffMember, senior: StaffMember, sign_in: SignIn
) -> None:
    record = make_administration(prescription=line, by=carer, due_at=DUE)
    sent = {"has_replacement": "no", "outcome": "", "given_at": "", "given_by": ""}
    correct(sign_in(senior, home=line.resident.home), record, carer, **sent)
    with scope(home=line.home_id):
        assert Correction.objects.get(administration=record).replacement_id is None
    assert len(records(line)) == 1


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"reason": " "}, "Enter why the record is wrong"),
        ({"outcome": "given", "amount": ""}, "Enter how much they had"),
        ({"given_at": "2026-11-19T08:00"}, "lies in the future"),
        ({"outcome": "other", "note": ""}, "alone tells nobody why"),
        ({"given_by": "999999"}, "Select a valid choice"),
    ],
)
def test_a_correction_that_cannot_be_made_says_what_to_do(
    line: Prescription, carer: StaffMember, senior: StaffMember, sign_in: SignIn, said: dict[str, str], told: str
) -> None:
    record = make_administration(prescription=line, by=carer, due_at=DUE)
    response = correct(sign_in(senior, home=line.resident.home), record, carer, **said)
    assert response.status_code == 200
    assert told in response.content.decode()
    with scope(home=line.home_id):
        assert not Correction.objects.exists()


def test_a_correction_sent_twice_is_one(
    line: Prescription, carer: StaffMember, senior: StaffMember, sign_in: SignIn
) -> None:
    record, ids = make_administration(prescription=line, by=carer, due_at=DUE), {"id": str(uuid7())}
    client = sign_in(senior, home=line.resident.home)
    for _ in range(2):
        correct(client, record, carer, replacement_id=ids["id"][:-4] + "abcd", **ids)
    assert "corrected already" not in client.get(f"/doses/{record.pk}/").content.decode()
    assert correct(client, record, carer).status_code == 302
    assert "corrected already" in client.get(f"/doses/{record.pk}/").content.decode()
    with scope(home=line.home_id):
        assert Correction.objects.count() == 1
    assert len(records(line)) == 2


# Late entries


@pytest.mark.hazard("H05", control="A missed dose can be written down later, with both times", shows="works")
def test_a_carer_enters_their_own_dose_late_and_both_times_are_shown(
    line: Prescription, carer: StaffMember, sign_in: SignIn
) -> None:
    client = sign_in(carer, home=line.resident.home)
    response = enter(client, line, carer, note="With tea")
    (record,) = records(line)
    assert response.headers["Location"] == f"/doses/{record.pk}/"
    assert (record.given_at, record.entered_at) == (DUE + timedelta(minutes=10), NOW)
    assert (record.due_at, record.given_by, record.entered_by) == (DUE, carer, carer)
    assert record.by_hand_reason == "Entered late: The phone was flat"
    assert actions(line) == [("dose_entered_late", carer.pk)]
    assert held(line) == 27
    with scope(home=line.home_id):
        assert StockMovement.objects.filter(record_id=record.pk).count() == 1
    chart = client.get(f"/residents/{line.resident_id}/mar/").content.decode()
    assert '<span class="mar__at">08:10</span><span class="mar__at">typed 18 Nov 09:00</span>' in chart
    assert "late entry: given 08:10, entered 09:00 on 18 Nov 2026 by Jo C" in chart


def test_a_late_entry_from_paper_keeps_the_row_of_the_paper(
    line: Prescription, carer: StaffMember, sign_in: SignIn
) -> None:
    client = sign_in(carer, home=line.resident.home)
    enter(client, line, carer, is_from_paper="on", paper_code="k7q2", reason="No network all morning")
    (record,) = records(line)
    assert record.by_hand_reason == "Entered late, from paper, row K7Q2: No network all morning"
    page = client.get(f"/doses/{record.pk}/").content.decode()
    assert "Written on a printed chart first, row K7Q2" in page


def test_a_carer_cannot_answer_for_somebody_else_and_a_senior_can(
    line: Prescription, carer: StaffMember, senior: StaffMember, sign_in: SignIn
) -> None:
    refused = enter(sign_in(carer, home=line.resident.home), line, senior)
    assert "Select a valid choice" in refused.content.decode()
    assert records(line) == []
    enter(sign_in(senior, home=line.resident.home), line, carer)
    (record,) = records(line)
    assert (record.given_by, record.entered_by) == (carer, senior)


def test_an_inspector_enters_nothing(line: Prescription, carer: StaffMember, sign_in: SignIn) -> None:
    inspector = make_staff_member(home=line.resident.home, role=Role.INSPECTOR)
    assert enter(sign_in(inspector, home=line.resident.home), line, inspector).status_code == 403
    chart = sign_in(inspector, home=line.resident.home).get(f"/residents/{line.resident_id}/mar/").content.decode()
    assert "doses/late" not in chart


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"reason": ""}, "Enter why it is entered only now"),
        ({"given_at": "2026-11-18T09:30"}, "lies in the future"),
        ({"amount": ""}, "Enter how much they had"),
        ({"outcome": "not_recorded"}, "Select a valid choice"),
        ({"amount": "-1"}, "Enter more than nothing"),
    ],
)
def test_a_late_entry_that_cannot_be_made_says_what_to_do(
    line: Prescription, carer: StaffMember, sign_in: SignIn, said: dict[str, str], told: str
) -> None:
    response = enter(sign_in(carer, home=line.resident.home), line, carer, **said)
    assert told in response.content.decode()
    assert records(line) == []


def test_a_late_entry_sent_twice_is_one_and_a_second_one_is_shown_the_first(
    line: Prescription, carer: StaffMember, sign_in: SignIn
) -> None:
    client, pk = sign_in(carer, home=line.resident.home), str(uuid7())
    for _ in range(2):
        assert enter(client, line, carer, id=pk).headers["Location"] == f"/doses/{pk}/"
    assert enter(client, line, carer).headers["Location"] == f"/doses/{pk}/"
    assert len(records(line)) == 1
    assert actions(line) == [("dose_entered_late", carer.pk)]


def test_blanks_of_the_last_days_are_offered_oldest_first_and_lead_from_the_chart(
    line: Prescription, carer: StaffMember, sign_in: SignIn
) -> None:
    needed = make_prescription(resident=line.resident, by=carer, schedule=when_required())
    client = sign_in(carer, home=line.resident.home)
    offered = client.get(f"/residents/{line.resident_id}/doses/late/").content.decode()
    assert offered.index("Mon 16 Nov 08:00") < offered.index("Tue 17 Nov 08:00")
    assert f"?prescription={needed.pk}" in offered
    chart = client.get(f"/residents/{line.resident_id}/mar/").content.decode()
    assert late_address(line).replace("&", "&amp;") in chart
    assert client.get(late_address(line)).status_code == 200


def test_a_when_required_dose_is_entered_late(resident: Resident, carer: StaffMember, sign_in: SignIn) -> None:
    needed = make_prescription(resident=resident, by=carer, schedule=when_required())
    enter(sign_in(carer, home=resident.home), needed, carer, due_at=None, amount="2", note="Hip hurt")
    (record,) = records(needed)
    assert (record.due_at, record.amount, record.note) == (None, Decimal(2), "Hip hurt")


def test_no_dose_is_entered_where_none_was_due(line: Prescription, carer: StaffMember, sign_in: SignIn) -> None:
    client = sign_in(carer, home=line.resident.home)
    assert client.get(late_address(line, DUE + timedelta(hours=3))).status_code == 404
    assert enter(client, line, carer, due_at=None).status_code == 404
    assert records(line) == []


def test_a_late_insulin_takes_its_reading_and_its_site(resident: Resident, carer: StaffMember, sign_in: SignIn) -> None:
    insulin = make_prescription(
        resident=resident, by=carer,
        schedule=regular(
            "Morning", amount="12", unit="unit", reading={"name": "blood_glucose", "unit": "mmol/L"},
        ),
        body_areas=["left thigh", "right thigh"],
    )  # fmt: skip
    client = sign_in(carer, home=resident.home)
    page = client.get(late_address(insulin)).content.decode()
    assert 'data-area="left thigh"' in page
    assert 'data-area="face"' not in page
    enter(client, insulin, carer, amount="12", reading="7.2", site="left thigh")
    (record,) = records(insulin)
    assert (record.reading, record.site) == ({"blood_glucose": "7.2"}, "left thigh")
    maps = client.get(f"/residents/{resident.pk}/body-maps/").content.decode()
    assert "Tue 17 Nov 08:10" in maps
    assert "<td>left thigh</td>" in maps
