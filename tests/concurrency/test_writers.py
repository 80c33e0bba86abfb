"""Do writers of one home wait for each other, and is nothing lost, doubled or stuck when they meet?

Each test has its negative control: with the lock taken away the same acts at the same moment must go wrong.
"""

from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError, connections
from django.utils import timezone
from uuid_utils.compat import uuid7

from emar.models import Administration, Device, DeviceEvent, PinLock
from emar.operations import administrations, device_events, devices
from emar.queries import prescribed
from emar.rules import pins
from emar.scope import scope
from stock.models import Discrepancy, LedgerHead, StockLine, StockMovement
from stock.operations import counts, ledger
from stock.operations.counts import AlreadySigned, Signature
from stock.operations.ledger import LineKey, line_ids, lock_home, write_movements
from stock.rules.balance import Movement
from tests import factories as make
from tests.bedside import FIVE_PAST, MINUTE, NINE, Bedside, make_bedside
from tests.concurrency.at_once import Meeting, at_once, take_the_lock_away
from tests.tablet import PIN, Tablet, enrol_tablet, give_pin

pytestmark = pytest.mark.usefixtures("committed_db")
with_and_without = pytest.mark.parametrize("has_lock", [True, False], ids=["locked", "negative control"])


@pytest.fixture
def bedside(committed_db: None) -> Bedside:
    return make_bedside()


def rows(bedside: Bedside, model: Any) -> list[Any]:
    with scope(home=bedside.home.pk):
        return list(model.objects.filter(home=bedside.home))


# The last dose of one slot


@pytest.mark.hazard("H04", control="two carers giving one dose at once are put in a queue", shows="works")
@with_and_without
@pytest.mark.parametrize("takes_stock", [True, False])
def test_two_carers_give_one_dose_at_once(
    bedside: Bedside, monkeypatch: pytest.MonkeyPatch, has_lock: bool, takes_stock: bool
) -> None:
    colleague = make.make_staff_member(home=bedside.home)
    Meeting(monkeypatch, prescribed, "other_answers")
    if not has_lock:
        take_the_lock_away(monkeypatch)
    fields = {} if takes_stock else {"outcome": "given_by_other_professional", "amount": None}
    told = at_once(
        lambda: bedside.record(bedside.dose(**fields)),
        lambda: bedside.record(bedside.dose(**fields, given_by_id=colleague.pk)),
    )
    answers = sorted(each[0].answer if isinstance(each, list) else type(each).__name__ for each in told)
    if has_lock:
        assert answers == ["conflict", "recorded"]
        assert len(bedside.administrations()) == 2
        assert bedside.balance() == (26 if takes_stock else 28)
    else:
        # Without stock both are recorded and nobody is told; with stock one of them is lost.
        assert answers == (["IntegrityError", "recorded"] if takes_stock else ["recorded", "recorded"])


@pytest.mark.hazard("H15", control="the last tablet cannot be taken twice without a discrepancy", shows="works")
@with_and_without
def test_two_residents_of_one_line_take_the_last_tablet_at_once(
    bedside: Bedside, monkeypatch: pytest.MonkeyPatch, has_lock: bool
) -> None:
    bedside.record(bedside.dose(amount=Decimal(27)))
    Meeting(monkeypatch, ledger, "_ends_of_lines")
    if not has_lock:
        take_the_lock_away(monkeypatch)
    told = at_once(*[lambda: bedside.record(bedside.dose(due_at=None))] * 2)
    if has_lock:
        assert bedside.balance() == -1
        assert len(rows(bedside, Discrepancy)) == 1
    else:
        assert bedside.balance() == 0
        assert rows(bedside, Discrepancy) == []
        assert any(isinstance(each, Exception) for each in told)


# One id, many times


@pytest.mark.hazard("H03", control="one act sent many times at once is one record with one answer", shows="works")
@with_and_without
def test_fifty_sends_of_one_event_at_once(bedside: Bedside, monkeypatch: pytest.MonkeyPatch, has_lock: bool) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NINE)
    tablet = enrol_tablet(bedside)
    event = tablet.given(bedside)
    Meeting(monkeypatch, device_events._Intake, "_known")
    if not has_lock:
        take_the_lock_away(monkeypatch)
    callers = [Tablet(tablet.device_id, tablet.key) for _ in range(10)]
    told = at_once(*[lambda caller=caller: [caller.answers(event) for _ in range(5)] for caller in callers])
    answers = [answer for each in told for answer in (each if isinstance(each, list) else [each])]
    assert len(bedside.administrations()) <= 1
    if has_lock:
        assert len(answers) == 50
        assert all(answer == answers[0] for answer in answers)
        assert answers[0][0]["answer"] == "recorded"
        assert len(bedside.administrations()) == len(rows(bedside, DeviceEvent)) == 1
        assert bedside.balance() == 27
    else:
        assert any(answer != answers[0] for answer in answers)


@pytest.mark.hazard("H03", control="one act at the desk sent twice at once is one record", shows="exists")
@with_and_without
def test_two_sends_of_one_dose_at_once(bedside: Bedside, monkeypatch: pytest.MonkeyPatch, has_lock: bool) -> None:
    dose = bedside.dose()
    Meeting(monkeypatch, administrations, "_told_before")
    if not has_lock:
        take_the_lock_away(monkeypatch)
    first, second = at_once(lambda: bedside.record(dose), lambda: bedside.record(dose))
    if has_lock:
        assert first == second
        assert len(bedside.administrations()) == 1
    else:
        assert any(isinstance(each, Exception) for each in (first, second))


# Opposite orders


@pytest.mark.hazard("H20", control="batches that touch the same lines in opposite orders both end", shows="works")
@with_and_without
def test_two_batches_with_lines_in_opposite_order_do_not_deadlock(
    bedside: Bedside, monkeypatch: pytest.MonkeyPatch, has_lock: bool
) -> None:
    there, back = bedside, bedside.another()
    meeting = Meeting(monkeypatch, ledger, "_open_below_zero")
    if not has_lock:
        take_the_lock_away(monkeypatch)

    def take(*lines: StockLine) -> None:
        with scope(home=bedside.home.pk):
            # As every operation does: the lock first, then whatever order the batch has.
            head = ledger.lock_home(bedside.home.pk)
            head.sequence += 1000 * lines[0].pk if not has_lock else 0
            for line in lines:
                movement = Movement(
                    str(uuid7()), line.pk, Decimal(1), "home", "resident", "given", NINE, bedside.carer.pk
                )
                write_movements(home_id=bedside.home.pk, movements=[movement], at=NINE, head=head)

    told = at_once(lambda: take(there.line, back.line), lambda: take(back.line, there.line))
    assert meeting is not None
    if has_lock:
        assert told == [None, None]
        assert (bedside.balance(there.line), bedside.balance(back.line)) == (26, 26)
    else:
        [problem] = [each for each in told if each is not None]
        assert isinstance(problem, OperationalError)
        assert "deadlock" in str(problem)


def test_many_batches_in_every_order_at_once_leave_one_chain(bedside: Bedside) -> None:
    others = [bedside.another(medicine=bedside.medicine) for _ in range(4)]
    tablets = [enrol_tablet(bedside) for _ in range(6)]

    def drain(number: int) -> list[str]:
        tablet, answers = tablets[number], []
        for turn in range(4):
            order = others[turn:] + others[:turn]
            order = order[::-1] if number % 2 else order
            events = [tablet.given(each, due_at=None) for each in order]
            answers += [answer["answer"] for answer in tablet.answers(*events)]
        return answers

    told = at_once(*[lambda number=number: drain(number) for number in range(6)])
    assert told == [["recorded_with_findings"] * 16] * 6
    with scope(home=bedside.home.pk):
        movements = list(StockMovement.objects.order_by("chain_sequence"))
        head = LedgerHead.objects.get()
    assert [each.chain_sequence for each in movements] == list(range(1, len(movements) + 1))
    assert (head.sequence, head.hash) == (len(movements), movements[-1].chain_hash)
    assert [bedside.balance(each.line) for each in others] == [28 - 24] * 4


# What is made on first use


@with_and_without
def test_a_line_is_opened_once(bedside: Bedside, monkeypatch: pytest.MonkeyPatch, has_lock: bool) -> None:
    key = LineKey(bedside.resident.pk, bedside.medicine.pk, "ml")
    Meeting(monkeypatch, StockLine.objects, "create")
    if not has_lock:
        take_the_lock_away(monkeypatch)

    def open_line() -> int:
        with scope(home=bedside.home.pk):
            ledger.lock_home(bedside.home.pk)
            return line_ids(home_id=bedside.home.pk, keys=[key])[key]

    told = at_once(open_line, open_line)
    if has_lock:
        assert told[0] == told[1]
    else:
        assert any(isinstance(each, Exception) for each in told)


def test_the_head_of_a_home_is_made_once() -> None:
    home = make.make_home()

    def first() -> int:
        with scope(home=home.pk):
            return lock_home(home.pk).version

    assert sorted(at_once(*[first] * 6)) == [1, 2, 3, 4, 5, 6]


# Signing a count


@pytest.mark.hazard("H15", control="a discrepancy is signed once, however many sign at once", shows="works")
@with_and_without
def test_a_discrepancy_signed_by_two_at_once_moves_the_book_once(
    bedside: Bedside, monkeypatch: pytest.MonkeyPatch, has_lock: bool
) -> None:
    found = make.make_discrepancy(line=bedside.line, by=bedside.senior, counted=Decimal(20))
    Meeting(monkeypatch, counts, "difference_left")
    if not has_lock:
        take_the_lock_away(monkeypatch)

    def sign() -> None:
        with scope(home=bedside.home.pk):
            counts.sign(
                discrepancy=Discrepancy.objects.get(pk=found.pk), signature=Signature("dropped"), by=bedside.senior.pk,
                at=NINE,
            )  # fmt: skip

    told = at_once(sign, sign)
    if has_lock:
        assert sorted(type(each).__name__ for each in told) == ["AlreadySigned", "NoneType"]
        assert bedside.balance() == 20
    else:
        assert not any(isinstance(each, AlreadySigned) for each in told)


# Devices


def test_an_enrolment_code_makes_one_device_however_many_type_it_at_once(bedside: Bedside) -> None:
    with scope(home=bedside.home.pk):
        code = devices.invite(home_id=bedside.home.pk, by=bedside.senior.pk, at=NINE)
    told = at_once(*[lambda: devices.enrol(code=code, name="Oak", at=NINE)] * 4)
    assert sorted(type(each).__name__ for each in told) == ["CodeNotKnown"] * 3 + ["Enrolled"]
    assert len(rows(bedside, Device)) == 1


@pytest.mark.hazard("H17", control="wrong PINs typed at once are all counted", shows="works")
def test_wrong_pins_at_once_are_all_counted(bedside: Bedside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pins, "ITERATIONS", 10)
    give_pin(bedside, bedside.carer)
    tablet = enrol_tablet(bedside)
    callers = [Tablet(tablet.device_id, tablet.key) for _ in range(8)]
    told = at_once(*[lambda caller=caller: caller.sign_in(bedside.carer, "9999").json()["code"] for caller in callers])
    assert sorted(told) == ["pin_locked"] * 4 + ["wrong_pin"] * 4
    assert tablet.sign_in(bedside.carer, PIN).status_code == 423
    [lock] = rows(bedside, PinLock)
    assert lock.wrong_pins == 5


# Homes do not wait for each other


def test_another_home_does_not_wait(bedside: Bedside) -> None:
    stranger = make_bedside()
    with scope(home=bedside.home.pk):
        lock_home(bedside.home.pk)
        # While this home is locked, the other one records at once.
        [told] = at_once(lambda: stranger.told(given_at=FIVE_PAST + MINUTE))
        assert told == ("recorded", [])


def test_nobody_outside_sees_a_dose_before_its_commit(bedside: Bedside) -> None:
    with scope(home=bedside.home.pk):
        bedside.record(bedside.dose())
        [seen] = at_once(lambda: (rows(bedside, Administration), bedside.balance()))
        assert seen == ([], Decimal(28))
    connections.close_all()
    assert len(rows(bedside, Administration)) == 1
