"""Does the ledger take what comes, goes and is counted, and say so when book and cupboard disagree?"""

from decimal import Decimal

import pytest
from django.db import DatabaseError
from uuid_utils.compat import uuid7

from emar.models import AuditEntry
from emar.operations import audit
from emar.scope import scope
from stock.models import Discrepancy, LedgerHead, Place, StockCount, StockLine, StockPack
from stock.operations import counts, ledger
from stock.operations.counts import AlreadySigned, ReasonMissing, Signature, StillBelowZero
from stock.operations.ledger import LineKey, QuantityNotPositive
from stock.queries.balances import line_balances
from stock.rules.balance import START_OF_CHAIN
from tests import factories as make
from tests.bedside import MINUTE, NINE, Bedside, make_bedside

pytestmark = pytest.mark.django_db


@pytest.fixture
def bedside() -> Bedside:
    return make_bedside()


def count(bedside: Bedside, counted: str, **fields: object) -> Discrepancy | None:
    by = bedside.senior.pk
    with scope(home=bedside.home.pk):
        return ledger.count(
            **{"count_id": uuid7(), "line": bedside.line, "counted": Decimal(counted), "by": by, "at": NINE} | fields
        )


def sign(bedside: Bedside, found: Discrepancy, reason: str = "Dropped behind the trolley") -> ledger.Written | None:
    with scope(home=bedside.home.pk):
        return counts.sign(
            discrepancy=found, signature=Signature("missing", reason), by=bedside.senior.pk, at=NINE + MINUTE
        )


# Coming in


def test_a_pack_booked_in_is_on_the_line_and_in_the_chain(bedside: Bedside) -> None:
    [booked] = bedside.movements()
    assert (booked.source, booked.destination, booked.quantity, booked.balance) == (Place.SUPPLIER, Place.HOME, 28, 28)
    assert (booked.line_sequence, booked.chain_sequence, booked.record_id) == (1, 1, None)
    with scope(home=bedside.home.pk):
        head = LedgerHead.objects.get()
    assert (head.sequence, head.hash) == (1, booked.chain_hash)
    assert head.hash != START_OF_CHAIN


@pytest.mark.hazard("H10", control="nothing and less than nothing cannot move", shows="works")
@pytest.mark.parametrize("quantity", ["0", "-1", "0.00001", "-0"])
def test_nothing_cannot_be_booked_in(bedside: Bedside, quantity: str) -> None:
    with pytest.raises(QuantityNotPositive):
        make.make_stock_pack(line=bedside.line, by=bedside.senior, quantity=Decimal(quantity))
    assert bedside.balance() == 28
    with scope(home=bedside.home.pk):
        assert StockPack.objects.count() == 1


@pytest.mark.hazard("H13", control="one label belongs to one pack", shows="works")
def test_a_label_is_used_once(bedside: Bedside) -> None:
    with pytest.raises(DatabaseError):
        make.make_stock_pack(line=bedside.line, by=bedside.senior, label_code=bedside.pack.label_code)
    assert bedside.balance() == 28


def test_a_serial_is_booked_in_once(bedside: Bedside) -> None:
    serial = {"gtin": "05012345678900", "serial": "A1"}
    make.make_stock_pack(line=bedside.line, by=bedside.senior, **serial)
    with pytest.raises(DatabaseError):
        make.make_stock_pack(line=bedside.line, by=bedside.senior, **serial)


@pytest.mark.hazard("H16", control="a witness is another person than the one who moved it", shows="works")
def test_a_witness_is_a_second_person(bedside: Bedside) -> None:
    with pytest.raises(DatabaseError):
        make.make_stock_movement(line=bedside.line, by=bedside.carer, quantity=Decimal(1), witness_id=bedside.carer.pk)
    moved = make.make_stock_movement(
        line=bedside.line, by=bedside.carer, quantity=Decimal(1), witness_id=bedside.senior.pk
    )
    assert moved.witness_id == bedside.senior.pk


def test_a_line_belongs_to_one_resident_medicine_and_unit(bedside: Bedside) -> None:
    key = LineKey(bedside.resident.pk, bedside.medicine.pk, "tablet")
    bulk = LineKey(None, bedside.medicine.pk, "tablet")
    with scope(home=bedside.home.pk):
        opened = ledger.line_ids(home_id=bedside.home.pk, keys=[key, bulk, key])
        assert opened[key] == bedside.line.pk
        assert ledger.line_ids(home_id=bedside.home.pk, keys=[bulk, key]) == opened
        assert StockLine.objects.count() == 2
        balances = {each.line_id: each.balance for each in line_balances(bedside.home.pk)}
    assert balances == {opened[key]: 28, opened[bulk]: 0}


# Counting


def test_a_count_that_agrees_changes_nothing(bedside: Bedside) -> None:
    assert count(bedside, "28.0") is None
    with scope(home=bedside.home.pk):
        taken = StockCount.objects.get()
    assert (taken.book, taken.after_sequence) == (28, 1)
    assert len(bedside.movements()) == 1


@pytest.mark.hazard("H15", control="a count that differs is a discrepancy until somebody signs", shows="works")
def test_a_count_that_differs_changes_nothing_until_it_is_signed(bedside: Bedside) -> None:
    found = count(bedside, "26")
    assert found is not None
    assert (found.kind, found.expected, found.found, found.closed_at) == ("count_differs", 28, 26, None)
    assert bedside.balance() == 28
    with pytest.raises(ReasonMissing):
        sign(bedside, found, " ")
    assert sign(bedside, found).balance == 26
    signed = bedside.movements()[-1]
    assert (signed.source, signed.destination, signed.quantity) == (Place.HOME, Place.UNEXPLAINED, 2)


def test_more_than_the_book_says_comes_from_unexplained(bedside: Bedside) -> None:
    found = count(bedside, "30.5")
    assert found is not None
    assert sign(bedside, found).balance == Decimal("30.5")
    signed = bedside.movements()[-1]
    assert (signed.source, signed.destination) == (Place.UNEXPLAINED, Place.HOME)


def test_doses_given_between_count_and_signing_stay_given(bedside: Bedside) -> None:
    found = count(bedside, "26")
    bedside.record(bedside.dose(given_at=NINE + MINUTE), at=NINE + 2 * MINUTE)
    assert found is not None
    assert sign(bedside, found).balance == 25


@pytest.mark.hazard("H15", control="a recount does not correct the book a second time", shows="works")
def test_a_recount_of_the_same_does_not_move_the_book_twice(bedside: Bedside) -> None:
    first, again = count(bedside, "26"), count(bedside, "26")
    assert first is not None
    assert again is not None
    assert sign(bedside, first).balance == 26
    assert sign(bedside, again) is None
    assert bedside.balance() == 26
    with scope(home=bedside.home.pk):
        assert not Discrepancy.objects.filter(closed_at=None).exists()


def test_a_discrepancy_is_signed_once(bedside: Bedside) -> None:
    found = count(bedside, "26")
    assert found is not None
    sign(bedside, found)
    with pytest.raises(AlreadySigned):
        sign(bedside, found)
    assert bedside.balance() == 26


@pytest.mark.parametrize("counted", ["-1", "-0.0001"])
def test_nobody_counts_less_than_nothing(bedside: Bedside, counted: str) -> None:
    with pytest.raises(QuantityNotPositive):
        count(bedside, counted)


def test_a_count_finer_than_the_book_is_the_books_number(bedside: Bedside) -> None:
    assert count(bedside, "28.00001") is None


@pytest.mark.hazard("H15", control="a shortage stays open until the book is right", shows="works")
def test_a_shortage_is_signed_once_the_book_is_right_and_the_next_one_opens_again(bedside: Bedside) -> None:
    bedside.record(bedside.dose(amount=Decimal(30)))
    with scope(home=bedside.home.pk):
        [found] = Discrepancy.objects.all()
    with pytest.raises(StillBelowZero):
        sign(bedside, found)
    make.make_stock_pack(line=bedside.line, by=bedside.senior, quantity=Decimal(2))
    assert sign(bedside, found) is None
    bedside.record(bedside.dose(due_at=None))
    with scope(home=bedside.home.pk):
        assert [each.found for each in Discrepancy.objects.order_by("opened_at", "id")] == [-2, -1]


def test_a_discrepancy_cannot_be_closed_past_the_operation_without_words(bedside: Bedside) -> None:
    found = count(bedside, "1")
    assert found is not None
    with pytest.raises(DatabaseError), scope(home=bedside.home.pk):
        Discrepancy.objects.filter(pk=found.pk).update(closed_at=NINE)


# Who did what


def test_an_act_is_noted_with_the_row_it_was_done_to(bedside: Bedside) -> None:
    with scope(home=bedside.home.pk):
        by, home_id = bedside.senior.pk, bedside.home.pk
        audit.note(action="pack_quarantined", by=by, at=NINE, home_id=home_id, about=bedside.pack)
        noted = AuditEntry.objects.get()
    assert (noted.about, noted.acted_by_id, noted.acted_at) == (f"StockPack {bedside.pack.pk}", bedside.senior.pk, NINE)


def test_an_act_without_a_home_is_seen_by_who_did_it_alone(bedside: Bedside) -> None:
    with scope(staff_member=bedside.senior.pk):
        audit.note(action="signed_in", by=bedside.senior.pk, at=NINE)
        assert AuditEntry.objects.count() == 1
    with scope(staff_member=bedside.carer.pk, home=bedside.home.pk):
        assert not AuditEntry.objects.exists()
