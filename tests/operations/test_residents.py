"""Admission, allergies and presence: what the record then says of a person, and what it refuses."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import IntegrityError, transaction
from PIL import Image
from uuid_utils.compat import uuid7

from emar.models import AuditEntry, Measurement, Prescription, Presence, Resident, ResidentPhoto, Task
from emar.operations import residents
from emar.picture_header import ImageRefused
from emar.queries import residents as asked
from emar.queries.snapshot import snapshot
from emar.rules.nhs_numbers import NhsNumberWrong
from emar.scope import scope
from tests import factories as make
from tests.bedside import make_bedside

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
        gone = residents.PresenceChange(Presence.IN_HOSPITAL, make.NOW, where="Royal Infirmary")
        residents.note_presence(resident=ada, change=gone, by=manager.pk, at=make.NOW)
    assert as_device_sees(home, "Ada")["presence"] == "in_hospital"


def test_a_wrong_nhs_number_is_refused_by_the_operation_and_by_the_database(home, manager) -> None:  # type: ignore[no-untyped-def]
    unit = make.make_unit(home=home)
    wrong = residents.Person("Bo Low", "Bo", date(1940, 1, 1), "8", nhs_number="9990000019")
    with scope(home=home.pk), pytest.raises(NhsNumberWrong):
        residents.admit(person=wrong, unit=unit, by=manager.pk, at=make.NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        make.make_resident(unit=unit, nhs_number="9990000019")


def test_a_change_of_details_keeps_what_stood_there_before(home, ada, manager) -> None:  # type: ignore[no-untyped-def]
    moved = residents.Person("Ada Marlow", "Ada", date(1936, 2, 29), "12", nhs_number="9990000018", drink_level=2)
    with scope(home=home.pk):
        residents.change_details(resident=ada, person=moved, unit=ada.unit, by=manager.pk, at=make.NOW)
        [entry] = AuditEntry.objects.filter(action="resident_changed")
        assert entry.changes == {"room": ["7", "12"], "drink_level": [None, 2]}
        residents.change_details(resident=ada, person=moved, unit=ada.unit, by=manager.pk, at=make.NOW)
        assert AuditEntry.objects.filter(action="resident_changed").count() == 1


def test_a_photo_is_drawn_anew_and_keeps_nothing_that_came_with_it(home, ada, manager) -> None:  # type: ignore[no-untyped-def]
    file = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    Image.new("RGB", (900, 600), "red").save(file, "JPEG", exif=exif)
    with scope(home=home.pk):
        residents.keep_photo(resident=ada, image_bytes=file.getvalue(), by=manager.pk, at=make.NOW)
        kept = bytes(ResidentPhoto.objects.get().jpeg)
    assert b"taken at home" in file.getvalue()
    assert b"taken at home" not in kept
    with Image.open(BytesIO(kept)) as drawn:
        assert (drawn.format, drawn.size) == ("JPEG", (480, 480))


@pytest.mark.parametrize("file", [b"", b"GIF89a", b"\xff\xd8\xff", b"<html>"])
def test_a_file_that_is_no_photo_is_refused_with_words(home, ada, manager, file: bytes) -> None:  # type: ignore[no-untyped-def]
    with scope(home=home.pk), pytest.raises(ImageRefused, match="photo"):
        residents.keep_photo(resident=ada, image_bytes=file, by=manager.pk, at=make.NOW)


def test_a_weight_sent_twice_is_one_weighing(home, ada, manager) -> None:  # type: ignore[no-untyped-def]
    weight_id = uuid7()
    with scope(home=home.pk):
        for _ in range(2):
            residents.record_weight(
                resident=ada, weight_id=weight_id, kg=Decimal("61.4"), measured_on=make.NOW.date(), by=manager.pk,
                at=make.NOW,
            )  # fmt: skip
        assert [str(each.value) for each in Measurement.objects.all()] == ["61.40"]


@pytest.mark.hazard("H23", control="coming back without a comparison of medicines opens a task", shows="works")
@pytest.mark.parametrize(
    ("away", "is_reconciled", "tasks"),
    [(Presence.IN_HOSPITAL, False, 1), (Presence.IN_HOSPITAL, True, 0), (Presence.ON_LEAVE, False, 0)],
)
def test_coming_back_from_hospital_asks_for_the_medicines_to_be_compared(
    home, ada, manager, away: Presence, is_reconciled: bool, tasks: int
) -> None:  # type: ignore[no-untyped-def]
    later = make.NOW + timedelta(days=3)
    back = residents.PresenceChange(Presence.PRESENT, later, is_reconciled=is_reconciled)
    with scope(home=home.pk):
        gone = residents.PresenceChange(away, make.NOW, where="Royal Infirmary")
        residents.note_presence(resident=ada, change=gone, by=manager.pk, at=make.NOW)
        residents.note_presence(resident=ada, change=back, by=manager.pk, at=later)
        assert Task.objects.filter(resident=ada, kind="reconcile", is_urgent=True).count() == tasks
        assert asked.resident(home.pk, ada.pk, later).presence == "present"


@pytest.mark.hazard("H31", control="everything stops when a resident dies or leaves", shows="works")
@pytest.mark.parametrize(("how", "days"), [(Presence.DIED, 7), (Presence.LEFT, 0)])
def test_a_resident_who_is_gone_has_everything_stopped_and_their_stock_looked_after(how: Presence, days: int) -> None:
    bedside = make_bedside()
    senior, resident = bedside.senior.pk, bedside.resident
    with scope(home=bedside.home.pk):
        gone = residents.PresenceChange(how, make.NOW)
        residents.note_presence(resident=resident, change=gone, by=senior, at=make.NOW)
        line = Prescription.objects.get(pk=bedside.prescription.pk)
        assert (line.stopped_at, line.stopped_by_id) == (make.NOW, senior)
        [task] = Task.objects.filter(kind="return_stock")
        assert task.due_at == make.NOW + timedelta(days=days)
        with pytest.raises(residents.AlreadyGone):
            residents.note_presence(
                resident=resident, change=residents.PresenceChange(Presence.PRESENT, make.NOW), by=senior, at=make.NOW
            )


def test_a_resident_without_stock_leaves_nothing_to_return(home, ada, manager) -> None:  # type: ignore[no-untyped-def]
    with scope(home=home.pk):
        died = residents.PresenceChange(Presence.DIED, make.NOW)
        residents.note_presence(resident=ada, change=died, by=manager.pk, at=make.NOW)
        assert not Task.objects.exists()
