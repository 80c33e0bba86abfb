"""Do two people who book in at the same moment book anything twice?

Each test has its negative control: with the lock taken away the same acts at the same moment must go wrong.
"""

from decimal import Decimal
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from emar.scope import scope
from ordering.models import BookedPack
from ordering.operations import booking_in, pack_checks
from ordering.operations.booking_in import Told
from ordering.rules.receiving import Chosen
from stock.models import StockMovement
from stock.queries.ledger_faults import ledger_faults
from tests import factories as make
from tests.concurrency.at_once import Meeting, at_once, take_the_lock_away
from tests.delivery import Sold, Waiting, make_waiting, order_line, sell

pytestmark = pytest.mark.usefixtures("committed_db")
with_and_without = pytest.mark.parametrize("has_lock", [True, False], ids=["locked", "negative control"])


@pytest.fixture
def waiting(committed_db: None) -> Waiting:
    waiting = make_waiting()
    waiting.live("Ada Winterbottom")
    return waiting


@pytest.fixture
def amlodipine(waiting: Waiting) -> Sold:
    sold = sell("Amlodipine 5mg tablets")
    # Its line is there already, so that what meets is the booking and not the opening of the line.
    make.make_stock_line(prescription=waiting.prescribe(waiting.residents[0], sold))
    return sold


def booked(results: list[Any]) -> list[str]:
    """Say of each act whether it booked a pack, found one booked, asked, or broke."""
    words = {True: "booked", False: "asked"}
    return sorted(words[each.booked is not None] if isinstance(each, Told) else type(each).__name__ for each in results)


@pytest.mark.hazard("H22", control="two deliveries of one order never bring it twice", shows="works")
@with_and_without
def test_two_deliveries_of_one_order_are_booked_in_by_two_people_at_once(
    waiting: Waiting, amlodipine: Sold, monkeypatch: pytest.MonkeyPatch, has_lock: bool
) -> None:
    colleague = make.make_staff_member(home=waiting.home)
    line = order_line(waiting, amlodipine, Decimal(28))
    first, second = waiting.expect(line), waiting.expect(line)
    Meeting(monkeypatch, booking_in, "around")
    if not has_lock:
        take_the_lock_away(monkeypatch)
        # The chain and the balances would break first; what is asked here is whether the pack is booked twice.
        monkeypatch.setattr(booking_in, "move_in", lambda **_: None)
    results = at_once(
        lambda: waiting.scan(first, amlodipine.scan(serial="S1")),
        lambda: waiting.scan(second, amlodipine.scan(serial="S2"), by=colleague),
    )
    if has_lock:
        assert booked(results) == ["asked", "booked"]
        [asked] = [each for each in results if each.booked is None]
        assert asked.answer.codes == {"over"}
        assert len(waiting.movements()) == 1
    else:
        assert booked(results) == ["booked", "booked"]


@with_and_without
def test_the_last_pack_of_a_line_is_booked_in_by_two_people_at_once(
    waiting: Waiting, amlodipine: Sold, monkeypatch: pytest.MonkeyPatch, has_lock: bool
) -> None:
    delivery = waiting.load(["Ada Winterbottom,Amlodipine 5mg tabs,28"])
    Meeting(monkeypatch, booking_in, "around")
    if not has_lock:
        take_the_lock_away(monkeypatch)
        monkeypatch.setattr(booking_in, "move_in", lambda **_: None)
    results = at_once(*[lambda: waiting.scan(delivery, amlodipine.scan(serial=""))] * 2)
    assert booked(results) == (["asked", "booked"] if has_lock else ["booked", "booked"])


@pytest.mark.hazard("H13", control="a serial is booked in once", shows="exists")
@with_and_without
def test_one_box_is_scanned_by_two_people_at_once(
    waiting: Waiting, amlodipine: Sold, monkeypatch: pytest.MonkeyPatch, has_lock: bool
) -> None:
    delivery = waiting.load(["Ada Winterbottom,Amlodipine 5mg tabs,56"])
    Meeting(monkeypatch, booking_in, "around")
    if not has_lock:
        take_the_lock_away(monkeypatch)
    results = at_once(*[lambda: waiting.scan(delivery, amlodipine.scan(serial="S1"))] * 2)
    # Without the lock the database's own constraint is the last line: the second person is told nothing but an error.
    assert booked(results) == (["asked", "booked"] if has_lock else ["IntegrityError", "booked"])
    assert len(waiting.booked()) == 1


@with_and_without
def test_one_page_sends_one_pack_twice_at_once(
    waiting: Waiting, amlodipine: Sold, monkeypatch: pytest.MonkeyPatch, has_lock: bool
) -> None:
    delivery = waiting.load(["Ada Winterbottom,Amlodipine 5mg tabs,56"])
    Meeting(monkeypatch, booking_in, "booked_of")
    if not has_lock:
        take_the_lock_away(monkeypatch)
    again = {"id": uuid7()}
    results = at_once(*[lambda: waiting.scan(delivery, amlodipine.scan(serial=""), **again)] * 2)
    assert booked(results) == (["booked", "booked"] if has_lock else ["IntegrityError", "booked"])
    assert len(waiting.booked()) == 1


def test_many_people_book_many_packs_and_the_ledger_stays_whole(waiting: Waiting, amlodipine: Sold) -> None:
    people = [make.make_staff_member(home=waiting.home) for _ in range(4)]
    delivery = waiting.load([f"Ada Winterbottom,Amlodipine 5mg tabs,{28 * 12}"])

    def book(number: int) -> list[Told]:
        return [
            waiting.scan(delivery, amlodipine.scan(serial=f"{number}-{pack}"), by=people[number]) for pack in range(3)
        ]

    results = at_once(*[lambda number=number: book(number) for number in range(4)])
    assert all(each.booked is not None for told in results for each in told)
    with scope(home=waiting.home.pk):
        assert BookedPack.objects.count() == StockMovement.objects.count() == 12
        assert list(ledger_faults(waiting.home.pk)) == []


@with_and_without
def test_two_people_check_one_controlled_drug_at_once(
    waiting: Waiting, monkeypatch: pytest.MonkeyPatch, has_lock: bool
) -> None:
    morphine = sell("Morphine 10mg tablets", controlled_drug_category="0002")
    waiting.prescribe(waiting.residents[0], morphine, is_controlled=True)
    delivery = waiting.expect(origin="hospital")
    told = waiting.scan(delivery, morphine.scan(serial="S1"), chosen=Chosen(resident_id=waiting.residents[0].pk))
    assert told.booked is not None
    pack_id = told.booked.row.pk
    Meeting(monkeypatch, pack_checks, "booked_of")
    if not has_lock:
        take_the_lock_away(monkeypatch)

    def check() -> object:
        with scope(home=waiting.home.pk):
            return pack_checks.check(
                home_id=waiting.home.pk, booked_id=pack_id, check_id=uuid7(), counted=Decimal(28),
                witness_id=waiting.carer.pk, by=waiting.senior.pk, at=make.NOW,
            )  # fmt: skip

    results = sorted(type(each).__name__ for each in at_once(check, check))
    assert results == (["AlreadyChecked", "PackCheck"] if has_lock else ["IntegrityError", "PackCheck"])
    assert len(waiting.movements()) == 1
