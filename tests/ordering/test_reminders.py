"""What people are asked for about orders, when it becomes urgent, and what warns without any order at all."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from uuid_utils.compat import uuid7

from emar import jobs
from emar.models import DmdChangedId, Medicine, Prescription, Task
from emar.operations.jobs import run_one, start_periodic
from emar.scope import scope
from ordering.models import BookedPack, DeliveryLine, Order, OrderCycle
from ordering.operations import calendar, deliveries, following, reminders, reviewing
from ordering.queries import calendar as calendars
from ordering.queries import orders, scorecards
from stock.models import StockLine
from tests import factories as make
from tests.ordering.homes import HOUR, NINE, OrderingHome, make_ordering_home

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(db: None) -> OrderingHome:
    return make_ordering_home()


def at(day: int, month: int = 11, hour: int = 9) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def remind(home: OrderingHome, moment: datetime) -> None:
    with scope(home=home.pk):
        reminders.remind(home_id=home.pk, at=moment)


def tasks(home: OrderingHome, kind: str) -> list[Task]:
    with scope(home=home.pk):
        return list(Task.objects.filter(kind=kind).order_by("raised_at", "id"))


def open_ones(home: OrderingHome, kind: str) -> list[Task]:
    return [each for each in tasks(home, kind) if each.closed_at is None]


def check(home: OrderingHome, order: Order, *quantities: int, moment: datetime) -> None:
    found = [
        following.Checked(line.pk, Decimal(quantity))
        for line, quantity in zip(home.lines(order), quantities, strict=False)
    ]
    with scope(home=home.pk):
        following.check_prescriptions(
            home_id=home.pk, order_id=order.pk, check_id=uuid7(), found=found, by=home.senior.pk, at=moment
        )


def test_stock_is_to_be_counted_until_the_order_is_drafted(home: OrderingHome) -> None:
    remind(home, at(3))
    remind(home, at(4))
    assert [each.facts["by"] for each in open_ones(home, "count_stock")] == ["2026-11-05"]
    home.draft()
    assert open_ones(home, "count_stock") == []


@pytest.mark.hazard("H22", control="an order that is late becomes urgent", shows="works")
def test_a_review_that_is_late_becomes_urgent_and_is_settled_by_the_review(home: OrderingHome) -> None:
    [order] = home.draft()
    remind(home, at(6))
    assert [each.is_urgent for each in open_ones(home, "order_to_review")] == [False]
    remind(home, at(9))
    assert [each.is_urgent for each in open_ones(home, "order_to_review")] == [True]
    home.review(order, at(9, hour=10))
    assert open_ones(home, "order_to_review") == []
    remind(home, at(9, hour=11))
    assert [each.is_urgent for each in open_ones(home, "order_to_approve")] == [True]
    home.approve(order, at(9, hour=12))
    assert open_ones(home, "order_to_approve") == []
    # No mail server here: somebody has to order it by hand.
    assert len(open_ones(home, "order_not_sent")) == 1


def test_a_task_that_somebody_closed_without_doing_it_comes_back_when_it_is_late(home: OrderingHome) -> None:
    home.draft()
    with scope(home=home.pk):
        Task.objects.filter(kind="order_to_review").update(closed_at=NINE, closed_by=home.senior, outcome="later")
    remind(home, at(9))
    assert [each.is_urgent for each in open_ones(home, "order_to_review")] == [True]


def test_prescriptions_are_to_be_checked_from_their_day_and_urgently_after_it(home: OrderingHome) -> None:
    order = home.sent()
    remind(home, at(12))
    assert open_ones(home, "check_prescriptions") == []
    remind(home, at(13))
    assert [each.is_urgent for each in open_ones(home, "check_prescriptions")] == [False]
    remind(home, at(18))
    assert [each.is_urgent for each in open_ones(home, "check_prescriptions")] == [True]
    check(home, order, 28, 28, moment=at(18))
    assert open_ones(home, "check_prescriptions") == []


def test_a_missing_prescription_is_chased_until_it_is_there(home: OrderingHome) -> None:
    order = home.sent()
    check(home, order, 0, 28, moment=at(13))
    [task] = open_ones(home, "chase_order")
    assert task.facts["why"] == "the prescription is missing"
    line = home.lines(order)[0]
    chase = following.Chase(uuid7(), (line.pk,), "Kim, telephone", "this afternoon", date(2026, 11, 16))
    for _ in range(2):
        with scope(home=home.pk):
            following.chase(home_id=home.pk, order_id=order.pk, chase=chase, by=home.senior.pk, at=at(13, hour=10))
    assert open_ones(home, "chase_order") == []
    remind(home, at(16))
    assert open_ones(home, "chase_order") == []
    # The day they promised is over.
    remind(home, at(17))
    assert [each.is_urgent for each in open_ones(home, "chase_order")] == [True]
    check(home, order, 28, moment=at(17, hour=10))
    assert open_ones(home, "chase_order") == []


def test_a_chase_without_evidence_is_refused(home: OrderingHome) -> None:
    order = home.sent()
    line = home.lines(order)[0]
    for chase in (
        following.Chase(uuid7(), (line.pk,), " ", "today"),
        following.Chase(uuid7(), (line.pk,), "Kim", ""),
        following.Chase(uuid7(), (), "Kim", "today"),
    ):
        with scope(home=home.pk), pytest.raises(following.WordsMissing):
            following.chase(home_id=home.pk, order_id=order.pk, chase=chase, by=home.senior.pk, at=NINE)


def test_what_was_not_sent_cannot_be_checked(home: OrderingHome) -> None:
    [order] = home.draft()
    with pytest.raises(following.NotSent):
        check(home, order, 28, moment=at(13))


def test_the_day_of_the_delivery_asks_for_it_and_the_day_after_chases_it(home: OrderingHome) -> None:
    order = home.sent()
    check(home, order, 28, 28, moment=at(13))
    remind(home, at(25))
    assert len(open_ones(home, "book_in_delivery")) == 1
    remind(home, at(26))
    assert [each.is_urgent for each in open_ones(home, "chase_order")] == [True]


def receive(home: OrderingHome, order: Order, *, short: int = 0, moment: datetime) -> None:
    """Book in what is expected of an order but for its last lines, and close the delivery with those owed."""
    with scope(home=home.pk):
        delivery = following.expect_delivery(
            home_id=home.pk, delivery_id=uuid7(), pharmacy_id=home.pharmacy.pk, by=home.senior.pk, at=moment
        )
        lines = list(DeliveryLine.objects.filter(delivery=delivery).order_by("position"))
        come, missing = lines[: len(lines) - short], lines[len(lines) - short :]
    for line in come:
        prescription = next(each for each in home.prescriptions if each.medicine_id == line.medicine_id)
        pack = home.hold(prescription, int(line.quantity))
        with scope(home=home.pk):
            BookedPack.objects.create(
                id=uuid7(), home=home.home, delivery=delivery, line=line, pack=pack, quantity=line.quantity,
                unit="tablet", answers=line.quantity, answers_unit="tablet", how="scanned", booked_at=moment,
                booked_by=home.senior,
            )  # fmt: skip
    with scope(home=home.pk):
        deliveries.close(
            home_id=home.pk, delivery_id=delivery.pk, outcomes={each.pk: ("owing", "on Friday") for each in missing},
            words="", by=home.senior.pk, at=moment,
        )  # fmt: skip


def test_what_was_booked_in_counts_for_the_order_and_what_is_owed_is_chased(home: OrderingHome) -> None:
    order = home.sent()
    check(home, order, 28, 28, moment=at(13))
    receive(home, order, short=1, moment=at(25))
    with scope(home=home.pk):
        placed = orders.order(home.pk, order.pk)
        assert placed is not None
        assert [item.standing.step for item in placed.required] == ["received", "issued"]
        assert placed.required[1].standing.owing == 28
        assert [len(each) for each in orders.coming(home.pk, now=at(25)).values()] == [1]
    remind(home, at(25, hour=10))
    assert len(open_ones(home, "chase_order")) == 1
    receive(home, order, moment=at(27))
    remind(home, at(27, hour=10))
    with scope(home=home.pk):
        assert orders.order(home.pk, order.pk).state == "done"
    assert open_ones(home, "chase_order") == []


def test_a_note_of_the_pharmacy_is_matched_with_the_order(home: OrderingHome) -> None:
    home.sent()
    rows = "Patient,Drug,Qty\nWilliam Pryce,Ramipril 5mg capsules,28\nJoan Whitfield,Senna 7.5mg tablets,60"
    new = deliveries.NewDelivery(id=uuid7(), sender="Quay Pharmacy")
    with scope(home=home.pk):
        deliveries.load_note(
            home_id=home.pk, delivery=new, file=rows.encode(), name="note.csv", by=home.senior.pk, at=at(25)
        )
        assert following.match_notes(home_id=home.pk, at=at(25)) == 1
        assert following.match_notes(home_id=home.pk, at=at(25)) == 0


def test_a_note_under_a_code_that_was_replaced_since_is_matched_too(home: OrderingHome) -> None:
    home.sent()
    ordered = home.prescriptions[1].medicine
    now = make.make_medicine(name="Ramipril 5mg capsules (new code)")
    with make.as_owner(), scope(using="owner", home=None):
        Medicine.objects.using("owner").filter(pk=ordered.pk).update(retired_on=date(2026, 11, 8))
    make.write_as_owner(DmdChangedId, kind=DmdChangedId.Kind.MEDICINE, old_id=ordered.pk, current_id=now.pk)
    line = deliveries.NewLine(
        resident_id=home.residents[1].pk, medicine_id=now.pk, words="Ramipril 5mg", quantity=Decimal(28), unit="tablet"
    )
    new = deliveries.NewDelivery(id=uuid7(), sender="Quay Pharmacy")
    with scope(home=home.pk):
        deliveries.expect(home_id=home.pk, delivery=new, lines=[line], by=home.senior.pk, at=at(25))
        assert following.match_notes(home_id=home.pk, at=at(25)) == 1


def test_the_card_of_a_pharmacy_follows_from_what_it_brought(home: OrderingHome) -> None:
    order = home.sent()
    receive(home, order, short=1, moment=at(25))
    with scope(home=home.pk):
        found = scorecards.supplier_cards(home.pk, date(2026, 11, 28), service_percent=95)
        cards = {each.name: each.card for each in found}
        assert scorecards.late_days(home.pk, date(2026, 11, 28), service_percent=95) == 2
    card = cards["Quay Pharmacy"]
    assert (card.items, card.complete, card.on_time_percent, card.quantity_percent) == (2, 1, 50, 50)
    assert card.lead_days == 20
    assert not card.is_measured


# What runs out


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch, home: OrderingHome) -> Iterator[OrderingHome]:
    """A home whose ordering job fails whenever it runs."""

    def fail(asked: jobs.Asked) -> None:
        raise RuntimeError("nothing is ordered")

    work = dict(jobs.WORK)
    for kind in ("draft_orders", "remind_of_orders"):
        monkeypatch.setitem(jobs.WORK, kind, jobs.Work(kind, fail, every=timedelta(minutes=15)))
    yield home
    assert work.keys() == jobs.WORK.keys()


@pytest.mark.hazard("H22", control="a run-out is told whether or not the ordering job ran", shows="works")
def test_a_run_out_is_told_though_the_ordering_job_fails(forgetful: OrderingHome) -> None:
    home = forgetful
    home.prescribe(home.residents[0], "Bisoprolol 5mg tablets", held=3)
    with scope(home=home.pk):
        start_periodic(home_id=home.pk, at=at(6))
    while run_one(home_id=home.pk, at=at(6)) is not None:
        pass
    with scope(home=home.pk):
        assert not OrderCycle.objects.exists()
    [task] = open_ones(home, "runs_out")
    assert task.is_urgent
    assert (task.facts["medicine"], task.facts["usable"], task.facts["until"]) == (
        "Bisoprolol 5mg tablets", "3.0000", "2026-11-25",
    )  # fmt: skip


def warn(home: OrderingHome, moment: datetime) -> None:
    with scope(home=home.pk):
        reminders.warn_of_run_outs(home_id=home.pk, at=moment)


def test_a_run_out_is_told_once_becomes_urgent_and_is_settled_by_stock(home: OrderingHome) -> None:
    low = home.prescribe(home.residents[0], "Bisoprolol 5mg tablets", held=8)
    for moment in (at(6), at(6, hour=12)):
        warn(home, moment)
    assert [each.is_urgent for each in open_ones(home, "runs_out")] == [False]
    with scope(home=home.pk):
        line = StockLine.objects.get(medicine_id=low.medicine_id)
    make.make_stock_movement(line=line, by=home.carer, quantity=Decimal(6), at=at(12))
    warn(home, at(12))
    assert [each.is_urgent for each in open_ones(home, "runs_out")] == [True]
    home.hold(low, 28)
    warn(home, at(12, hour=10))
    assert open_ones(home, "runs_out") == []


def test_what_was_ordered_hides_no_run_out(home: OrderingHome) -> None:
    home.prescribe(home.residents[0], "Bisoprolol 5mg tablets", held=3)
    home.sent()
    warn(home, at(6))
    assert len(open_ones(home, "runs_out")) == 1


def test_a_home_without_a_calendar_is_warned_a_week_ahead() -> None:
    home = make_ordering_home(has_policy=False)
    home.prescribe(home.residents[0], "Bisoprolol 5mg tablets", held=3)
    home.prescribe(home.residents[1], "Codeine 30mg tablets", held=12)
    warn(home, at(6))
    assert [each.facts["medicine"] for each in open_ones(home, "runs_out")] == ["Bisoprolol 5mg tablets"]


def test_warning_reads_no_table_of_orders(home: OrderingHome) -> None:
    home.prescribe(home.residents[0], "Bisoprolol 5mg tablets", held=3)
    with scope(home=home.pk), CaptureQueriesContext(connection) as asked:
        reminders.warn_of_run_outs(home_id=home.pk, at=at(6))
    read = " ".join(each["sql"] for each in asked)
    for table in ("ordering_order", "ordering_orderline", "ordering_orderevent", "ordering_delivery"):
        assert f'"{table}"' not in read
        assert f"FROM {table}" not in read


def test_the_queries_of_orders_do_not_grow_with_the_orders(home: OrderingHome) -> None:
    home.sent()
    with scope(home=home.pk), CaptureQueriesContext(connection) as few:
        orders.orders(home.pk)
    for _ in range(3):
        home.prescribe(home.residents[0], f"Medicine {uuid7().hex[-4:]} tablets", held=0)
    home.draft(at(3, month=12))
    with scope(home=home.pk), CaptureQueriesContext(connection) as many:
        assert len(orders.orders(home.pk)) == 2
    assert len(few) == len(many)


# Who approves, and what an answer needs


def test_every_answer_that_differs_has_a_reason(home: OrderingHome) -> None:
    [order] = home.draft()
    line = home.lines(order)[0]
    said = {"home_id": home.pk, "line_id": line.pk, "by": home.senior.pk, "at": NINE}
    with scope(home=home.pk):
        with pytest.raises(reviewing.ReasonMissing):
            reviewing.answer(**said, is_required=False, quantity=Decimal(0))
        with pytest.raises(reviewing.ReasonMissing):
            reviewing.answer(**said, is_required=True, quantity=Decimal(56), reason="  ")
        with pytest.raises(reviewing.QuantityMissing):
            reviewing.answer(**said, is_required=True, quantity=Decimal(0))
        changed = reviewing.answer(**said, is_required=True, quantity=Decimal(56), reason="away in December")
    assert changed.packs == [{"pack_id": changed.sizes[0]["pack_id"], "holds": "28.000000", "count": 2}]
    with scope(home=home.pk):
        part = reviewing.answer(**said, is_required=True, quantity=Decimal(20), reason="short course")
    # Twenty out of a pack: a pharmacy counts tablets out, and the order says so.
    [counted] = part.packs
    assert (counted["holds"], counted["part_of"], counted["count"]) == ("20.000000", "28.000000", 1)


@pytest.mark.hazard("H22", control="what was approved never changes, whoever tries", shows="works")
def test_what_was_approved_never_changes(home: OrderingHome) -> None:
    order = home.sent()
    line = home.lines(order)[0]
    with scope(home=home.pk):
        with pytest.raises(reviewing.NotADraft):
            reviewing.answer(
                home_id=home.pk, line_id=line.pk, is_required=False, quantity=Decimal(0), reason="x",
                by=home.senior.pk, at=NINE,
            )  # fmt: skip
        for change in (
            lambda: Order.objects.filter(pk=order.pk).update(reason="x"),
            lambda: type(line).objects.filter(pk=line.pk).update(quantity=Decimal(5)),
        ):
            with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
                change()


@pytest.mark.hazard("H22", control="what stopped is never ordered, even when it was answered before", shows="works")
def test_what_stopped_after_its_answer_cannot_be_approved(home: OrderingHome) -> None:
    [order] = home.draft()
    home.review(order)
    with scope(home=home.pk):
        Prescription.objects.filter(pk=home.prescriptions[0].pk).update(
            stopped_at=NINE, stopped_by=home.manager, stop_reason="rash"
        )
    with pytest.raises(reviewing.StoppedMeanwhile):
        home.approve(order, NINE + 2 * HOUR)


def test_a_change_of_dose_does_not_stop_the_order(home: OrderingHome) -> None:
    [order] = home.draft()
    home.review(order)
    old = home.prescriptions[0]
    with scope(home=home.pk):
        Prescription.objects.filter(pk=old.pk).update(stopped_at=NINE, stopped_by=home.manager, stop_reason="changed")
        medicine = old.medicine
    make.make_prescription(resident=home.residents[0], by=home.manager, medicine=medicine, replaces=old)
    assert home.approve(order, NINE + 2 * HOUR).approved_at is not None


def test_two_people_can_approve(home: OrderingHome) -> None:
    with scope(home=home.pk):
        assert not calendars.may_approve(home.pk, home.senior.pk, NINE)
        assert calendars.approver_count(home.pk, NINE) == 1
        allowed = calendar.allow_approver(home_id=home.pk, staff_member_id=home.senior.pk, by=home.manager.pk, at=NINE)
        assert calendars.may_approve(home.pk, home.senior.pk, NINE)
        assert calendars.approver_count(home.pk, NINE) == 2
        with pytest.raises(calendar.NotOfThisHome):
            calendar.allow_approver(home_id=home.pk, staff_member_id=home.carer.pk, by=home.manager.pk, at=NINE)
        calendar.end_approver(home_id=home.pk, approver_id=allowed.pk, by=home.manager.pk, at=NINE)
        assert not calendars.may_approve(home.pk, home.senior.pk, NINE)
