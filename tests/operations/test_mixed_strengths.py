"""A dose in milligrams leaves tablets: each strength on its own line, corrected and verified like any other."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from emar.operations.administrations import correct
from emar.operations.doses import Dose
from emar.queries.days_left import Holding, days_left
from emar.queries.dose_record import dose_record
from emar.queries.record_faults import record_faults
from emar.rules.taken import PartGiven
from emar.scope import scope
from stock.models import Discrepancy, StockLine, StockPack
from tests import factories as make
from tests.bedside import NINE, Bedside, make_bedside

pytestmark = pytest.mark.django_db


@dataclass
class Warfarin:
    """Somebody on 4 mg of warfarin, with a box of 3 mg and a box of 1 mg."""

    bedside: Bedside
    three: StockLine
    one: StockLine
    three_pack: StockPack
    one_pack: StockPack

    def dose(self, **fields: Any) -> Dose:
        return self.bedside.dose(**{"amount": Decimal(4), "unit": "mg", "pack_id": None} | fields)

    def moved(self) -> dict[str, list[tuple[Decimal, str]]]:
        return {
            name: [(each.quantity, each.destination) for each in self.bedside.movements(line) if each.source == "home"]
            for name, line in (("three", self.three), ("one", self.one))
        }


@pytest.fixture
def warfarin() -> Warfarin:
    sodium = make.make_ingredient(name="Warfarin sodium")
    three = make.make_medicine(name="Warfarin 3mg tablets", strength="3mg")
    one = make.make_medicine(name="Warfarin 1mg tablets", strength="1mg")
    for medicine, amount in ((three, 3), (one, 1)):
        make.make_medicine_ingredient(medicine=medicine, ingredient=sodium, amount=Decimal(amount))
    bedside = make_bedside(medicine=three, schedule=make.regular(unit="mg", amount="4", strengths=["1", "3"]))
    with scope(home=bedside.home.pk):
        line = StockLine.objects.create(home=bedside.home, resident=bedside.resident, medicine=one, unit="tablet")
    pack = make.make_stock_pack(line=line, by=bedside.senior)
    return Warfarin(bedside, bedside.line, line, bedside.pack, pack)


def faults(bedside: Bedside) -> list[str]:
    with scope(home=bedside.home.pk):
        return [each.words for each in record_faults(bedside.home.pk)]


@pytest.mark.hazard("H25", control="a dose in mg leaves tablets of each strength", shows="works")
def test_each_strength_leaves_its_own_line(warfarin: Warfarin) -> None:
    parts = (
        PartGiven(Decimal(3), Decimal(1), str(warfarin.three_pack.pk)),
        PartGiven(Decimal(1), Decimal(1), str(warfarin.one_pack.pk)),
    )
    dose = warfarin.dose(parts=parts, pack_id=str(warfarin.three_pack.pk))
    [told] = warfarin.bedside.record(dose)
    assert (told.answer, told.findings) == ("recorded", ())
    assert warfarin.moved() == {"three": [(1, "resident")], "one": [(1, "resident")]}
    assert [each.record_id is not None for each in warfarin.bedside.movements(warfarin.one)] == [False, False]
    assert faults(warfarin.bedside) == []
    # The same again changes nothing.
    assert warfarin.bedside.record(dose) == [told]
    assert warfarin.moved() == {"three": [(1, "resident")], "one": [(1, "resident")]}


def test_without_parts_the_fewest_tablets_that_make_the_dose_leave(warfarin: Warfarin) -> None:
    assert warfarin.bedside.record(warfarin.dose())[0].findings == ()
    assert warfarin.moved() == {"three": [(1, "resident")], "one": [(1, "resident")]}


def test_one_pack_that_was_scanned_was_all_of_it(warfarin: Warfarin) -> None:
    [told] = warfarin.bedside.record(warfarin.dose(pack_id=str(warfarin.one_pack.pk)))
    assert told.findings == ()
    assert warfarin.moved() == {"three": [], "one": [(4, "resident")]}


def test_parts_that_do_not_make_up_the_dose_are_kept_and_asked_about(warfarin: Warfarin) -> None:
    parts = (PartGiven(Decimal(3), Decimal(1)), PartGiven(Decimal(1), Decimal(2)))
    [told] = warfarin.bedside.record(warfarin.dose(parts=parts))
    assert [each["code"] for each in told.findings] == ["parts_differ"]
    assert warfarin.moved() == {"three": [(1, "resident")], "one": [(2, "resident")]}
    assert faults(warfarin.bedside) == ["given 4.0000, but 1.0000 went to resident"]


def test_what_was_put_in_the_pot_and_not_had_is_wasted(warfarin: Warfarin) -> None:
    dose = warfarin.dose(outcome="part_given", amount=Decimal(3), prepared=Decimal(4))
    warfarin.bedside.record(dose)
    assert warfarin.moved() == {"three": [(1, "resident")], "one": [(1, "waste")]}
    assert faults(warfarin.bedside) == []


def test_a_refused_dose_that_was_in_the_pot_is_wasted_whole(warfarin: Warfarin) -> None:
    warfarin.bedside.record(warfarin.dose(outcome="refused", amount=None, prepared=Decimal(4)))
    assert warfarin.moved() == {"three": [(1, "waste")], "one": [(1, "waste")]}
    assert faults(warfarin.bedside) == []


def test_a_correction_gives_every_strength_back(warfarin: Warfarin) -> None:
    dose = warfarin.dose()
    warfarin.bedside.record(dose)
    before = [warfarin.bedside.balance(line) for line in (warfarin.three, warfarin.one)]
    [record] = warfarin.bedside.administrations()
    with scope(home=warfarin.bedside.home.pk):
        correct(
            correction_id=uuid7(), administration=record, replacement=None, reason="Another resident’s",
            by=warfarin.bedside.senior.pk, at=NINE,
        )  # fmt: skip
        told = dose_record(warfarin.bedside.home.pk, record.pk)
    assert told is not None
    assert len(told.movements) == 4
    assert [warfarin.bedside.balance(line) for line in (warfarin.three, warfarin.one)] == [each + 1 for each in before]
    assert faults(warfarin.bedside) == []


def test_a_strength_that_was_never_booked_in_opens_its_line_below_zero_and_says_so() -> None:
    sodium = make.make_ingredient(name="Warfarin sodium")
    one, five = (make.make_medicine(name=f"Warfarin {mg}mg tablets", strength=f"{mg}mg") for mg in (1, 5))
    for medicine, amount in ((one, 1), (five, 5)):
        make.make_medicine_ingredient(medicine=medicine, ingredient=sodium, amount=Decimal(amount))
    bedside = make_bedside(medicine=one, schedule=make.regular(unit="mg", amount="6", strengths=["1", "5"]))
    bedside.record(bedside.dose(amount=Decimal(6), unit="mg", pack_id=None))
    with scope(home=bedside.home.pk):
        line = StockLine.objects.get(home=bedside.home, resident=bedside.resident, medicine=five)
        assert line.unit == "tablet"
        assert Discrepancy.objects.get(line=line).found == -1
    assert bedside.movements()[-1].quantity == 1


def test_a_dose_by_weight_of_one_strength_leaves_what_is_counted() -> None:
    """Morphine 5 mg from 10 mg in 5 ml is 2.5 ml."""
    morphine = make.make_medicine(name="Morphine 10mg/5ml oral solution", form="Solution", dose_unit="ml")
    sulfate = make.make_ingredient(name="Morphine sulfate")
    make.make_medicine_ingredient(
        medicine=morphine, ingredient=sulfate, amount=Decimal(10), per_amount=Decimal(5), per_unit="ml"
    )
    bedside = make_bedside(schedule=make.regular(), medicine=make.make_medicine())
    line = make.make_prescription(
        resident=bedside.resident, by=bedside.carer, checked_by=bedside.senior, medicine=morphine,
        schedule=make.regular(unit="mg", amount="5"),
    )  # fmt: skip
    bedside.record(bedside.dose(prescription_id=str(line.pk), amount=Decimal(5), unit="mg", pack_id=None))
    with scope(home=bedside.home.pk):
        stock = StockLine.objects.get(home=bedside.home, medicine=morphine)
    assert stock.unit == "ml"
    assert [each.quantity for each in bedside.movements(stock)] == [Decimal("2.5")]
    assert faults(bedside) == []


def test_how_long_it_lasts_is_counted_in_tablets_of_each_strength(warfarin: Warfarin) -> None:
    bedside = warfarin.bedside
    held = [
        Holding(bedside.resident.pk, line.medicine_id, "tablet", Decimal(balance))
        for line, balance in ((warfarin.three, 5), (warfarin.one, 28))
    ]
    with scope(home=bedside.home.pk):
        found = days_left(bedside.home.pk, held, NINE)
    assert [each.days for each in found.values()] == [6, None]
