"""Lists of medicines as found, and medicines that go out with a resident: what the record and the stock then say."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from emar.models import LeaveMedicines, Prescription, Reconciliation, Suspension, Task
from emar.operations import leave, prescriptions, residents, transfers
from emar.queries import transfers as asked
from emar.queries.due import due_between
from emar.queries.record_faults import record_faults
from emar.rules.reconciliation import prescription_id_for
from emar.scope import scope
from stock.operations.away import MoreThanWasSent
from stock.operations.ledger import QuantityNotPositive
from stock.queries.ledger_faults import ledger_faults
from tests import factories as make
from tests.bedside import EIGHT, HOUR, NINE, Bedside, make_bedside

pytestmark = pytest.mark.django_db


@pytest.fixture
def bedside() -> Bedside:
    return make_bedside()


def found(*lines: transfers.FoundMedicine, **fields: object) -> transfers.FoundList:
    return transfers.FoundList(
        **{"id": uuid7(), "occasion": "from_hospital", "sources": ["Letter"], "lines": lines} | fields
    )  # type: ignore[arg-type]


def reconcile(bedside: Bedside, listed: transfers.FoundList, **fields: object) -> Reconciliation:
    with scope(home=bedside.home.pk):
        return transfers.reconcile(resident=bedside.resident, found=listed, by=bedside.carer.pk, at=NINE, **fields)


def about(bedside: Bedside, decision: str, reason: str = "") -> transfers.FoundMedicine:
    return transfers.FoundMedicine("Amlodipine 5mg", decision, reason, before_id=bedside.prescription.pk)


@pytest.mark.hazard("H23", control="each decision of a list is carried out", shows="works")
@pytest.mark.parametrize(
    ("decision", "is_stopped", "is_paused"),
    [("continue", False, False), ("stop", True, False), ("ask", False, True), ("change", False, True)],
)
def test_what_was_decided_is_done(bedside: Bedside, decision: str, is_stopped: bool, is_paused: bool) -> None:
    reconcile(bedside, found(about(bedside, decision, "as the letter says")))
    with scope(home=bedside.home.pk):
        line = Prescription.objects.get(pk=bedside.prescription.pk)
        assert (line.stopped_at is not None) is is_stopped
        assert Suspension.objects.filter(prescription=line, resumed_at__isnull=True).exists() is is_paused
        doses, _ = due_between(bedside.home.pk, NINE, NINE + timedelta(days=1), NINE)
    expected = [] if is_stopped else ["suspended" if is_paused else "coming"]
    assert [each.state for each in doses] == expected


def test_a_list_sent_twice_is_one_list(bedside: Bedside) -> None:
    listed = found(about(bedside, "ask", "which dose?"))
    assert reconcile(bedside, listed) == reconcile(bedside, listed)
    with scope(home=bedside.home.pk):
        assert asked.reconciliations(bedside.home.pk, bedside.resident.pk)[0].open_lines == 1


def test_continuing_lets_go_on_what_an_earlier_doubt_had_paused(bedside: Bedside) -> None:
    reconcile(bedside, found(about(bedside, "ask", "which dose?")))
    reconcile(bedside, found(about(bedside, "continue")))
    with scope(home=bedside.home.pk):
        assert Suspension.objects.get().resumed_by_id == bedside.carer.pk


def test_a_list_with_the_way_back_brings_the_resident_home_without_a_task(bedside: Bedside) -> None:
    with scope(home=bedside.home.pk):
        gone = residents.PresenceChange(residents.Presence.IN_HOSPITAL, NINE - timedelta(days=2), "Infirmary")
        residents.note_presence(resident=bedside.resident, change=gone, by=bedside.carer.pk, at=NINE)
    reconcile(bedside, found(about(bedside, "continue")), back_at=NINE - timedelta(hours=1))
    with scope(home=bedside.home.pk):
        assert [each.presence for each in asked.presences(bedside.home.pk, bedside.resident.pk)] == [
            "present",
            "in_hospital",
        ]
        assert not Task.objects.exists()


def test_a_list_written_later_closes_the_task_that_coming_back_opened(bedside: Bedside) -> None:
    with scope(home=bedside.home.pk):
        for place, presence in enumerate((residents.Presence.IN_HOSPITAL, residents.Presence.PRESENT)):
            change = residents.PresenceChange(presence, NINE - timedelta(days=2 - place))
            residents.note_presence(resident=bedside.resident, change=change, by=bedside.carer.pk, at=NINE)
        assert Task.objects.get().closed_at is None
    reconcile(bedside, found(about(bedside, "continue")))
    with scope(home=bedside.home.pk):
        assert "Reconciled" in Task.objects.get().outcome


@pytest.mark.hazard("H23", control="a second person checks the list", shows="works")
def test_whoever_wrote_the_list_cannot_check_it(bedside: Bedside) -> None:
    done = reconcile(bedside, found(about(bedside, "continue")))
    with scope(home=bedside.home.pk):
        with pytest.raises(transfers.SamePersonChecks):
            transfers.check(reconciliation=done, by=bedside.carer.pk, at=NINE)
        transfers.check(reconciliation=done, by=bedside.senior.pk, at=NINE)
        done.refresh_from_db()
        assert (done.checked_by_id, done.checked_at) == (bedside.senior.pk, NINE)


def test_an_incomplete_list_is_refused_whole(bedside: Bedside) -> None:
    with pytest.raises(transfers.LineIncomplete) as refusal:
        reconcile(bedside, found(about(bedside, "continue"), about(bedside, "stop")))
    assert list(refusal.value.faults) == [1]
    with pytest.raises(transfers.SourceMissing):
        reconcile(bedside, found(about(bedside, "continue"), sources=[" "]))
    with scope(home=bedside.home.pk):
        assert not Reconciliation.objects.exists()


def test_another_residents_medicine_cannot_be_stopped_by_a_list(bedside: Bedside) -> None:
    other = bedside.another()
    with pytest.raises(Prescription.DoesNotExist):
        reconcile(bedside, found(about(other, "stop", "gone")))


def test_the_prescription_written_because_of_a_line_is_found(bedside: Bedside) -> None:
    done = reconcile(bedside, found(transfers.FoundMedicine("Ramipril 2.5mg", "start")))
    with scope(home=bedside.home.pk):
        [line] = asked.reconciliation(bedside.home.pk, bedside.resident.pk, done.pk).lines
    assert line.waits
    make.make_prescription(resident=bedside.resident, by=bedside.carer, id=prescription_id_for(line.line.pk))
    with scope(home=bedside.home.pk):
        [line] = asked.reconciliation(bedside.home.pk, bedside.resident.pk, done.pk).lines
    assert (line.waits, line.after.pk) == (False, line.prescription_id)


def test_stopping_or_pausing_without_a_reason_is_refused(bedside: Bedside) -> None:
    with scope(home=bedside.home.pk):
        for act in (prescriptions.stop, prescriptions.suspend):
            with pytest.raises(prescriptions.ReasonMissing):
                act(prescription=bedside.prescription, reason=" ", by=bedside.carer.pk, at=NINE)
        with pytest.raises(prescriptions.ReasonMissing):
            prescriptions.stop_all(
                home_id=bedside.home.pk, resident_id=bedside.resident.pk, reason=" ", by=bedside.carer.pk,
                at=NINE, ended_at=EIGHT,
            )  # fmt: skip


def test_care_that_ended_stops_everything_then_ends_pauses_and_repeats_quietly(bedside: Bedside) -> None:
    waiting = make.make_prescription(resident=bedside.resident, by=bedside.carer, checked_at=None, checked_by=None)
    who = {"home_id": bedside.home.pk, "resident_id": bedside.resident.pk, "by": bedside.senior.pk}
    with scope(home=bedside.home.pk):
        prescriptions.suspend(prescription=bedside.prescription, reason="asks", by=bedside.senior.pk, at=EIGHT)
        prescriptions.stop_all(reason="The resident died", at=NINE, ended_at=EIGHT, **who)
        prescriptions.stop_all(reason="Said again", at=NINE + HOUR, ended_at=EIGHT, **who)
        stopped = Prescription.objects.filter(pk__in=[waiting.pk, bedside.prescription.pk])
        assert {(each.stopped_at, each.stop_reason) for each in stopped} == {(EIGHT, "The resident died")}
        assert not Suspension.objects.filter(resumed_at__isnull=True).exists()


def test_a_later_stop_leaves_a_pause_as_it_is_until_then(bedside: Bedside) -> None:
    with scope(home=bedside.home.pk):
        prescriptions.suspend(prescription=bedside.prescription, reason="asks", by=bedside.senior.pk, at=EIGHT)
        prescriptions.stop(
            prescription=bedside.prescription, reason="GP", by=bedside.senior.pk, at=EIGHT, stops_at=NINE
        )
        assert Suspension.objects.filter(resumed_at__isnull=True).count() == 1


# Leave


def send(bedside: Bedside, quantity: str, **fields: object) -> LeaveMedicines:
    going = leave.GoingOut(
        **{"id": uuid7(), "prescription_id": bedside.prescription.pk, "quantity": Decimal(quantity),
           "sent_with": "her son", "pack_id": bedside.pack.pk} | fields
    )  # type: ignore[arg-type]  # fmt: skip
    with scope(home=bedside.home.pk):
        return leave.send_out(resident=bedside.resident, going=going, by=bedside.carer.pk, at=NINE)


def places(bedside: Bedside) -> dict[str, Decimal]:
    """Return what stands at each place of the line by its movements."""
    at: dict[str, Decimal] = {}
    for move in bedside.movements():
        at[move.source] = at.get(move.source, Decimal(0)) - move.quantity
        at[move.destination] = at.get(move.destination, Decimal(0)) + move.quantity
    return at


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.decimals(1, 28, places=2), part=st.decimals(0, 1, places=2))
def test_what_goes_out_comes_back_or_was_used(bedside: Bedside, sent: Decimal, part: Decimal) -> None:
    before = bedside.balance()
    out = send(bedside, str(sent))
    returned = (sent * part).quantize(Decimal("0.01"))
    assert bedside.balance() == before - sent
    with scope(home=bedside.home.pk):
        leave.take_back(out=out, returned=returned, by=bedside.carer.pk, at=NINE)
        assert [*ledger_faults(bedside.home.pk), *record_faults(bedside.home.pk)] == []
    assert bedside.balance() == before - sent + returned
    found = places(bedside)
    assert found.get("away", Decimal(0)) == 0
    assert sum(found.values()) == 0


def test_more_than_went_out_cannot_come_back_and_nothing_comes_back_twice(bedside: Bedside) -> None:
    out = send(bedside, "2")
    with scope(home=bedside.home.pk):
        with pytest.raises(MoreThanWasSent):
            leave.take_back(out=out, returned=Decimal(3), by=bedside.carer.pk, at=NINE)
        with pytest.raises(QuantityNotPositive):
            leave.take_back(out=out, returned=Decimal(-1), by=bedside.carer.pk, at=NINE)
        leave.take_back(out=out, returned=Decimal(0), by=bedside.carer.pk, at=NINE)
        with pytest.raises(leave.TakenBackBefore):
            leave.take_back(out=out, returned=Decimal(1), by=bedside.carer.pk, at=NINE)


def test_what_is_sent_twice_goes_out_once(bedside: Bedside) -> None:
    going = uuid7()
    send(bedside, "2", id=going)
    send(bedside, "2", id=going)
    assert places(bedside)["away"] == 2


def test_a_controlled_drug_goes_out_under_the_eyes_of_two() -> None:
    bedside = make_bedside(is_controlled=True)
    for witness in (None, bedside.carer.pk):
        with pytest.raises(leave.WitnessMissing):
            send(bedside, "1", witness_id=witness)
    send(bedside, "1", witness_id=bedside.senior.pk)
    assert bedside.movements()[-1].witness_id == bedside.senior.pk
