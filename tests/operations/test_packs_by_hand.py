"""Is a pack without a code, with an unknown one, or that is part of a pack booked in by what a person reads on it?"""

from datetime import date
from decimal import Decimal

import pytest
from uuid_utils.compat import uuid7

from emar.models import Role, TaughtCode
from emar.operations import packs, taught_codes
from emar.scope import scope
from ordering.models import Delivery
from ordering.operations import booking_in, pack_checks
from ordering.operations.booking_in import ReasonMissing
from ordering.rules.receiving import Chosen
from stock.models import StockLine, StockPack
from tests import factories as make
from tests.delivery import Sold, Waiting, make_waiting, new_gtin, sell, two_people

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting() -> Waiting:
    return make_waiting()


@pytest.fixture
def amlodipine() -> Sold:
    return sell("Amlodipine 5mg tablets")


def test_a_pack_without_a_code_is_two_taps_and_waits_for_a_second_person(waiting: Waiting, amlodipine: Sold) -> None:
    ada = waiting.live("Ada Winterbottom")
    waiting.prescribe(ada, amlodipine)
    delivery = waiting.load(["Ada Winterbottom,Amlodipine 5mg tabs,28"])
    [line] = waiting.lines(delivery)
    chosen = {"chosen": Chosen(line_id=str(line.pk)), "quantity": Decimal(28), "expires_on": date(2027, 6, 30)}
    told = waiting.scan(delivery, **chosen)
    assert told.booked is not None
    assert told.booked.waits
    assert told.booked.pack.status == "quarantined"
    check = {"home_id": waiting.home.pk, "booked_id": told.booked.row.pk, "check_id": uuid7(), "at": make.NOW}
    with scope(home=waiting.home.pk):
        with pytest.raises(pack_checks.SamePersonChecks):
            pack_checks.check(**check, by=waiting.carer.pk)
        first, again = (pack_checks.check(**check, by=waiting.senior.pk) for _ in range(2))
        assert first == again
        assert StockPack.objects.get(pk=told.booked.pack.pk).status == "in_use"
        with pytest.raises(pack_checks.AlreadyChecked):
            pack_checks.check(**check | {"check_id": uuid7()}, by=waiting.senior.pk)


def test_a_second_person_who_signed_in_at_once_saves_the_waiting(waiting: Waiting, amlodipine: Sold) -> None:
    waiting.prescribe(waiting.live("Ada Winterbottom"), amlodipine)
    delivery = waiting.load(["Ada Winterbottom,Amlodipine 5mg tabs,28"])
    told = waiting.scan(
        delivery, amlodipine.scan(expires="", batch=""), expires_on=date(2027, 6, 30), witness_id=waiting.senior.pk
    )
    assert told.booked is not None
    assert (told.booked.waits, told.booked.pack.status) == (False, "in_use")


def controlled(waiting: Waiting) -> tuple[Delivery, Sold]:
    morphine = sell("Morphine 10mg tablets", quantity=56, controlled_drug_category="0002")
    waiting.prescribe(waiting.live("Ada Winterbottom"), morphine, is_controlled=True)
    return waiting.load(["Ada Winterbottom,Morphine 10mg tablets,56"]), morphine


@pytest.mark.hazard("H16", control="a controlled drug enters the register before two people", shows="works")
def test_a_controlled_drug_enters_the_register_with_its_witness(waiting: Waiting) -> None:
    delivery, morphine = controlled(waiting)
    told = waiting.scan(delivery, morphine.scan(serial="S1"), witness_id=waiting.senior.pk)
    assert told.booked is not None
    assert (told.booked.pack.status, told.booked.pack.location) == ("in_use", "cd_cabinet")
    [movement] = waiting.movements()
    assert (movement.moved_by_id, movement.witness_id) == (waiting.carer.pk, waiting.senior.pk)
    with scope(home=waiting.home.pk):
        assert StockLine.objects.get(pk=movement.line_id).is_controlled


@pytest.mark.hazard("H16", control="a controlled drug enters the register before two people", shows="exists")
def test_a_controlled_drug_booked_in_alone_is_in_no_register_until_two_people_count_it(waiting: Waiting) -> None:
    delivery, morphine = controlled(waiting)
    told = waiting.scan(delivery, morphine.scan(serial="S1"))
    assert told.booked is not None
    assert (told.booked.pack.status, waiting.movements()) == ("quarantined", [])
    check = {"home_id": waiting.home.pk, "booked_id": told.booked.row.pk, "check_id": uuid7(), "at": make.NOW}
    third = make.make_staff_member(home=waiting.home, role=Role.NURSE)
    with scope(home=waiting.home.pk):
        with pytest.raises(pack_checks.WitnessMissing):
            pack_checks.check(**check, counted=Decimal(56), by=waiting.senior.pk)
        with pytest.raises(pack_checks.CountDiffers):
            pack_checks.check(**check, counted=Decimal(55), witness_id=third.pk, by=waiting.senior.pk)
        pack_checks.check(**check, counted=Decimal(56), witness_id=third.pk, by=waiting.senior.pk)
    [movement] = waiting.movements()
    assert (movement.moved_by_id, movement.witness_id, movement.quantity) == (waiting.senior.pk, third.pk, 56)


def test_a_part_pack_needs_a_reason_and_counts_as_its_part(waiting: Waiting, amlodipine: Sold) -> None:
    waiting.prescribe(waiting.live("Ada Winterbottom"), amlodipine)
    delivery = waiting.load(["Ada Winterbottom,Amlodipine 5mg tabs,28"])
    with pytest.raises(ReasonMissing):
        waiting.scan(delivery, amlodipine.scan(serial="S1"), quantity=Decimal(14))
    told = waiting.scan(delivery, amlodipine.scan(serial="S1"), quantity=Decimal(14), reason="a split pack")
    assert told.booked is not None
    assert (told.booked.row.answers, told.booked.waits) == (14, True)
    told = waiting.scan(delivery, amlodipine.scan(serial="S2"), quantity=Decimal(14), reason="the rest",
                        seen=frozenset({"more_than_expected"}))  # fmt: skip
    assert told.booked is not None
    told = waiting.scan(delivery, amlodipine.scan(serial="S3"))
    assert "over" in told.answer.codes


def test_eye_drops_count_in_drops_and_answer_their_line_in_millilitres(waiting: Waiting) -> None:
    drops = sell("Latanoprost 50micrograms/ml eye drops", quantity=3, unit="ml", form="Eye drops", atc_code="S01EE01")
    waiting.prescribe(waiting.live("Ada Winterbottom"), drops, schedule=make.regular(unit="drop"))
    delivery = waiting.load(["Ada Winterbottom,Latanoprost 50mcg/ml eye drops,3 ml"])
    told = waiting.scan(delivery, drops.scan(serial="S1"))
    assert told.booked is not None
    row = told.booked.row
    assert (row.quantity, row.unit, row.answers, row.answers_unit) == (60, "drop", 3, "ml")
    assert told.booked.pack.location == "fridge"


@pytest.mark.hazard("H13", control="what waits for a second look is not taken into use by one person", shows="works")
def test_what_waits_for_a_second_look_is_not_released_by_one_person(waiting: Waiting, amlodipine: Sold) -> None:
    waiting.prescribe(waiting.live("Ada Winterbottom"), amlodipine)
    delivery = waiting.expect(resident_id=waiting.residents[0].pk)
    told = waiting.scan(
        delivery, medicine_id=amlodipine.medicine.pk, quantity=Decimal(28), expires_on=date(2028, 1, 31)
    )
    assert told.booked is not None
    act = {"reason": "It is fine", "by": waiting.senior.pk, "at": make.NOW}
    with scope(home=waiting.home.pk):
        pack = StockPack.objects.select_related("line").get()
        with pytest.raises(pack_checks.NotCheckedYet):
            pack_checks.release(pack=pack, **act)
        look = {"home_id": waiting.home.pk, "booked_id": told.booked.row.pk, "check_id": uuid7()}
        pack_checks.check(**look, by=waiting.senior.pk, at=make.NOW)
        packs.change_status(pack=pack, status="quarantined", **act)
        pack_checks.release(pack=pack, **act)
        pack.refresh_from_db()
    assert pack.status == "in_use"


# Part of a pack, and codes that nobody knows


@pytest.mark.hazard("H13", control="the rest of a split pack is a pack of its own", shows="works")
def test_the_rest_of_a_split_pack_is_booked_in_for_somebody_else(waiting: Waiting, amlodipine: Sold) -> None:
    delivery = two_people(waiting, amlodipine)
    ada, ben = waiting.residents
    text = amlodipine.scan(serial="S1")
    told = waiting.scan(delivery, text, chosen=Chosen(resident_id=ada.pk), quantity=Decimal(14), reason="Split")
    assert told.booked is not None
    assert waiting.scan(delivery, text, bag=ben.pk).answer.codes == {"serial_booked"}
    rest = waiting.scan(
        delivery, text, chosen=Chosen(resident_id=ben.pk), quantity=Decimal(14), is_rest_of_split=True, is_typed=True,
        reason="The rest of a split pack",
    )  # fmt: skip
    assert rest.booked is not None
    first, second = (each.pack for each in waiting.booked())
    assert (first.serial, second.serial, first.batch, second.batch) == ("S1", "", "LK1", "LK1")
    assert second.line.resident_id == ben.pk
    assert rest.booked.waits


def of_nobody_known(waiting: Waiting, amlodipine: Sold, gtin: str) -> booking_in.Told:
    delivery = waiting.expect(resident_id=waiting.residents[0].pk, origin="hospital")
    return waiting.scan(
        delivery, f"01{gtin}17280131", is_typed=True, medicine_id=amlodipine.medicine.pk, quantity=Decimal(28),
        chosen=Chosen(resident_id=waiting.residents[0].pk),
    )  # fmt: skip


@pytest.mark.hazard("H02", control="an unknown code means nothing until a manager approved it", shows="works")
def test_an_unknown_code_is_taught_at_the_door_and_used_once_a_manager_approved_it(
    waiting: Waiting, amlodipine: Sold
) -> None:
    gtin = new_gtin()
    waiting.prescribe(waiting.live("Ada Winterbottom"), amlodipine)
    told = of_nobody_known(waiting, amlodipine, gtin)
    assert told.booked is not None
    assert told.is_taught
    assert told.booked.pack.expires_on == date(2028, 1, 31)
    delivery = waiting.expect(resident_id=waiting.residents[0].pk)
    assert "unknown_code" in waiting.scan(delivery, f"01{gtin}17280131").answer.codes
    with scope(home=waiting.home.pk):
        [pending] = TaughtCode.objects.all()
        assert (pending.gtin, pending.medicine_id, pending.approved_at) == (gtin, amlodipine.medicine.pk, None)
        taught_codes.approve(home_id=waiting.home.pk, code_id=pending.pk, by=waiting.senior.pk, at=make.NOW)
    found = waiting.scan(delivery, f"01{gtin}17280131", quantity=Decimal(28), reason="As on the box")
    assert found.booked is not None


def test_a_code_that_is_known_is_not_taught_anew(waiting: Waiting, amlodipine: Sold) -> None:
    waiting.prescribe(waiting.live("Ada Winterbottom"), amlodipine)
    told = of_nobody_known(waiting, amlodipine, amlodipine.gtin)
    assert told.booked is not None
    assert not told.is_taught
    with scope(home=waiting.home.pk):
        assert not TaughtCode.objects.exists()


# What is counted otherwise than it comes


def test_a_tube_is_booked_in_as_the_applications_that_it_holds_and_asked_only_once(waiting: Waiting) -> None:
    cream = sell("Hydrocortisone 1% cream", quantity=30, unit="gram", form="Cream")
    ada = waiting.live("Ada Winterbottom")
    waiting.prescribe(ada, cream, schedule=make.regular(unit="application"))
    delivery = waiting.expect(resident_id=ada.pk)
    asked = waiting.scan(delivery, cream.scan(serial="T1"))
    assert asked.answer.codes == {"quantity_unknown"}
    told = waiting.scan(delivery, cream.scan(serial="T1"), quantity=Decimal(60), reason="60 in a tube")
    assert told.booked is not None
    again = waiting.scan(delivery, cream.scan(serial="T2"))
    assert again.booked is not None
    with scope(home=waiting.home.pk):
        [line] = StockLine.objects.all()
    assert (line.unit, [each.quantity for each in waiting.booked()]) == ("application", [60, 60])
