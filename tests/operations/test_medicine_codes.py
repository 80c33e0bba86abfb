"""What a code means: replaced dm+d codes, brands, moved barcodes, what a home taught."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from emar.models import AuditEntry, DmdChangedId, Medicine, Prescription, TaughtCode
from emar.operations.taught_codes import CodeAlreadyKnown, NotAGtin, NotPending, approve, propose, withdraw
from emar.queries import prescribed, snapshot
from emar.queries.days_left import Holding, days_left
from emar.queries.medicines import (
    acceptable_gtins,
    acceptable_gtins_of,
    ingredients_of,
    known_codes,
    medicine_for_code,
    medicines_for_gtin,
    packs_for_gtin,
    search,
)
from emar.queries.taken import lines_of
from emar.scope import scope
from stock.models import StockLine
from stock.queries.lines import held_lines
from tests.bedside import NINE, make_bedside
from tests.factories import (
    as_owner,
    make_home,
    make_ingredient,
    make_medicine,
    make_medicine_ingredient,
    make_pack,
    make_pack_code,
    make_prescription,
    make_resident,
    make_staff_member,
    make_stock_line,
    make_stock_pack,
    make_unit,
    write_as_owner,
)

pytestmark = pytest.mark.usefixtures("committed_db")

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
GTINS = ("09520000000004", "09520000000011", "09520000000028", "09520000000035")


def changed(old: str, current: str, **fields: object) -> DmdChangedId:
    return write_as_owner(DmdChangedId, kind=DmdChangedId.Kind.MEDICINE, old_id=old, current_id=current, **fields)


def make_brand(generic: Medicine, *, name: str = "") -> Medicine:
    return make_medicine(kind=Medicine.Kind.BRAND, generic=generic, name=name or f"{generic.name} (Ashdown Generics)")


def make_box(medicine: Medicine, gtin: str) -> None:
    """Put a box of a brand on the shelf: its pack, the generic pack behind it, its code."""
    generic = make_pack(medicine=medicine.generic)
    box = make_pack(medicine=medicine, kind=Medicine.Kind.BRAND, generic=generic)
    make_pack_code(pack=box, gtin=gtin)


def retire(medicine: Medicine) -> None:
    Medicine.objects.using("owner").filter(pk=medicine.pk).update(retired_on=date(2020, 1, 1))
    medicine.refresh_from_db(using="default")


@pytest.fixture
def furosemide() -> Medicine:
    return make_medicine(name="Furosemide 40mg tablets")


def test_a_chain_of_replaced_codes_leads_to_the_product_in_use(furosemide: Medicine) -> None:
    changed("101", "102", ends_on=date(2010, 1, 1))
    changed("102", "103", ends_on=date(2015, 1, 1))
    changed("103", furosemide.pk, ends_on=date(2020, 1, 1))
    for code in ("101", "102", "103", furosemide.pk):
        assert medicine_for_code(code) == furosemide


def test_a_circle_of_replaced_codes_ends() -> None:
    changed("101", "102")
    changed("102", "101")
    assert medicine_for_code("101") is None
    first, second = make_medicine(id="101"), make_medicine(id="102")
    retire(first)
    retire(second)
    assert medicine_for_code("101") in (first, second)
    assert acceptable_gtins(first) == frozenset()


def test_a_code_that_is_not_in_the_release_yet_finds_the_product_under_the_old_one(
    furosemide: Medicine,
) -> None:
    changed(furosemide.pk, "999", ends_on=date(2026, 11, 1))
    assert medicine_for_code("999") == furosemide
    assert medicine_for_code(furosemide.pk) == furosemide


@pytest.mark.hazard("H02", control="a re-used dm+d code is read as of the day it was written", shows="works")
def test_a_code_that_got_a_new_meaning_is_read_as_on_the_day_it_was_written(furosemide: Medicine) -> None:
    bumetanide = make_medicine(name="Bumetanide 1mg tablets", id="329912003")
    ended = date(2016, 5, 19)
    changed(bumetanide.pk, furosemide.pk, starts_on=date(2002, 11, 10), ends_on=ended, is_reused=True)
    assert medicine_for_code(bumetanide.pk, on=date(2015, 6, 1)) == furosemide
    assert medicine_for_code(bumetanide.pk, on=date(2016, 5, 18)) == furosemide
    assert medicine_for_code(bumetanide.pk, on=ended) == bumetanide
    assert medicine_for_code(bumetanide.pk) == bumetanide
    make_box(make_brand(bumetanide), GTINS[0])
    make_box(make_brand(furosemide), GTINS[1])
    assert acceptable_gtins(bumetanide) == {GTINS[0]}
    assert acceptable_gtins(furosemide) == {GTINS[1]}


def test_an_old_and_a_new_code_accept_the_same_boxes(furosemide: Medicine) -> None:
    old = make_medicine(name="Frusemide 40mg tablets", id="101")
    make_box(make_brand(old), GTINS[0])
    make_box(make_brand(furosemide), GTINS[1])
    retire(old)
    changed(old.pk, furosemide.pk, ends_on=date(2020, 1, 1))
    assert acceptable_gtins(old) == acceptable_gtins(furosemide) == {GTINS[0], GTINS[1]}


def test_any_brand_will_do_unless_it_must_be_the_brand(furosemide: Medicine) -> None:
    ashdown, fernhill = make_brand(furosemide), make_brand(furosemide, name="Furosemide 40mg (Fernhill)")
    make_box(ashdown, GTINS[0])
    make_box(fernhill, GTINS[1])
    make_box(make_brand(make_medicine(name="Furosemide 20mg tablets")), GTINS[2])
    assert acceptable_gtins(furosemide) == {GTINS[0], GTINS[1]}
    assert acceptable_gtins(furosemide, must_be_brand=True) == {GTINS[0], GTINS[1]}
    assert acceptable_gtins(ashdown) == {GTINS[0], GTINS[1]}
    assert acceptable_gtins(ashdown, must_be_brand=True) == {GTINS[0]}


@pytest.mark.hazard("H02", control="a barcode that means two medicines is accepted for neither", shows="works")
def test_a_barcode_in_use_on_two_medicines_is_accepted_for_neither(furosemide: Medicine) -> None:
    other = make_medicine(name="Bumetanide 1mg tablets")
    make_box(make_brand(furosemide), GTINS[0])
    make_box(make_brand(other), GTINS[0])
    assert acceptable_gtins(furosemide) == acceptable_gtins(other) == frozenset()
    assert len(packs_for_gtin(GTINS[0], on=TODAY)) == 2


def test_many_medicines_are_answered_with_as_many_statements_as_one(furosemide: Medicine) -> None:
    medicines = [make_medicine(name=f"Invented {number}mg tablets") for number in range(12)]
    for number, medicine in enumerate(medicines):
        brand = make_brand(medicine)
        code = f"952{number:09}"
        make_box(brand, next(f"0{code}{digit}" for digit in range(10) if _is_gtin(f"{code}{digit}")))
    with CaptureQueriesContext(connection) as one:
        acceptable_gtins(medicines[0], home=1)
    with CaptureQueriesContext(connection) as many:
        answers = acceptable_gtins_of([(each.pk, False) for each in medicines], home=1)
    assert len(many) == len(one) == 3
    assert all(len(codes) == 1 for codes in answers.values())
    assert acceptable_gtins_of([("no such medicine", False)]) == {("no such medicine", False): frozenset()}


def _is_gtin(digits: str) -> bool:
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return weighted % 10 == 0


def test_a_brand_has_the_ingredients_of_its_generic(furosemide: Medicine) -> None:
    substance = make_ingredient()
    make_medicine_ingredient(medicine=furosemide, ingredient=substance)
    brand = make_brand(furosemide)
    assert ingredients_of([furosemide.pk, brand.pk]) == {
        furosemide.pk: [substance.pk],
        brand.pk: [substance.pk],
    }


def test_search_finds_all_words_and_leaves_out_what_is_retired(furosemide: Medicine) -> None:
    retired = make_medicine(name="Furosemide 500mg tablets")
    retire(retired)
    brand = make_brand(furosemide)
    assert search("furo 40") == [furosemide, brand]
    assert search("furo 40", limit=1) == [furosemide]
    assert search("furosemide 500") == []


# What a home teaches


@pytest.fixture
def home() -> Iterator[int]:
    home = make_home()
    with scope(home=home.pk):
        yield home.pk


def test_a_taught_code_is_accepted_once_approved_in_that_home_and_nowhere_else(home: int, furosemide: Medicine) -> None:
    elsewhere = make_home().pk
    carer, manager = (make_staff_member(home=make_home()).pk for _ in range(2))
    code = propose(home_id=home, gtin="9520000000004", medicine_id=furosemide.pk, by=carer, at=NOW)
    # One person's word is not enough for a check that others will lean on.
    assert acceptable_gtins(furosemide, home=home) == frozenset()
    assert medicines_for_gtin("9520000000004", on=TODAY, home=home) == []
    approve(home_id=home, code_id=code.pk, by=manager, at=NOW)
    assert acceptable_gtins(furosemide, home=home) == {GTINS[0]}
    assert acceptable_gtins(furosemide) == frozenset()
    assert medicines_for_gtin("9520000000004", on=TODAY, home=home) == [furosemide]
    assert [(each.gtin, each.is_taught) for each in known_codes([furosemide.pk], home=home)] == [(GTINS[0], True)]
    assert AuditEntry.objects.get(action="taught_code_approved").about == f"TaughtCode {code.pk}"
    with scope(home=elsewhere):
        assert not TaughtCode.objects.exists()
        assert acceptable_gtins(furosemide, home=elsewhere) == frozenset()


def test_teaching_twice_is_once_and_can_be_taken_back(home: int, furosemide: Medicine) -> None:
    carer = make_staff_member(home=make_home()).pk
    first, again = (propose(home_id=home, gtin=GTINS[0], medicine_id=furosemide.pk, by=carer, at=NOW) for _ in range(2))
    assert first.pk == again.pk
    approve(home_id=home, code_id=first.pk, by=carer, at=NOW)
    with pytest.raises(NotPending):
        approve(home_id=home, code_id=first.pk, by=carer, at=NOW)
    for _ in range(2):
        withdraw(home_id=home, code_id=first.pk, by=carer, at=NOW)
    assert acceptable_gtins(furosemide, home=home) == frozenset()
    assert TaughtCode.objects.get().withdrawn_by_id == carer
    assert AuditEntry.objects.filter(action="taught_code_withdrawn").count() == 1
    with pytest.raises(NotPending):
        approve(home_id=home, code_id=first.pk, by=carer, at=NOW)


@pytest.mark.hazard("H13", control="a known barcode cannot be taught for another medicine", shows="works")
def test_a_code_known_for_another_medicine_cannot_be_taught(home: int, furosemide: Medicine) -> None:
    carer = make_staff_member(home=make_home()).pk
    other = make_medicine(name="Bumetanide 1mg tablets")
    make_box(make_brand(other), GTINS[1])
    with pytest.raises(CodeAlreadyKnown, match="Bumetanide"):
        propose(home_id=home, gtin=GTINS[1], medicine_id=furosemide.pk, by=carer, at=NOW)
    # Two people may say two things of one code before anybody looks; only one of them can be approved.
    first, second = (
        propose(home_id=home, gtin=GTINS[0], medicine_id=each.pk, by=carer, at=NOW) for each in (furosemide, other)
    )
    approve(home_id=home, code_id=first.pk, by=carer, at=NOW)
    with pytest.raises(CodeAlreadyKnown, match="Furosemide"):
        approve(home_id=home, code_id=second.pk, by=carer, at=NOW)


@pytest.mark.parametrize("text", ["", "123", "9520000000005", "٠٩٥٢٠٠٠٠٠٠٠٠٠٠٤", "0" * 13])
def test_what_is_no_gtin_cannot_be_taught(home: int, furosemide: Medicine, text: str) -> None:
    with pytest.raises(NotAGtin):
        propose(home_id=home, gtin=text, medicine_id=furosemide.pk, by=1, at=NOW)
    assert packs_for_gtin(text, on=TODAY) == []


# A prescription from before the change


@pytest.mark.hazard("H02", control="a prescription on a replaced code accepts the product's packs", shows="works")
def test_a_prescription_on_a_replaced_code_goes_on_with_new_boxes_and_old_stock(
    furosemide: Medicine,
) -> None:
    old = make_medicine(name="Frusemide 40mg tablets", id="101")
    retire(old)
    changed(old.pk, furosemide.pk, ends_on=date(2020, 1, 1))
    make_box(make_brand(furosemide), GTINS[0])
    make_box(make_brand(make_medicine(name="Furosemide 20mg tablets")), GTINS[1])
    home = make_home()
    resident = make_resident(unit=make_unit(home=home))
    carer = make_staff_member(home=home)
    before = make_prescription(resident=resident, by=carer, medicine=old)
    after = make_prescription(resident=resident, by=carer, medicine=furosemide)
    packs = [make_stock_pack(line=make_stock_line(prescription=each), by=carer) for each in (before, after)]

    with scope(home=home.pk):
        told = snapshot.snapshot(home.pk, NOW)
        lines = prescribed.lines(home.pk, [str(before.pk), str(after.pk)])
        used = prescribed.packs(home.pk, [str(pack.pk) for pack in packs])
    for line in told["prescriptions"]:
        assert (line["medicine"]["id"], line["acceptable_gtins"]) == (furosemide.pk, [GTINS[0]])
    for listed in ("packs", "stock", "codes"):
        assert {each["medicine_id"] for each in told[listed]} == {furosemide.pk}
    for line in lines.values():
        assert {pack.medicine_id for _, pack in used.values()} <= set(line.prescribed.medicine_ids)


# Stock follows a product whose code was changed


def test_stock_stays_on_its_line_when_the_code_of_a_product_is_changed() -> None:
    old = make_bedside()
    today = make_medicine(name="Amlodipine 5mg tablets")
    changed(old.medicine.pk, today.pk)
    with as_owner(), scope(using="owner", home=None):
        Medicine.objects.using("owner").filter(pk=old.medicine.pk).update(retired_on=date(2026, 11, 1))
    rewritten = make_prescription(
        resident=old.resident, by=old.carer, medicine=today, checked_by=old.senior, replaces=old.prescription
    )
    with scope(home=old.home.pk):
        Prescription.objects.filter(pk=old.prescription.pk).update(
            stopped_at=NINE, stopped_by=old.senior, stop_reason="replaced"
        )
    dose = old.dose(
        prescription_id=str(rewritten.pk),
        pack_id=None,
        scan_source="by_hand",
        by_hand_reason="torn",
        amount=Decimal(8),
    )
    old.record(dose)
    with scope(home=old.home.pk):
        [line] = StockLine.objects.all()
        held = held_lines(old.home.pk)
        found = days_left(old.home.pk, [Holding(old.resident.pk, line.medicine_id, line.unit, held[0].balance)], NINE)
        assert [each.pk for each in lines_of(rewritten)] == [line.pk]
    assert (line.medicine_id, held[0].balance) == (old.medicine.pk, 20)
    [lasts] = found.values()
    assert (lasts.is_used, lasts.days) == (True, 21)
