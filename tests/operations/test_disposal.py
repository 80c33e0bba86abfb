"""What leaves the home other than by being given: its movements, its second person, and how long it waits first."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from uuid_utils.compat import uuid7

from emar.models import Presence, Role, Task
from emar.operations import disposal, residents
from emar.queries.disposal import candidates
from emar.scope import scope
from stock.models import Consignment, Disposal, StockPack
from stock.operations import disposal as ledger
from stock.operations.ledger import QuantityNotPositive
from stock.queries.ledger_faults import ledger_faults
from tests import factories as make
from tests.bedside import NINE, Bedside, make_bedside

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


@pytest.fixture
def bedside() -> Bedside:
    return make_bedside()


def morphine() -> Bedside:
    medicine = make.make_medicine(name="Morphine 10mg tablets", controlled_drug_category="0002")
    return make_bedside(medicine=medicine, is_controlled=True)


def sending(bedside: Bedside, **fields: object) -> ledger.Sending:
    leaving = ledger.Leaving(bedside.line.pk, Decimal(28), "stopped", bedside.pack.pk)
    usual = {"id": uuid7(), "goes_to": "pharmacy", "receiver": "Quay", "collected_by": "Dee", "leaving": [leaving]}
    return ledger.Sending(**usual | fields)


def send(bedside: Bedside, what: ledger.Sending, at: object = NINE) -> Consignment:
    with scope(home=bedside.home.pk):
        return disposal.send(home_id=bedside.home.pk, sending=what, by=bedside.senior.pk, at=at)


def test_a_returned_pack_leaves_the_book_once_and_is_finished(bedside: Bedside) -> None:
    what = sending(bedside)
    send(bedside, what)
    send(bedside, what)
    moved = bedside.movements()[-1]
    assert (moved.source, moved.destination, moved.quantity, moved.balance) == ("home", "returned", 28, 0)
    with scope(home=bedside.home.pk):
        [row] = Disposal.objects.all()
        assert (row.movement_id, row.reason, row.unit) == (moved.pk, "stopped", "tablet")
        assert StockPack.objects.get(pk=bedside.pack.pk).status == "finished"
        assert list(ledger_faults(bedside.home.pk)) == []


def test_spoilt_units_go_to_waste_and_the_pack_is_used_on(bedside: Bedside) -> None:
    leaving = [ledger.Leaving(bedside.line.pk, Decimal(2), "spoilt", bedside.pack.pk)]
    send(bedside, sending(bedside, goes_to="destroyed", leaving=leaving, receiver="", collected_by=""))
    assert (bedside.movements()[-1].destination, bedside.balance()) == ("waste", 26)
    with scope(home=bedside.home.pk):
        assert StockPack.objects.get(pk=bedside.pack.pk).status == "in_use"


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"leaving": []}, ledger.NothingChosen),
        ({"collected_by": " "}, ledger.ReceiverMissing),
        ({"receiver": ""}, ledger.ReceiverMissing),
    ],
)
def test_what_is_not_said_moves_nothing(bedside: Bedside, changed: dict[str, object], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        send(bedside, sending(bedside, **changed))
    assert bedside.balance() == 28


def test_nothing_of_nothing_or_of_another_home_leaves(bedside: Bedside) -> None:
    nothing = ledger.Leaving(bedside.line.pk, Decimal(0), "stopped", bedside.pack.pk)
    with pytest.raises(QuantityNotPositive):
        send(bedside, sending(bedside, leaving=[nothing]))
    other = ledger.Leaving(bedside.line.pk, Decimal(1), "other", bedside.pack.pk)
    with pytest.raises(ledger.WordsMissing):
        send(bedside, sending(bedside, leaving=[other]))
    with pytest.raises(ledger.NotHeld):
        send(bedside, sending(make_bedside()))
    send(bedside, sending(bedside))
    with pytest.raises(ledger.NotHeld):
        send(bedside, sending(bedside))


@pytest.mark.hazard("H16", control="a controlled drug leaves only before a second person", shows="works")
def test_a_controlled_drug_needs_a_second_person() -> None:
    bedside = morphine()
    with pytest.raises(ledger.WitnessMissing):
        send(bedside, sending(bedside))
    with pytest.raises(ledger.WitnessMissing):
        send(bedside, sending(bedside, witness_id=bedside.senior.pk))
    assert bedside.balance() == 28
    send(bedside, sending(bedside, witness_id=bedside.carer.pk))
    assert bedside.movements()[-1].witness_id == bedside.carer.pk
    with scope(home=bedside.home.pk):
        assert Disposal.objects.get().is_controlled


def test_a_nursing_home_and_whoever_destroys_make_controlled_drugs_unusable_first() -> None:
    bedside = morphine()
    witnessed = {"witness_id": bedside.carer.pk}
    with pytest.raises(ledger.NotDenatured):
        send(bedside, sending(bedside, goes_to="destroyed", **witnessed))
    home = make.make_home(has_nursing=True)
    nurse = make.make_staff_member(home=home, role=Role.NURSE)
    carer = make.make_staff_member(home=home)
    prescription = make.make_prescription(
        resident=make.make_resident(unit=make.make_unit(home=home)), by=nurse, medicine=bedside.medicine,
        is_controlled=True,
    )  # fmt: skip
    pack = make.make_stock_pack(line=make.make_stock_line(prescription=prescription), by=nurse)
    leaving = [ledger.Leaving(pack.line_id, Decimal(28), "stopped", pack.pk)]
    what = sending(bedside, goes_to="contractor", leaving=leaving, witness_id=carer.pk)
    with scope(home=home.pk):
        with pytest.raises(ledger.NotDenatured):
            disposal.send(home_id=home.pk, sending=what, by=nurse.pk, at=NINE)
        what = sending(bedside, goes_to="contractor", leaving=leaving, witness_id=carer.pk, are_denatured=True)
        disposal.send(home_id=home.pk, sending=what, by=nurse.pk, at=NINE)
        assert Disposal.objects.get(pack=pack).is_denatured


def die(bedside: Bedside) -> None:
    with scope(home=bedside.home.pk):
        change = residents.PresenceChange(Presence.DIED, NINE)
        residents.note_presence(resident=bedside.resident, change=change, by=bedside.senior.pk, at=NINE)


def test_medicines_of_somebody_who_died_wait_for_the_homes_days(bedside: Bedside) -> None:
    die(bedside)
    with pytest.raises(disposal.HeldAfterDeath, match="25/11/2026"):
        send(bedside, sending(bedside), at=NINE + WEEK - timedelta(minutes=1))
    assert bedside.balance() == 28
    send(bedside, sending(bedside), at=NINE + WEEK)
    assert bedside.balance() == 0
    with scope(home=bedside.home.pk):
        [task] = Task.objects.filter(kind="return_stock")
        assert task.outcome == "Everything was returned or destroyed."


def test_they_leave_earlier_for_a_reason_and_the_task_stays_until_nothing_is_left(bedside: Bedside) -> None:
    other = bedside.another(resident=bedside.resident)
    die(bedside)
    send(bedside, sending(bedside, early_reason="The coroner agreed"), at=NINE)
    with scope(home=bedside.home.pk):
        assert Task.objects.get(kind="return_stock").closed_at is None
    send(bedside, sending(other), at=NINE + WEEK)
    with scope(home=bedside.home.pk):
        assert Task.objects.get(kind="return_stock").closed_at is not None


def test_what_is_put_aside_is_offered_first_and_what_is_in_use_not_at_all(bedside: Bedside) -> None:
    old, aside = bedside.another(), bedside.another()
    with scope(home=bedside.home.pk):
        StockPack.objects.filter(pk=old.pack.pk).update(expires_on=date(2026, 11, 1))
        StockPack.objects.filter(pk=aside.pack.pk).update(status="quarantined")
        found = candidates(bedside.home.pk, NINE)
    assert [(each.pack.pk, each.reason, each.quantity) for each in found] == [
        (aside.pack.pk, "stopped", 28),
        (old.pack.pk, "out_of_date", 28),
        (bedside.pack.pk, "", 28),
    ]
