"""Does the record keep what happened, once, with what was wrong about it, and take the stock?"""

import socket
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from uuid_utils.compat import uuid7

from emar.models import Correction, Prescription
from emar.operations.administrations import AdministrationRefused, AlreadyCorrected, correct
from emar.scope import scope
from stock.models import Discrepancy, LedgerHead, Place
from tests import factories as make
from tests.bedside import EIGHT, FIVE_PAST, HOUR, MINUTE, NINE, Bedside, end_role, make_bedside, make_paracetamol

pytestmark = pytest.mark.django_db


@pytest.fixture
def bedside() -> Bedside:
    return make_bedside()


def open_discrepancies(bedside: Bedside) -> list[Discrepancy]:
    with scope(home=bedside.home.pk):
        return list(Discrepancy.objects.filter(home=bedside.home, closed_at__isnull=True))


# One dose


def test_a_dose_given_is_a_record_a_movement_and_a_balance(bedside: Bedside) -> None:
    dose = bedside.dose()
    [told] = bedside.record(dose)
    assert (told.answer, told.findings) == ("recorded", ())
    [kept] = bedside.administrations()
    assert str(kept.pk) == dose.id
    assert (kept.outcome, kept.amount, kept.unit) == ("given", 1, "tablet")
    assert (kept.due_at, kept.given_at, kept.received_at) == (EIGHT, FIVE_PAST, NINE)
    assert kept.given_by_id == kept.entered_by_id == bedside.carer.pk
    taken = bedside.movements()[-1]
    assert (taken.record_id, taken.quantity, taken.balance) == (kept.pk, 1, 27)
    assert (taken.source, taken.destination, taken.pack_id) == (Place.HOME, Place.RESIDENT, bedside.pack.pk)


def test_record_movement_and_balance_are_written_together_or_not_at_all(bedside: Bedside) -> None:
    with scope(home=bedside.home.pk):
        # Somebody's movement has this id already, so the ledger must refuse and take the record with it.
        taken = make.make_stock_movement(line=bedside.line, by=bedside.carer, quantity=Decimal(2))
    with pytest.raises(DatabaseError), scope(home=bedside.home.pk):
        bedside.record(bedside.dose(id=str(taken.pk)))
    assert bedside.administrations() == []
    assert bedside.balance() == 26


def test_a_dose_not_given_takes_no_stock(bedside: Bedside) -> None:
    assert bedside.told(outcome="refused", amount=None) == ("recorded", [])
    assert bedside.balance() == 28


@pytest.mark.hazard("H26", control="what was in the pot and refused is wasted, never shown as given", shows="works")
def test_a_dose_refused_after_it_was_in_the_pot_is_wasted(bedside: Bedside) -> None:
    dose = bedside.dose(outcome="refused", amount=None, prepared=Decimal(1))
    bedside.record(dose)
    wasted = bedside.movements()[-1]
    assert (wasted.destination, wasted.quantity, wasted.balance) == (Place.WASTE, 1, 27)
    assert str(wasted.record_id) == dose.id
    assert bedside.administrations()[0].outcome == "refused"


def test_part_given_leaves_the_rest_to_waste(bedside: Bedside) -> None:
    bedside.record(bedside.dose(outcome="part_given", amount=Decimal("0.5"), prepared=Decimal(1)))
    had, wasted = bedside.movements()[-2:]
    assert (had.destination, had.quantity) == (Place.RESIDENT, Decimal("0.5"))
    assert (wasted.destination, wasted.quantity, wasted.balance) == (Place.WASTE, Decimal("0.5"), 27)


@pytest.mark.hazard("H10", control="an amount is the same in the record, the ledger and the seal", shows="works")
@pytest.mark.parametrize(
    ("said", "kept"), [("0.5", "0.5"), ("0.33333", "0.3333"), ("1.00005", "1.0001"), ("2E+1", "20"), ("1.0", "1")]
)
def test_record_and_ledger_keep_the_same_amount(bedside: Bedside, said: str, kept: str) -> None:
    bedside.record(bedside.dose(amount=Decimal(said)))
    assert bedside.administrations()[0].amount == bedside.movements()[-1].quantity == Decimal(kept)


@pytest.mark.parametrize("said", ["0", "0.00001", "1E-30", "-0"])
def test_an_amount_too_small_to_keep_is_recorded_as_missing(bedside: Bedside, said: str) -> None:
    answer, found = bedside.told(amount=Decimal(said))
    assert (answer, found) == ("recorded_with_findings", ["missing_amount"])
    assert len(bedside.administrations()) == 1
    assert bedside.balance() == 28


# The same act told again


def test_a_resend_gets_the_same_answer_for_ever_and_writes_nothing(bedside: Bedside) -> None:
    dose = bedside.dose(given_at=EIGHT - HOUR - 10 * MINUTE)
    first = bedside.record(dose)
    for days in (0, 1, 400):
        assert bedside.record(dose, at=NINE + timedelta(days=days)) == first
    assert first[0].answer == "recorded_with_findings"
    assert len(bedside.administrations()) == 1
    assert bedside.balance() == 27


def test_a_resend_is_recognised_before_any_rule_runs(bedside: Bedside) -> None:
    dose = bedside.dose()
    first = bedside.record(dose)
    # Everything that could change a judgement has changed meanwhile.
    with scope(home=bedside.home.pk):
        Prescription.objects.update(stopped_at=EIGHT, stop_reason="Changed", stopped_by=bedside.senior)
    end_role(bedside, bedside.carer, EIGHT - HOUR)
    bedside.record(bedside.dose())
    assert bedside.record(dose) == first


def test_a_resend_in_the_same_batch_is_recorded_once(bedside: Bedside) -> None:
    dose, other = bedside.dose(), bedside.dose(due_at=EIGHT + timedelta(days=1), given_at=NINE)
    told = bedside.record(dose, other, dose)
    assert told[0] == told[2]
    assert [each.id for each in told] == [dose.id, other.id, dose.id]
    assert len(bedside.administrations()) == 2
    assert bedside.balance() == 26


@pytest.mark.parametrize("changed", [{"amount": Decimal(2)}, {"outcome": "refused"}, {"note": "?"}, {"site": "left"}])
def test_the_same_id_with_other_content_is_refused_and_nothing_is_written(
    bedside: Bedside, changed: dict[str, object]
) -> None:
    dose = bedside.dose()
    bedside.record(dose)
    with pytest.raises(AdministrationRefused):
        bedside.record(bedside.dose(), bedside.dose(id=dose.id, **changed))
    assert len(bedside.administrations()) == 1
    assert bedside.balance() == 27


def test_the_same_id_with_other_content_in_one_batch_is_refused(bedside: Bedside) -> None:
    dose = bedside.dose()
    with pytest.raises(AdministrationRefused):
        bedside.record(dose, bedside.dose(id=dose.id, amount=Decimal(2)))
    assert bedside.administrations() == []


def test_the_case_of_an_id_does_not_make_it_another_dose(bedside: Bedside) -> None:
    dose = bedside.dose()
    bedside.record(dose)
    [told] = bedside.record(bedside.dose(id=dose.id.upper(), content_hash=dose.sealed()))
    assert told.answer == "recorded"
    assert len(bedside.administrations()) == 1


def test_an_instant_is_the_same_content_in_any_zone(bedside: Bedside) -> None:
    dose = bedside.dose()
    elsewhere = bedside.dose(
        id=dose.id, given_at=FIVE_PAST.astimezone(), entered_at=FIVE_PAST.astimezone(), due_at=EIGHT.astimezone()
    )
    assert bedside.record(dose) == bedside.record(elsewhere)


# Twice


@pytest.mark.hazard("H03", control="a second record of one due dose is kept and marked as a conflict", shows="works")
def test_a_double_dose_in_one_batch_is_a_conflict(bedside: Bedside) -> None:
    first, second = bedside.record(bedside.dose(), bedside.dose(given_at=FIVE_PAST + MINUTE))
    assert first.answer == "recorded"
    assert (second.answer, second.findings[0]["code"]) == ("conflict", "double_dose")
    assert len(bedside.administrations()) == 2
    assert bedside.balance() == 26


@pytest.mark.hazard("H04", control="the old and the new prescription of one line share their due doses", shows="works")
def test_one_due_dose_given_on_the_old_and_on_the_new_prescription_is_a_conflict(bedside: Bedside) -> None:
    with scope(home=bedside.home.pk):
        Prescription.objects.update(stopped_at=EIGHT - MINUTE, stop_reason="Dose", stopped_by=bedside.senior)
    changed = bedside.another(
        resident=bedside.resident, medicine=bedside.medicine, replaces=bedside.prescription, version=2
    )
    changed.record(changed.dose())
    answer, found = bedside.told()  # an offline device that did not know of the change
    assert answer == "conflict"
    assert set(found) == {"double_dose", "superseded_prescription"}


def test_given_after_an_earlier_refusal_is_how_rounds_go(bedside: Bedside) -> None:
    assert bedside.told(outcome="refused", amount=None) == ("recorded", [])
    assert bedside.told(given_at=FIVE_PAST + 20 * MINUTE) == ("recorded", [])


# What the open-source peers accepted without a word


@pytest.mark.hazard("H03", control="the same dose sent twice is a conflict", shows="exists")
def test_peer_case_1_the_same_dose_twice(bedside: Bedside) -> None:
    assert bedside.told() == ("recorded", [])
    assert bedside.told() == ("conflict", ["double_dose"])


@pytest.mark.hazard("H01", control="a prescription of another resident is found", shows="works")
def test_peer_case_2_a_prescription_of_another_resident(bedside: Bedside) -> None:
    other = bedside.another()
    answer, found = bedside.told(resident_id=other.resident.pk)
    assert answer == "recorded_with_findings"
    assert found[0] == "wrong_resident"


@pytest.mark.hazard("H02", control="a pack of another medicine is found", shows="works")
def test_peer_case_3_a_medicine_other_than_the_prescribed(bedside: Bedside) -> None:
    other = bedside.another(resident=bedside.resident, medicine=make.make_medicine(name="Ramipril 5mg capsules"))
    assert bedside.told(pack_id=str(other.pack.pk)) == ("recorded_with_findings", ["wrong_medicine"])
    assert bedside.balance() == 28
    # What left the cupboard is what was in the scanned pack.
    assert bedside.balance(other.line) == 27


@pytest.mark.hazard("H08", control="a dose from the future is found", shows="works")
def test_peer_case_4_a_time_24_hours_ahead(bedside: Bedside) -> None:
    answer, found = bedside.told(given_at=NINE + timedelta(hours=24), due_at=EIGHT + timedelta(hours=24))
    assert answer == "recorded_with_findings"
    assert "future_time" in found


@pytest.mark.hazard("H26", control="not given needs its reason", shows="works")
def test_peer_case_5_not_given_without_a_reason(bedside: Bedside) -> None:
    assert bedside.told(outcome="other", amount=None) == ("recorded_with_findings", ["missing_reason"])
    with pytest.raises(AdministrationRefused):
        bedside.record(bedside.dose(outcome="", amount=None))


@pytest.mark.hazard("H17", control="a record without a person is found", shows="works")
def test_peer_case_6_no_performer(bedside: Bedside) -> None:
    assert bedside.told(given_by_id=None) == ("recorded_with_findings", ["no_performer"])


@pytest.mark.hazard("H10", control="given without an amount is found", shows="works")
def test_peer_case_7_no_dose(bedside: Bedside) -> None:
    assert bedside.told(amount=None) == ("recorded_with_findings", ["missing_amount"])


@pytest.mark.hazard("H06", control="a dose of a stopped prescription is found", shows="works")
def test_peer_case_8_a_stopped_prescription(bedside: Bedside) -> None:
    with scope(home=bedside.home.pk):
        Prescription.objects.update(stopped_at=EIGHT - HOUR, stop_reason="Side effects", stopped_by=bedside.senior)
    answer, found = bedside.told()
    assert answer == "recorded_with_findings"
    assert found[0] == "stopped_medicine"


@pytest.mark.hazard("H20", control="recording asks nobody outside", shows="works")
def test_peer_case_9_every_other_server_is_down(bedside: Bedside, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object, **__: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr(socket.socket, "connect", nobody)
    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    assert bedside.told() == ("recorded", [])


# What is found


def test_a_prescription_of_another_home_is_refused(bedside: Bedside) -> None:
    stranger = make_bedside()
    with pytest.raises(AdministrationRefused):
        bedside.record(bedside.dose(prescription_id=str(stranger.prescription.pk)))
    with pytest.raises(AdministrationRefused):
        bedside.record(bedside.dose(prescription_id=str(uuid7())))
    assert bedside.administrations() == stranger.administrations() == []


@pytest.mark.hazard("H12", control="another home's resident, pack or round is refused by the database", shows="works")
def test_a_resident_of_another_home_is_refused_by_the_database(bedside: Bedside) -> None:
    stranger = make_bedside()
    with pytest.raises(DatabaseError), scope(home=bedside.home.pk):
        bedside.record(bedside.dose(resident_id=stranger.resident.pk))
    assert bedside.administrations() == []


def test_a_pack_of_another_home_is_unknown_and_the_own_line_is_used(bedside: Bedside) -> None:
    stranger = make_bedside()
    assert bedside.told(pack_id=str(stranger.pack.pk)) == ("recorded_with_findings", ["unknown_pack"])
    assert bedside.administrations()[0].pack_id is None
    assert bedside.balance() == 27
    assert stranger.balance() == 28


@pytest.mark.hazard("H13", control="another resident's pack is found, and its stock is what went down", shows="works")
def test_another_residents_pack_is_found(bedside: Bedside) -> None:
    other = bedside.another(medicine=bedside.medicine)
    assert bedside.told(pack_id=str(other.pack.pk)) == ("recorded_with_findings", ["wrong_resident"])
    assert (bedside.balance(), bedside.balance(other.line)) == (28, 27)


@pytest.mark.hazard("H17", control="who may work here is asked for the time of the dose", shows="works")
def test_duty_is_asked_for_the_time_of_the_dose(bedside: Bedside) -> None:
    tomorrow = {"due_at": EIGHT + timedelta(days=1), "given_at": FIVE_PAST + timedelta(days=1)}
    end_role(bedside, bedside.carer, NINE)
    # Told a week later, when the agency carer has long left.
    assert bedside.told(at=NINE + timedelta(days=7)) == ("recorded", [])
    answer, found = bedside.told(at=NINE + timedelta(days=7), **tomorrow)
    assert (answer, found) == ("recorded_with_findings", ["not_on_duty"])


def test_somebody_who_never_worked_here_is_found(bedside: Bedside) -> None:
    stranger = make_bedside()
    assert bedside.told(given_by_id=stranger.carer.pk) == ("recorded_with_findings", ["not_on_duty"])


@pytest.mark.hazard("H07", control="an allergy to an ingredient of the medicine is found", shows="works")
def test_an_allergy_is_found_by_ingredient(bedside: Bedside) -> None:
    penicillin = make.make_ingredient(name="Amoxicillin")
    make.make_medicine_ingredient(medicine=bedside.medicine, ingredient=penicillin)
    allergy = make.make_allergy(resident=bedside.resident, by=bedside.senior, ingredient=penicillin)
    assert bedside.told() == ("recorded_with_findings", ["allergy"])
    with scope(home=bedside.home.pk):
        allergy.withdrawn_at, allergy.withdrawn_by = NINE, bedside.senior
        allergy.save()
    assert bedside.told(due_at=EIGHT + timedelta(days=1), given_at=FIVE_PAST + timedelta(days=1),
                        at=NINE + timedelta(days=1)) == ("recorded", [])  # fmt: skip


@pytest.mark.hazard("H07", control="an allergy to a class is found on a dose of any medicine of it", shows="works")
@pytest.mark.parametrize(
    ("words", "chosen", "answer"),
    [
        ("Penicillin", [], "recorded_with_findings"),
        ("rash after a tablet", ["penicillins"], "recorded_with_findings"),
        ("macrolides", [], "recorded"),
        ("Nuts", [], "recorded"),
    ],
)
def test_an_allergy_to_a_class_is_found(bedside: Bedside, words: str, chosen: list[str], answer: str) -> None:
    amoxicillin = make.make_ingredient(name="Amoxicillin trihydrate")
    make.make_medicine_ingredient(medicine=bedside.medicine, ingredient=amoxicillin)
    make.make_allergy(resident=bedside.resident, by=bedside.senior, substance=words, class_codes=chosen)
    assert bedside.told() == (answer, ["allergy"] if answer != "recorded" else [])


@pytest.mark.hazard("H09", control="the maximum is counted by ingredient over every product", shows="works")
def test_the_maximum_of_paracetamol_is_counted_over_every_product() -> None:
    tablets, co_codamol = make_paracetamol("Paracetamol 500mg tablets", "Co-codamol 30mg/500mg tablets")
    bedside = make_bedside(medicine=tablets, schedule=make.when_required())
    other = bedside.another(resident=bedside.resident, medicine=co_codamol, schedule=make.when_required())
    start = EIGHT - timedelta(hours=20)
    for number, product in enumerate((bedside, other, bedside)):
        given_at = start + number * 5 * HOUR
        assert product.told(due_at=None, given_at=given_at, amount=Decimal(2)) == ("recorded", [])
    # Four hours and more apart, each product far below its own maximum: 4 g is reached by the ingredient.
    assert other.told(due_at=None, given_at=start + 15 * HOUR, amount=Decimal(2)) == ("recorded", [])
    answer, found = bedside.told(due_at=None, given_at=start + 20 * HOUR, amount=Decimal(1))
    assert (answer, found) == ("recorded_with_findings", ["prn_over_maximum"])


@pytest.mark.hazard("H09", control="the gap is counted by ingredient over every product", shows="works")
def test_the_gap_of_paracetamol_is_counted_over_every_product_and_in_one_batch() -> None:
    tablets, co_codamol = make_paracetamol("Paracetamol 500mg tablets", "Co-codamol 8mg/500mg tablets")
    bedside = make_bedside(medicine=tablets, schedule=make.when_required())
    other = bedside.another(resident=bedside.resident, medicine=co_codamol, schedule=make.when_required())
    first, second = bedside.record(
        bedside.dose(due_at=None, given_at=EIGHT - 3 * HOUR),
        other.dose(due_at=None, given_at=EIGHT),
    )
    assert first.answer == "recorded"
    assert [each["code"] for each in second.findings] == ["prn_too_soon"]


@pytest.mark.hazard("H31", control="a dose given while the resident was away is found", shows="works")
def test_a_dose_given_while_the_resident_was_away_is_found(bedside: Bedside) -> None:
    make.make_presence(resident=bedside.resident, by=bedside.senior, since_at=EIGHT)
    assert bedside.told() == ("recorded_with_findings", ["resident_away"])
    # Before they went, and when it says that they were away, all is well.
    assert bedside.told(outcome="away_hospital", amount=None, due_at=None, given_at=EIGHT) == ("recorded", [])
    day = timedelta(days=1)
    assert bedside.told(due_at=EIGHT - day, given_at=FIVE_PAST - day) == ("recorded", [])
    make.make_presence(resident=bedside.resident, by=bedside.senior, presence="present", since_at=NINE)
    assert bedside.told(due_at=EIGHT + day, given_at=FIVE_PAST + day, at=NINE + day) == ("recorded", [])


@pytest.mark.hazard("H06", control="what was prescribed never changes on a row", shows="works")
@pytest.mark.parametrize("change", ["schedule = '{}'", "dose_words = 'TWO'", "medicine_id = 'x'", "checked_at = now()"])
def test_what_was_prescribed_and_checked_cannot_be_changed(bedside: Bedside, change: str) -> None:
    refused = pytest.raises(DatabaseError, match="replace it")
    with refused, scope(home=bedside.home.pk), connection.cursor() as cursor:
        cursor.execute(f"UPDATE emar_prescription SET {change}")


def test_a_prescription_can_be_checked_and_stopped(bedside: Bedside) -> None:
    line = bedside.another(checked_at=None, checked_by=None).prescription
    with scope(home=bedside.home.pk):
        line.checked_at, line.checked_by = NINE, bedside.senior
        line.save()
        line.stopped_at, line.stopped_by, line.stop_reason = NINE + HOUR, bedside.senior, "Side effects"
        line.save()
        assert Prescription.objects.get(pk=line.pk).stopped_at == NINE + HOUR


def test_a_dose_that_is_not_due_is_found(bedside: Bedside) -> None:
    for due_at in (EIGHT + MINUTE, None):
        answer, found = bedside.told(due_at=due_at)
        assert (answer, found) == ("recorded_with_findings", ["not_due"])


@pytest.mark.hazard("H20", control="a round that was renamed stops nobody from recording", shows="works")
def test_a_round_that_the_unit_no_longer_has_does_not_stop_the_record(bedside: Bedside) -> None:
    with scope(home=bedside.home.pk):
        bedside.unit.medicineround_set.filter(name="Morning").update(name="Breakfast")
    assert bedside.told() == ("recorded_with_findings", ["not_due"])


def test_late_is_never_remarked(bedside: Bedside) -> None:
    assert bedside.told(given_at=EIGHT + 9 * HOUR, at=EIGHT + 9 * HOUR) == ("recorded", [])


# Below zero


@pytest.mark.hazard("H15", control="below zero opens one discrepancy and refuses nobody", shows="works")
def test_below_zero_opens_one_discrepancy_and_never_refuses(bedside: Bedside) -> None:
    days = [timedelta(days=number) for number in range(3)]
    bedside.record(bedside.dose(amount=Decimal(28)))
    assert open_discrepancies(bedside) == []
    for day in days:
        [told] = bedside.record(bedside.dose(due_at=None, given_at=NINE + day), at=NINE + day)
        assert told.answer == "recorded_with_findings"
    [found] = open_discrepancies(bedside)
    assert (found.kind, found.expected, found.found) == ("below_zero", 0, -1)
    assert found.line_id == bedside.line.pk
    assert bedside.balance() == -3


def test_two_lines_below_zero_are_two_discrepancies(bedside: Bedside) -> None:
    other = bedside.another()
    bedside.record(bedside.dose(amount=Decimal(30)), other.dose(amount=Decimal(30)), bedside.dose(due_at=None))
    assert {found.line_id for found in open_discrepancies(bedside)} == {bedside.line.pk, other.line.pk}


def test_a_dose_of_a_medicine_never_booked_in_opens_its_line(bedside: Bedside) -> None:
    line = bedside.another().prescription
    other = Bedside(**{**bedside.__dict__, "prescription": line})
    [told] = other.record(other.dose(resident_id=line.resident_id, pack_id=None, scan_source="by_hand"))
    assert told.answer == "recorded"


# Corrections


def corrected(bedside: Bedside, replacement: object = None, **fields: object) -> Correction:
    with scope(home=bedside.home.pk):
        return correct(
            **{
                "correction_id": UUID(str(uuid7())),
                "administration": bedside.administrations()[0],
                "replacement": replacement,
                "reason": "Entered for the wrong dose",
                "by": bedside.senior.pk,
                "at": NINE + MINUTE,
            }
            | fields
        )


def test_a_correction_gives_the_stock_back_and_lets_the_replacement_in(bedside: Bedside) -> None:
    bedside.record(bedside.dose(amount=Decimal(2)))
    assert bedside.balance() == 26
    corrected(bedside, bedside.dose())
    wrong, right = bedside.administrations()
    assert (right.answer, right.findings) == ("recorded", [])
    assert bedside.balance() == 27
    with scope(home=bedside.home.pk):
        correction = Correction.objects.get()
        assert (correction.administration_id, correction.replacement_id) == (wrong.pk, right.pk)
    # The old record stays as it was.
    assert wrong.amount == 2


def test_a_correction_to_nothing_gives_everything_back(bedside: Bedside) -> None:
    bedside.record(bedside.dose())
    corrected(bedside)
    assert bedside.balance() == 28
    assert bedside.told() == ("recorded", [])


def test_a_correction_gives_back_what_was_wasted_as_well(bedside: Bedside) -> None:
    bedside.record(bedside.dose(outcome="part_given", amount=Decimal("0.5"), prepared=Decimal(1)))
    assert bedside.balance() == 27
    corrected(bedside, bedside.dose())
    assert bedside.balance() == 27
    by_place = {place: Decimal(0) for place in Place.values}
    for movement in bedside.movements():
        by_place[movement.source] -= movement.quantity
        by_place[movement.destination] += movement.quantity
    assert by_place[Place.WASTE] == 0
    assert by_place[Place.RESIDENT] == 1


def test_a_record_is_corrected_once(bedside: Bedside) -> None:
    bedside.record(bedside.dose())
    corrected(bedside)
    with pytest.raises(AlreadyCorrected):
        corrected(bedside)
    assert bedside.balance() == 28


def test_a_correction_needs_its_reason(bedside: Bedside) -> None:
    bedside.record(bedside.dose())
    with pytest.raises(ValueError, match="say why"):
        corrected(bedside, reason=" \n")
    with scope(home=bedside.home.pk):
        assert not Correction.objects.exists()


def test_a_record_cannot_replace_itself(bedside: Bedside) -> None:
    dose = bedside.dose()
    bedside.record(dose)
    with pytest.raises(AdministrationRefused):
        corrected(bedside, dose)
    assert bedside.balance() == 27


# The number of statements


@pytest.mark.hazard("H20", control="a full outbox costs the database no more statements than one dose", shows="works")
def test_fifty_doses_take_as_many_statements_as_one(bedside: Bedside) -> None:
    others = [bedside.another(medicine=bedside.medicine) for _ in range(50)]

    def statements(doses: list[object], at: object) -> int:
        with scope(home=bedside.home.pk), CaptureQueriesContext(connection) as asked:
            bedside.record(*doses, at=at)
        return len(asked)

    tomorrow = {"due_at": EIGHT + timedelta(days=1), "given_at": FIVE_PAST + timedelta(days=1)}
    bedside.record(bedside.dose(), *[each.dose() for each in others])  # every schedule has been read once
    one = statements([bedside.dose()], NINE)
    fifty = statements([each.dose(**tomorrow) for each in others], NINE + timedelta(days=1))
    assert one == fifty <= 22
    with scope(home=bedside.home.pk):
        assert LedgerHead.objects.get().sequence == 51 + 51 + 1 + 50
