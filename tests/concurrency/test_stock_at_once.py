"""Two people at one pack, a count in the middle of a round, one order that comes twice: does the book stay right?

Each test has its negative control: with the lock taken away the same acts at the same moment must go wrong.
"""

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections
from uuid_utils.compat import uuid7

from emar.operations import recalls as record_recalls
from emar.queries.record_faults import record_faults
from emar.scope import scope
from ordering.models import BookedPack, Delivery, Order, OrderLine
from ordering.operations import booking_in
from ordering.operations.deliveries import NewLine
from stock.models import Consignment, Discrepancy, Recall, RecalledPack, StockCount, StockPack
from stock.operations import counts, disposal, ledger
from stock.operations import recalls as recalled_packs
from stock.operations.disposal import Leaving, NotHeld, Sending
from stock.operations.recalls import Alert
from stock.queries import recalls as recall_queries
from stock.queries.ledger_faults import ledger_faults
from tests import factories as make
from tests.bedside import NINE, Bedside, make_bedside
from tests.concurrency.at_once import Meeting, at_once, take_the_lock_away
from tests.concurrency.test_writers import rows, with_and_without
from tests.delivery import Sold, Waiting, make_waiting, sell

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def bedside(committed_db: None) -> Bedside:
    return make_bedside()


def faults(home_id: int) -> list[str]:
    with scope(home=home_id):
        return [each.kind for found in (ledger_faults, record_faults) for each in found(home_id)]


# Two carers, one pack


@pytest.mark.hazard("H04", control="two carers who give from one pack at once both leave the book right", shows="works")
@with_and_without
def test_two_carers_give_from_one_pack_at_once(
    bedside: Bedside, monkeypatch: pytest.MonkeyPatch, has_lock: bool
) -> None:
    """The box is shared by two prescriptions, as a regular and a when-required line of one medicine are."""
    other = bedside.another(resident=bedside.resident, medicine=bedside.medicine)
    colleague = make.make_staff_member(home=bedside.home)
    before = bedside.balance()
    Meeting(monkeypatch, ledger, "_ends_of_lines")
    if not has_lock:
        take_the_lock_away(monkeypatch)
    told = at_once(
        lambda: bedside.record(bedside.dose(due_at=None)),
        lambda: other.record(
            other.dose(due_at=None, given_by_id=colleague.pk, amount=Decimal(2), pack_id=str(bedside.pack.pk))
        ),
    )
    if has_lock:
        assert not any(isinstance(each, Exception) for each in told)
        assert bedside.balance() == before - 3
        assert faults(bedside.home.pk) == []
    else:
        # Both read the same end of the line: one of them is lost.
        assert any(isinstance(each, Exception) for each in told)
        assert bedside.balance() > before - 3


@with_and_without
def test_two_people_send_one_pack_back_at_once(
    bedside: Bedside, monkeypatch: pytest.MonkeyPatch, has_lock: bool
) -> None:
    Meeting(monkeypatch, disposal, "_asked_for")
    if not has_lock:
        take_the_lock_away(monkeypatch)

    def send() -> None:
        leaving = [Leaving(bedside.line.pk, Decimal(28), "stopped", bedside.pack.pk)]
        with scope(home=bedside.home.pk):
            sending = Sending(uuid7(), "pharmacy", leaving, receiver="Quay", collected_by="Dee")
            disposal.send(home_id=bedside.home.pk, sending=sending, by=bedside.senior.pk, at=NINE)

    told = at_once(send, send)
    if has_lock:
        assert sorted(type(each) for each in told if each is not None) == [NotHeld]
        assert (bedside.balance(), len(rows(bedside, Consignment))) == (0, 1)
    else:
        # Nobody is told in plain words that the pack has gone.
        assert not any(isinstance(each, NotHeld) for each in told)


# A count during a round


@pytest.mark.hazard("H15", control="a count in the middle of a round is of one moment of the book", shows="works")
@with_and_without
def test_a_count_during_a_round_is_of_one_moment_of_the_book(
    bedside: Bedside, monkeypatch: pytest.MonkeyPatch, has_lock: bool
) -> None:
    """A carer gives a dose while a senior types what was counted: it is before that dose or after it, never between."""
    if not has_lock:
        take_the_lock_away(monkeypatch)
    read = ledger._ends_of_lines
    given: list[Any] = []

    def and_give_a_dose(ids: Any) -> Any:
        ends = read(ids)
        if not given:
            given.append(None)
            # The dose of a colleague comes in after the book was read and before the count is written. Under the
            # lock it cannot: it waits until the count is there.
            given.append(_started(lambda: bedside.record(bedside.dose()), must_end=not has_lock))
        return ends

    monkeypatch.setattr(ledger, "_ends_of_lines", and_give_a_dose)
    with scope(home=bedside.home.pk):
        ledger.count(count_id=uuid7(), line=bedside.line, counted=Decimal(28), by=bedside.senior.pk, at=NINE)
    given[1].join()
    with scope(home=bedside.home.pk):
        [taken] = StockCount.objects.all()
        dose = bedside.movements()[-1]
        # The times of the rows tell which came first: with the lock, they agree with what the count says it saw.
        is_seen_before = taken.after_sequence < dose.line_sequence
        written_before = dose_written_after(dose.pk, taken.pk)
    assert is_seen_before
    assert written_before == has_lock


def _started(act: Any, *, must_end: bool) -> Any:
    def run() -> None:
        act()
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(None if must_end else 0.4)
    return thread


def dose_written_after(movement_id: Any, count_id: Any) -> bool:
    """Return whether the movement's transaction began to write after the count's: rows carry their transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin::text::bigint FROM stock_stockmovement WHERE id = %s", [movement_id])
        ((movement,),) = cursor.fetchall()
        cursor.execute("SELECT xmin::text::bigint FROM stock_stockcount WHERE id = %s", [count_id])
        ((taken,),) = cursor.fetchall()
    return movement > taken


@pytest.mark.hazard("H15", control="two people who count one line at once open one difference", shows="works")
@with_and_without
def test_two_people_count_one_line_at_once(bedside: Bedside, monkeypatch: pytest.MonkeyPatch, has_lock: bool) -> None:
    Meeting(monkeypatch, counts, "_open_case")
    if not has_lock:
        take_the_lock_away(monkeypatch)

    def count() -> None:
        found = counts.Found(uuid7(), Decimal(20))
        with scope(home=bedside.home.pk):
            counts.take(line=bedside.line, found=found, by=bedside.senior.pk, at=NINE)

    at_once(count, count)
    still_open = [each for each in rows(bedside, Discrepancy) if each.closed_at is None]
    # Two open ones would bring the book to what was counted twice.
    assert len(still_open) == (1 if has_lock else 2)
    assert len(rows(bedside, StockCount)) == 2


# Two deliveries of one order


@pytest.fixture
def waiting(committed_db: None) -> Waiting:
    return make_waiting()


def two_deliveries(waiting: Waiting) -> tuple[Sold, list[Delivery]]:
    """One order line of 28 tablets that the pharmacy sends twice, on two notes."""
    sold = sell("Amlodipine 5mg tablets")
    ada = waiting.live("Ada Winterbottom")
    prescription = waiting.prescribe(ada, sold)
    day = make.NOW.date()
    with scope(home=waiting.home.pk):
        order = Order.objects.create(
            home=waiting.home, number=1, kind="interim", reason="ran out", arrives_on=day, covers_from_on=day,
            cover_until_on=day + timedelta(days=28), drafted_at=make.NOW, drafted_by=waiting.senior,
        )  # fmt: skip
        asked = OrderLine.objects.create(
            home=waiting.home, order=order, position=1, resident=ada, prescription=prescription, medicine=sold.medicine,
            unit="tablet", suggestion="required", suggested=28, sentence="28 for four weeks", is_required=True,
            quantity=28,
        )  # fmt: skip
    line = NewLine(ada.pk, sold.medicine.pk, "Amlodipine 5mg", Decimal(28), "tablet", 1, asked.pk, Decimal(28))
    lines = [line, line]
    return sold, [waiting.expect(each, sender="Quay Pharmacy") for each in lines]


@pytest.mark.hazard("H22", control="an order that comes in two deliveries is not taken in twice unseen", shows="works")
@with_and_without
def test_two_deliveries_of_one_order_are_booked_in_at_once(
    waiting: Waiting, monkeypatch: pytest.MonkeyPatch, has_lock: bool
) -> None:
    sold, deliveries = two_deliveries(waiting)
    Meeting(monkeypatch, booking_in, "_look")
    if not has_lock:
        take_the_lock_away(monkeypatch)
    told = at_once(
        *[
            lambda each=each, number=number: waiting.scan(each, sold.scan(serial=f"S{number}"))
            for number, each in enumerate(deliveries)
        ]
    )
    answers = sorted(
        ",".join(sorted(each.answer.codes)) if hasattr(each, "answer") else type(each).__name__ for each in told
    )
    if has_lock:
        assert len(waiting.booked()) == 1
        assert answers[0] == ""
        assert "over" in answers[1]
        assert faults(waiting.home.pk) == []
    else:
        # Each looked before the other had written: nobody is told that the second one is too much.
        assert not any("over" in each for each in answers)


@pytest.mark.hazard("H13", control="one box scanned at two deliveries at once is booked in once", shows="works")
@with_and_without
def test_one_box_is_scanned_at_two_deliveries_at_once(
    waiting: Waiting, monkeypatch: pytest.MonkeyPatch, has_lock: bool
) -> None:
    sold, deliveries = two_deliveries(waiting)
    Meeting(monkeypatch, booking_in, "_look")
    if not has_lock:
        take_the_lock_away(monkeypatch)
    told = at_once(*[lambda each=each: waiting.scan(each, sold.scan(serial="S1")) for each in deliveries])
    codes = [each.answer.codes for each in told if hasattr(each, "answer")]
    assert len(waiting.booked()) == 1
    # Without the lock the database's own rule is what is left, and somebody gets an error in place of words.
    assert any("serial_booked" in each for each in codes) == has_lock
    assert any(isinstance(each, Exception) for each in told) != has_lock


# A recall while a pack comes in


@pytest.mark.hazard("H13", control="a pack booked in while its recall is entered is put aside", shows="works")
@with_and_without
def test_a_recall_is_entered_while_a_pack_of_it_is_booked_in(
    waiting: Waiting, monkeypatch: pytest.MonkeyPatch, has_lock: bool
) -> None:
    sold, (delivery, _) = two_deliveries(waiting)
    standing = recall_queries.recall
    meeting = Meeting(monkeypatch, booking_in, "_look")
    monkeypatch.setattr(recalled_packs.queries, "recall", lambda *asked: (meeting.wait(), standing(*asked))[1])
    if not has_lock:
        take_the_lock_away(monkeypatch)
        monkeypatch.setattr(record_recalls, "catch", lambda **_: 0)

    def enter() -> None:
        alert = Alert(uuid7(), "Amlodipine", "class_1", "MHRA", batches=["lk 1"])
        with scope(home=waiting.home.pk):
            recalled_packs.enter(home_id=waiting.home.pk, alert=alert, by=waiting.senior.pk, at=make.NOW)

    at_once(lambda: waiting.scan(delivery, sold.scan(serial="S1", batch="LK1")), enter)
    with scope(home=waiting.home.pk):
        in_use = StockPack.objects.filter(status="in_use").count()
        assert Recall.objects.count() == 1
    # Either the pack came first and was put aside with the others, or the scan was told of the recall.
    assert in_use == (0 if has_lock else 1)
    if has_lock:
        assert len(rows_of(waiting, BookedPack)) == len(rows_of(waiting, RecalledPack))


def rows_of(waiting: Waiting, model: Any) -> list[Any]:
    with scope(home=waiting.home.pk):
        return list(model.objects.filter(home=waiting.home))
