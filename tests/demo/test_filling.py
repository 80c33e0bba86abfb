from datetime import timedelta
from io import BytesIO, StringIO

import nhs_number
import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections
from django.utils import timezone
from PIL import Image

from emar.demo.filling import fill
from emar.models import (
    Administration,
    Allergy,
    Council,
    NoKnownAllergies,
    Prescription,
    Resident,
    ResidentPhoto,
    StaffMember,
)
from emar.queries.due import due_between
from emar.queries.record_faults import record_faults
from emar.scope import scope
from stock.models import StockMovement, StockPack
from stock.queries.ledger_faults import ledger_faults
from tests.conftest import _empty_every_table
from tests.demo.conftest import NOW, SMALL

pytestmark = pytest.mark.usefixtures("demo")


def rows_of(home_id: int) -> dict[str, int]:
    """Count every table of ours as the home sees it."""
    with scope(home=home_id):
        return {
            model._meta.label: model.objects.count()
            for app in ("emar", "stock")
            for model in apps.get_app_config(app).get_models()
        }


def fingerprint(home_id: int) -> list[tuple[object, ...]]:
    """Return what a filling decided: people, prescriptions, doses, packs."""
    with scope(home=home_id):
        return [
            *Resident.objects.order_by("label_code").values_list("full_name", "nhs_number", "born_on", "label_code"),
            *Prescription.objects.order_by("pk").values_list("pk", "medicine_id", "dose_words"),
            *Administration.objects.order_by("pk").values_list("pk", "outcome", "given_at", "scan_text"),
            *StockPack.objects.order_by("pk").values_list("pk", "label_code", "batch", "status", "opened_on"),
        ]


def test_everybody_has_a_number_that_is_never_issued_and_a_drawn_face(demo):
    with scope(home=demo.home_id):
        residents = list(Resident.objects.all())
        photos = {photo.resident_id: bytes(photo.jpeg) for photo in ResidentPhoto.objects.all()}
    assert len({resident.full_name for resident in residents}) == demo.filled.residents == 14
    for resident in residents:
        if resident.nhs_number is not None:
            assert nhs_number.is_valid(resident.nhs_number)
            assert 9_990_000_000 <= int(resident.nhs_number) <= 9_999_999_999
        face = Image.open(BytesIO(photos[resident.pk]))
        assert (face.format, face.size) == ("JPEG", (240, 240))
    assert len(set(photos.values())) == 14


def test_allergies_are_recorded_denied_or_for_one_person_not_recorded(demo):
    with scope(home=demo.home_id):
        residents = set(Resident.objects.values_list("pk", flat=True))
        allergic = set(Allergy.objects.values_list("resident_id", flat=True))
        none_known = set(NoKnownAllergies.objects.values_list("resident_id", flat=True))
        assert not Allergy.objects.filter(reaction="").exists()
    assert not allergic & none_known
    assert len(residents - allergic - none_known) <= 1


def test_the_ledger_and_the_record_keep_their_promises(demo):
    with scope(home=demo.home_id):
        assert StockMovement.objects.count() > 300
        assert [*ledger_faults(demo.home_id), *record_faults(demo.home_id)] == []


def test_a_round_is_due_at_three_in_the_morning_and_earlier_rounds_are_answered(demo):
    with scope(home=demo.home_id):
        due, _ = due_between(demo.home_id, NOW - timedelta(days=13), NOW + timedelta(hours=1), NOW)
        practising = set(Resident.objects.filter(unit__name="Willow").values_list("pk", flat=True))
    states = [each.state for each in due if each.dose.due_at < NOW - timedelta(hours=3)]
    assert set(states) <= {"answered", "away", "blank"}
    assert states.count("blank") < 0.03 * len(states)
    assert "due" in {each.state for each in due if each.prescription.resident_id in practising}


def test_what_happened_is_a_believable_mix(demo):
    with scope(home=demo.home_id):
        records = list(Administration.objects.values_list("outcome", "due_at", "given_at", "findings", "scan_source"))
    given = [each for each in records if each[0] == "given"]
    assert 0.9 < len(given) / len(records) < 0.995
    assert {"given", "refused"} <= {each[0] for each in records}
    late = [due_at for _, due_at, given_at, *_ in given if due_at and given_at - due_at > timedelta(hours=1)]
    assert 0 < len(late) < 0.06 * len(given)
    assert sum(bool(found) for *_, found, _ in records) < 0.01 * len(records)
    assert {source for *_, source in records} >= {"wedge", "camera", "by_hand"}
    assert all(given_at <= NOW for _, _, given_at, *_ in records)


def test_a_second_filling_at_the_same_time_adds_nothing(demo):
    before = rows_of(demo.home_id)
    again = fill(at=NOW, plan=SMALL)
    assert (again.residents, again.doses) == (0, 0)
    assert rows_of(demo.home_id) == before


def test_the_same_seed_and_moment_make_the_same_homes(demo):
    before = fingerprint(demo.home_id)
    connections.close_all()
    _empty_every_table()
    filled = fill(at=NOW, plan=SMALL)
    assert fingerprint(filled.homes[0].pk) == before
    assert len(before) > 400


def test_filling_a_week_later_goes_on_where_it_stopped():
    later = NOW + timedelta(days=7)
    filled = fill(at=later, plan=SMALL)
    home_id = filled.homes[0].pk
    assert filled.residents == 0
    assert filled.doses > 200
    with scope(home=home_id):
        due, _ = due_between(home_id, NOW - timedelta(days=1), later - timedelta(hours=4), later)
        assert [*ledger_faults(home_id), *record_faults(home_id)] == []
        starved = [each for each in due if each.answer and each.answer.outcome == "out_of_stock"]
    states = [each.state for each in due]
    assert set(states) <= {"answered", "away", "blank"}
    assert states.count("blank") < 0.03 * len(states)
    assert len(starved) < 0.05 * len(due)


def test_the_command_says_how_to_sign_in_and_run_again_adds_only_invitations(demo, monkeypatch, settings):
    monkeypatch.setattr("emar.management.commands.demo.DEMO", SMALL)
    monkeypatch.setattr(timezone, "now", lambda: NOW + timedelta(days=7))
    settings.EMAR_ENV = "demo"
    home_id = fill(at=timezone.now(), plan=SMALL).homes[0].pk
    before = rows_of(home_id)
    said = StringIO()
    call_command("demo", address="http://localhost:8123", stdout=said)
    words = said.getvalue()
    grown = {name for name, count in rows_of(home_id).items() if count != before[name]}
    assert grown == {"emar.DeviceEnrolment", "emar.AuditEntry"}
    for expected in ("http://localhost:8123/demo/barcodes/", "larkfield.manager", "council.officer", "PIN 2580"):
        assert expected in words
    with scope(sign_in_name="larkfield.manager"):
        assert StaffMember.objects.get(username="larkfield.manager").check_password("demo-only-2580")


def test_the_command_refuses_production(settings):
    settings.EMAR_ENV = "production"
    before = Council.objects.count()
    with pytest.raises(CommandError, match="does not run in production"):
        call_command("demo")
    assert Council.objects.count() == before
