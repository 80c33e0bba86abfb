from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from emar.models import AuditEntry, Presence, StaffMember, Unit
from emar.queries.residents import age_on
from emar.scope import scope
from tests.factories import (
    NOW,
    make_allergy,
    make_home,
    make_medicine,
    make_no_known_allergies,
    make_prescription,
    make_presence,
    make_resident,
    make_resident_photo,
    make_staff_member,
    make_unit,
    when_required,
)
from tests.pages.conftest import SignIn

pytestmark = pytest.mark.usefixtures("at_now")


@pytest.fixture
def unit(db: None) -> Unit:
    return make_unit(home=make_home(), name="Oak")


@pytest.fixture
def carer(unit: Unit) -> StaffMember:
    return make_staff_member(home=unit.home, full_name="Jo Carer")


def page_of(sign_in: SignIn, carer: StaffMember, unit: Unit, address: str) -> str:
    response = sign_in(carer, home=unit.home).get(address)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.hazard("H07", control="Unknown allergies are shown as unknown", shows="works")
def test_allergies_are_recorded_none_known_by_someone_or_not_recorded(
    unit: Unit, carer: StaffMember, sign_in: SignIn
) -> None:
    allergic, without, unknown = (make_resident(unit=unit) for _ in range(3))
    make_allergy(resident=allergic, by=carer, substance="Penicillin", reaction="Swollen face")
    make_no_known_allergies(resident=without, by=carer)
    shown = {each.pk: page_of(sign_in, carer, unit, f"/residents/{each.pk}/") for each in (allergic, without, unknown)}
    assert "Penicillin</strong>: Swollen face" in shown[allergic.pk]
    assert "said by Jo Carer on 5 Jan 2026" in shown[without.pk]
    assert "Allergies not recorded" in shown[unknown.pk]
    assert "No known allergies" not in shown[unknown.pk]


def test_an_allergy_recorded_later_ends_the_word_that_there_is_none(
    unit: Unit, carer: StaffMember, sign_in: SignIn
) -> None:
    resident = make_resident(unit=unit)
    make_no_known_allergies(resident=resident, by=carer)
    make_allergy(resident=resident, by=carer)
    page = page_of(sign_in, carer, unit, f"/residents/{resident.pk}/")
    assert "No known allergies" not in page


def test_a_withdrawn_allergy_leaves_it_unknown(unit: Unit, carer: StaffMember, sign_in: SignIn) -> None:
    resident = make_resident(unit=unit)
    make_allergy(resident=resident, by=carer, withdrawn_at=NOW, withdrawn_by=carer)
    assert "Allergies not recorded" in page_of(sign_in, carer, unit, f"/residents/{resident.pk}/")


def test_a_resident_without_a_photo_shows_initials(unit: Unit, carer: StaffMember, sign_in: SignIn) -> None:
    resident = make_resident(unit=unit, full_name="Mary Ann Okafor")
    page = page_of(sign_in, carer, unit, f"/residents/{resident.pk}/")
    assert ">MO</span>" in page
    client = sign_in(carer, home=unit.home)
    assert client.get(f"/residents/{resident.pk}/photo/").status_code == 404
    make_resident_photo(resident=resident, by=carer, jpeg=b"\xff\xd8\xffface")
    response = client.get(f"/residents/{resident.pk}/photo/")
    assert (response.content, response.headers["Content-Type"]) == (b"\xff\xd8\xffface", "image/jpeg")


def test_prescriptions_are_in_words_with_who_wrote_and_checked_them(
    unit: Unit, carer: StaffMember, sign_in: SignIn
) -> None:
    resident = make_resident(unit=unit, how_i_take="One at a time, with yoghurt.", nhs_number="9990000018")
    checker = make_staff_member(home=unit.home, full_name="Sam Senior")
    make_prescription(
        resident=resident,
        by=carer,
        medicine=make_medicine(name="Amlodipine 5mg tablets"),
        checked_by=checker,
        instructions=["With water"],
        is_time_critical=True,
    )
    make_prescription(resident=resident, by=carer, schedule=when_required(), prn_protocol={"condition": "headache"})
    make_prescription(
        resident=resident,
        by=carer,
        medicine=make_medicine(name="Ramipril 5mg capsules"),
        stopped_at=NOW - timedelta(days=2),
        stopped_by=carer,
        stop_reason="Dry cough",
    )
    page = page_of(sign_in, carer, unit, f"/residents/{resident.pk}/")
    for expected in (
        "One at a time, with yoghurt.",
        "999 000 0018",
        "Amlodipine 5mg tablets",
        "by Jo Carer, checked by Sam Senior",
        "With water",
        "Time-critical",
        "headache",
        "Dry cough",
    ):
        assert expected in page


def test_a_prescription_nobody_checked_is_shown_as_not_active(unit: Unit, carer: StaffMember, sign_in: SignIn) -> None:
    resident = make_resident(unit=unit)
    make_prescription(resident=resident, by=carer, checked_at=None)
    assert "waits for a second check" in page_of(sign_in, carer, unit, f"/residents/{resident.pk}/")


def test_the_list_finds_by_name_or_room_and_leaves_out_those_who_left(
    unit: Unit, carer: StaffMember, sign_in: SignIn
) -> None:
    make_resident(unit=unit, full_name="Joan Whitfield", room="12")
    make_resident(unit=unit, full_name="Alf Okoro", room="14")
    gone = make_resident(unit=unit, full_name="Bill Pryce", room="15")
    make_presence(resident=gone, by=carer, presence=Presence.LEFT, since_at=NOW - timedelta(days=1))
    everybody = page_of(sign_in, carer, unit, "/residents/")
    assert "Joan Whitfield" in everybody
    assert "Bill Pryce" not in everybody
    found = page_of(sign_in, carer, unit, "/residents/?q=okoro")
    assert "Alf Okoro" in found
    assert "Joan Whitfield" not in found
    assert "Nobody matches" in page_of(sign_in, carer, unit, "/residents/?q=nobody")
    assert page_of(sign_in, carer, unit, f"/residents/{gone.pk}/")


def test_the_list_says_where_a_resident_is_now(unit: Unit, carer: StaffMember, sign_in: SignIn) -> None:
    resident = make_resident(unit=unit)
    make_presence(resident=resident, by=carer, presence=Presence.ON_LEAVE, since_at=NOW - timedelta(days=9))
    assert "On leave" in page_of(sign_in, carer, unit, "/residents/")
    make_presence(resident=resident, by=carer, presence=Presence.PRESENT, since_at=NOW - timedelta(days=1))
    assert "On leave" not in page_of(sign_in, carer, unit, "/residents/")


def test_words_that_look_like_markup_are_shown_as_words(unit: Unit, carer: StaffMember, sign_in: SignIn) -> None:
    resident = make_resident(unit=unit, how_i_take="<script>alert(1)</script>", preferred_name="<b>Jo</b>")
    page = page_of(sign_in, carer, unit, f"/residents/{resident.pk}/")
    assert "<script>alert" not in page
    assert "<b>Jo" not in page


def test_a_look_at_the_list_names_nobody_in_the_audit(unit: Unit, carer: StaffMember, sign_in: SignIn) -> None:
    make_resident(unit=unit)
    page_of(sign_in, carer, unit, "/residents/")
    with scope(home=unit.home_id):
        assert not AuditEntry.objects.filter(action="record_read").exists()


@pytest.mark.parametrize(
    ("day", "age"),
    [(date(2026, 2, 28), 85), (date(2026, 3, 1), 86), (date(2028, 2, 28), 87), (date(2028, 2, 29), 88)],
)
def test_a_person_born_on_29_february_grows_older_on_1_march(day: date, age: int) -> None:
    assert age_on(day, date(1940, 2, 29)) == age


def test_the_list_takes_as_many_statements_for_many_as_for_one(unit: Unit, carer: StaffMember, sign_in: SignIn) -> None:
    def another() -> None:
        resident = make_resident(unit=unit)
        make_prescription(resident=resident, by=carer)
        make_allergy(resident=resident, by=carer)
        make_presence(resident=resident, by=carer, since_at=NOW)

    def statements() -> int:
        client = sign_in(carer, home=unit.home)
        with CaptureQueriesContext(connection) as captured:
            client.get("/residents/")
        return len(captured)

    another()
    one = statements()
    for _ in range(5):
        another()
    assert statements() == one
