"""Who looked and who changed, in words; and forms that refuse in words."""

import re
from html import unescape

import pytest
from django.utils import timezone
from uuid_utils.compat import uuid7

from emar.models import Prescription, StaffMember, Unit
from emar.operations import audit, prescriptions, transfers
from emar.queries import transfers as asked
from emar.scope import scope
from tests.factories import NOW, make_home, make_prescription, make_resident, make_staff_member, make_unit
from tests.pages.conftest import SignIn
from web import audit_words

pytestmark = pytest.mark.usefixtures("at_now")


@pytest.fixture
def unit(db: None) -> Unit:
    return make_unit(home=make_home(), name="Oak")


@pytest.fixture
def manager(unit: Unit) -> StaffMember:
    return make_staff_member(home=unit.home, role="manager", full_name="Maria Okafor")


@pytest.fixture
def line(unit: Unit, manager: StaffMember) -> Prescription:
    return make_prescription(resident=make_resident(unit=unit), by=manager)


def test_the_log_says_who_did_what_and_why(
    unit: Unit, manager: StaffMember, line: Prescription, sign_in: SignIn
) -> None:
    carer = make_staff_member(home=unit.home, full_name="Jo Carer")
    with scope(home=unit.home_id):
        prescriptions.stop(prescription=line, reason="dry cough", by=manager.pk, at=NOW)
        audit.note(action="record_read", by=carer.pk, at=NOW, home_id=unit.home_id, resident_id=line.resident_id)
    client = sign_in(manager, home=unit.home)
    address = f"/residents/{line.resident_id}/log/"
    page = client.get(address).content.decode()
    assert "<strong>Maria Okafor</strong> stopped Amlodipine 5mg tablets because: dry cough" in page
    assert "<strong>Jo Carer</strong> read the record" in page
    only = client.get(address, {"who": carer.pk}).content.decode()
    assert "stopped Amlodipine" not in only
    assert "<strong>Jo Carer</strong> read" in only
    changes = client.get(address, {"what": "changes"}).content.decode()
    assert "stopped Amlodipine" in changes
    assert "<strong>Jo Carer</strong> read" not in changes
    later = client.get(address, {"since": "2026-11-19"}).content.decode()
    assert "Nothing of that kind" in later


def test_a_change_shows_what_stood_there_before(
    unit: Unit, manager: StaffMember, line: Prescription, sign_in: SignIn
) -> None:
    client, one = sign_in(manager, home=unit.home), f"/residents/{line.resident_id}"
    form = client.get(f"{one}/details/").context["form"]
    typed = {name: value for name in form.fields if (value := form[name].value()) not in (None, "")}
    answer = client.post(f"{one}/details/", typed | {"room": "Garden 3", "nhs_number": "999 000 0019"})
    assert "not an NHS number" in answer.content.decode()
    answer = client.post(f"{one}/details/", typed | {"room": "Garden 3", "nhs_number": "999 000 0018"})
    assert answer.status_code == 302
    page = client.get(f"{one}/log/").content.decode()
    assert "→ Garden 3" in page
    assert "NHS number: nothing → 9990000018" in page


def test_an_admission_cannot_take_another_residents_number(unit: Unit, manager: StaffMember, sign_in: SignIn) -> None:
    make_resident(unit=unit, full_name="Joan Whitfield", nhs_number="9990000018")
    typed = {
        "full_name": "Ada Marlow", "preferred_name": "Ada", "born_on": "1936-02-29", "nhs_number": "9990000018",
        "unit": unit.pk, "room": "7", "allergies": "none_known",
    }  # fmt: skip
    client = sign_in(manager, home=unit.home)
    assert "Joan Whitfield in this home has that NHS number" in client.post("/residents/admit/", typed).content.decode()
    answer = client.post("/residents/admit/", typed | {"nhs_number": ""})
    assert answer.status_code == 302
    assert "/reconcile/?occasion=admission" in answer.headers["Location"]


def test_a_person_who_is_here_does_not_come_back_and_goes_nowhere_tomorrow(
    unit: Unit, manager: StaffMember, line: Prescription, sign_in: SignIn
) -> None:
    client, address = sign_in(manager, home=unit.home), f"/residents/{line.resident_id}/where/"
    back = client.post(address, {"presence": "present", "since_at": "2026-11-18T08:00"})
    assert "Select a valid choice" in back.content.decode()
    ahead = client.post(address, {"presence": "in_hospital", "since_at": "2026-11-19T08:00"}).content.decode()
    assert "Enter which hospital" in ahead
    assert "Enter a time that has come" in ahead


def test_every_act_of_the_record_has_words() -> None:
    assert audit_words.act_words("prescription_stopped") == "stopped a medicine"
    assert audit_words.act_words("something_new") == "something new"
    assert audit_words.change_words({"drink_level": [None, 2], "conditions": [["a"], ["a", "b"]]}) == [
        "IDDSI level of drinks: nothing → 2",
        "conditions: a → a, b",
    ]
    assert timezone.now() == NOW


def test_the_prescription_written_because_of_a_line_answers_the_line(
    unit: Unit, manager: StaffMember, line: Prescription, sign_in: SignIn
) -> None:
    listed = transfers.FoundList(
        uuid7(), "admission", ["Letter"],
        [transfers.FoundMedicine("Amlodipine 5mg one daily", "start", medicine_id=line.medicine_id)],
    )  # fmt: skip
    with scope(home=unit.home_id):
        done = transfers.reconcile(resident=line.resident, found=listed, by=manager.pk, at=NOW)
        wanted = asked.reconciliation(unit.home_id, line.resident_id, done.pk).lines[0].prescription_id
    client = sign_in(manager, home=unit.home)
    page = client.get(f"/residents/{line.resident_id}/reconciliations/{done.pk}/").content.decode()
    address = unescape(re.search(r'href="([^"]+)">Write it now', page)[1])
    assert f'name="id" value="{wanted}"' in client.get(address).content.decode()
