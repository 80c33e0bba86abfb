"""Admission, allergies and presence: what the record then says of a person, and what it refuses."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from emar.models import AuditEntry, Presence, Resident
from emar.operations import residents
from emar.queries.snapshot import snapshot
from emar.rules.nhs_numbers import NhsNumberWrong
from emar.scope import scope
from tests import factories as make

pytestmark = pytest.mark.django_db
PERSON = residents.Person("Ada Marlow", "Ada", date(1936, 2, 29), "7", nhs_number="999 000 0018")


@pytest.fixture
def home():  # type: ignore[no-untyped-def]
    return make.make_home()


@pytest.fixture
def manager(home):  # type: ignore[no-untyped-def]
    return make.make_staff_member(home=home, role="manager")


@pytest.fixture
def ada(home, manager) -> Resident:  # type: ignore[no-untyped-def]
    unit = make.make_unit(home=home)
    with scope(home=home.pk):
        return residents.admit(person=PERSON, unit=unit, by=manager.pk, at=make.NOW)


def as_device_sees(home, name: str):  # type: ignore[no-untyped-def]
    with scope(home=home.pk):
        return next(each for each in snapshot(home.pk, make.NOW)["residents"] if each["preferred_name"] == name)


def test_an_admitted_resident_is_present_and_has_a_label_and_no_word_about_allergies(home, ada) -> None:  # type: ignore[no-untyped-def]
    seen = as_device_sees(home, "Ada")
    assert (seen["presence"], seen["allergy_status"]) == ("present", "not_recorded")
    assert seen["label_code"].startswith("ER")
    with scope(home=home.pk):
        assert ada.nhs_number == "9990000018"
        assert AuditEntry.objects.filter(resident=ada, action="resident_admitted").exists()


@pytest.mark.hazard("H07", control="unknown allergies are not shown as none", shows="works")
def test_no_known_allergies_is_somebodys_word_and_an_allergy_outweighs_it(home, ada, manager) -> None:  # type: ignore[no-untyped-def]
    with scope(home=home.pk):
        residents.state_no_known_allergies(resident=ada, by=manager.pk, at=make.NOW)
    assert as_device_sees(home, "Ada")["allergy_status"] == "none_known"
    with scope(home=home.pk):
        allergy = residents.record_allergy(
            resident=ada, substance="Penicillin", reaction="Rash", by=manager.pk, at=make.NOW
        )
    assert as_device_sees(home, "Ada")["allergy_status"] == "recorded"
    with scope(home=home.pk):
        residents.withdraw_allergy(allergy=allergy, by=manager.pk, at=make.NOW)
    assert as_device_sees(home, "Ada")["allergies"] == []


def test_an_allergy_without_its_reaction_is_refused(home, ada, manager) -> None:  # type: ignore[no-untyped-def]
    with scope(home=home.pk), pytest.raises(residents.ReactionMissing):
        residents.record_allergy(resident=ada, substance="Latex", reaction=" ", by=manager.pk, at=make.NOW)


def test_presence_is_the_latest_word(home, ada, manager) -> None:  # type: ignore[no-untyped-def]
    with scope(home=home.pk):
        residents.note_presence(resident=ada, presence=Presence.IN_HOSPITAL, by=manager.pk, at=make.NOW)
    assert as_device_sees(home, "Ada")["presence"] == "in_hospital"


def test_a_wrong_nhs_number_is_refused_by_the_operation_and_by_the_database(home, manager) -> None:  # type: ignore[no-untyped-def]
    unit = make.make_unit(home=home)
    wrong = residents.Person("Bo Low", "Bo", date(1940, 1, 1), "8", nhs_number="9990000019")
    with scope(home=home.pk), pytest.raises(NhsNumberWrong):
        residents.admit(person=wrong, unit=unit, by=manager.pk, at=make.NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        make.make_resident(unit=unit, nhs_number="9990000019")
