"""Orders are drafted on their day, once, for each surgery; an interim order lines up with the cycle."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from uuid_utils.compat import uuid7

from emar.models import GpPractice, Prescription, Resident, Task
from emar.scope import scope
from ordering.models import Order, OrderLine
from ordering.operations import drafting, following, reviewing
from ordering.queries import orders
from tests import factories as make
from tests.ordering.homes import DAY, DRAFT_DAY, HOUR, NINE, OrderingHome, make_ordering_home

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(db: None) -> OrderingHome:
    return make_ordering_home()


def open_kinds(home: OrderingHome) -> list[str]:
    with scope(home=home.pk):
        return sorted(Task.objects.filter(closed_at__isnull=True).values_list("kind", flat=True))


def test_nothing_is_drafted_before_its_day(home: OrderingHome) -> None:
    assert home.draft(DRAFT_DAY - 6 * HOUR) == []
    assert len(home.draft(DRAFT_DAY)) == 1


def test_a_draft_has_every_medicine_in_the_order_of_the_screen_with_why(home: OrderingHome) -> None:
    [order] = home.draft()
    assert (order.number, order.kind, order.gp_practice_id) == (1, "cycle", home.surgery.pk)
    assert (order.arrives_on, order.covers_from_on, order.cover_until_on) == (
        date(2026, 11, 25), date(2026, 11, 30), date(2026, 12, 28),
    )  # fmt: skip
    pryce, whitfield = home.lines(order)
    assert [pryce.resident.full_name, whitfield.resident.full_name] == ["William Pryce", "Joan Whitfield"]
    # 28 in the cover, and of 30 in the home 25 are used until then.
    assert (pryce.suggestion, pryce.suggested, pryce.is_required) == ("order", Decimal(28), None)
    assert pryce.suggested_packs[0]["count"] == 1
    assert "28" in pryce.sentence
    assert open_kinds(home) == ["order_to_review"]


@pytest.mark.hazard("H22", control="orders are drafted once, however often the job runs", shows="works")
def test_a_cycle_is_drafted_once(home: OrderingHome) -> None:
    assert len(home.draft()) == 1
    assert home.draft(DRAFT_DAY + HOUR) == []
    assert home.draft(DRAFT_DAY + 3 * DAY) == []
    with scope(home=home.pk):
        assert Order.objects.count() == 1


@pytest.mark.hazard("H22", control="a job that stood still drafts late rather than never", shows="works")
def test_a_job_that_stood_still_drafts_late_rather_than_never(home: OrderingHome) -> None:
    late = datetime(2026, 11, 27, 9, tzinfo=UTC)
    [order] = home.draft(late)
    assert order.arrives_on == date(2026, 11, 25)


def test_a_home_that_has_not_said_how_it_orders_drafts_nothing(db: None) -> None:
    home = make_ordering_home(has_policy=False)
    assert home.draft() == []


def test_each_surgery_gets_its_own_order_and_residents_without_one_stand_apart(home: OrderingHome) -> None:
    with scope(home=home.pk):
        oak = GpPractice.objects.create(home=home.home, name="Oak Surgery")
        Resident.objects.filter(pk=home.residents[1].pk).update(gp_practice=oak)
        nobody = make.make_resident(unit=home.residents[0].unit, full_name="Ann Nowhere", pharmacy=home.pharmacy)
    home.prescribe(nobody, "Bisoprolol 5mg tablets")
    drafted = home.draft()
    assert [each.gp_practice_id for each in drafted] == [home.surgery.pk, oak.pk, None]
    assert [each.number for each in drafted] == [1, 2, 3]
    assert [len(home.lines(each)) for each in drafted] == [1, 1, 1]


def test_a_home_may_order_of_its_pharmacy_instead(home: OrderingHome) -> None:
    home.agree(send_to="pharmacy")
    [order] = home.draft()
    assert (order.gp_practice_id, order.pharmacy_id) == (None, home.pharmacy.pk)


def test_what_was_stopped_is_not_on_the_draft(home: OrderingHome) -> None:
    stopped = home.prescribe(
        home.residents[0], "Codeine 30mg tablets", stopped_at=NINE - DAY, stop_reason="better", stopped_by=home.manager
    )
    [order] = home.draft()
    assert stopped.medicine_id not in {line.medicine_id for line in home.lines(order)}


def test_enough_in_the_cupboard_is_a_line_with_nothing_to_order(home: OrderingHome) -> None:
    home.hold(home.prescriptions[0], 84)
    [order] = home.draft()
    amlodipine = next(line for line in home.lines(order) if "Amlodipine" in line.medicine.name)
    assert (amlodipine.suggestion, amlodipine.suggested) == ("enough", Decimal(0))


def test_a_draft_is_worked_out_again_until_somebody_answers(home: OrderingHome) -> None:
    [order] = home.draft()
    home.hold(home.prescriptions[0], 84)
    with scope(home=home.pk):
        assert drafting.draft_again(home_id=home.pk, at=DRAFT_DAY) == 1
        assert drafting.draft_again(home_id=home.pk, at=DRAFT_DAY) == 0
    amlodipine = next(line for line in home.lines(order) if "Amlodipine" in line.medicine.name)
    assert amlodipine.suggested == 0


def test_what_somebody_answered_is_not_worked_out_again(home: OrderingHome) -> None:
    [order] = home.draft()
    line = home.lines(order)[1]
    with scope(home=home.pk):
        reviewing.answer(
            home_id=home.pk, line_id=line.pk, is_required=True, quantity=Decimal(28), by=home.senior.pk, at=NINE
        )
    home.hold(home.prescriptions[0], 84)
    with scope(home=home.pk):
        drafting.draft_again(home_id=home.pk, at=NINE)
    assert home.lines(order)[1].quantity == Decimal(28)


@pytest.mark.hazard("H22", control="what stopped leaves the draft by itself", shows="works")
def test_what_stops_meanwhile_is_dropped_though_somebody_had_asked_for_it(home: OrderingHome) -> None:
    [order] = home.draft()
    line = home.lines(order)[1]
    with scope(home=home.pk):
        reviewing.answer(
            home_id=home.pk, line_id=line.pk, is_required=True, quantity=Decimal(28), by=home.senior.pk, at=NINE
        )
        Prescription.objects.filter(pk=line.prescription_id).update(
            stopped_at=DRAFT_DAY, stopped_by=home.manager, stop_reason="rash"
        )
        assert drafting.draft_again(home_id=home.pk, at=DRAFT_DAY) == 1
    dropped = home.lines(order)[1]
    assert (dropped.suggestion, dropped.is_required, dropped.quantity) == ("stopped", False, Decimal(0))


def test_a_medicine_prescribed_meanwhile_joins_the_draft(home: OrderingHome) -> None:
    [order] = home.draft()
    home.prescribe(home.residents[0], "Bisoprolol 5mg tablets", held=0)
    with scope(home=home.pk):
        assert drafting.draft_again(home_id=home.pk, at=DRAFT_DAY) == 1
    assert [line.medicine.name for line in home.lines(order)][-1] == "Bisoprolol 5mg tablets"


def interim_for(home: OrderingHome, prescription: Prescription, **fields: object) -> list[Order]:
    keys = (drafting.LineKey(prescription.resident_id, prescription.medicine_id, "tablet"),)
    said = {"id": uuid7(), "keys": keys, "reason": "dropped a box", "arrives_on": date(2026, 11, 12)} | fields
    at = datetime(2026, 11, 10, 9, tzinfo=UTC)
    with scope(home=home.pk):
        return drafting.draft_interim(home_id=home.pk, interim=drafting.Interim(**said), by=home.senior.pk, at=at)


def test_an_interim_order_lasts_until_the_change_over_that_brings_the_medicine(home: OrderingHome) -> None:
    home.sent()
    low = home.prescriptions[0]
    [order] = interim_for(home, low)
    assert (order.kind, order.reason, order.cover_until_on) == ("interim", "dropped a box", date(2026, 11, 30))
    assert [line.medicine_id for line in home.lines(order)] == [low.medicine_id]


def test_an_interim_order_for_what_the_sent_order_lacks_lasts_over_the_next_cycle_as_well(home: OrderingHome) -> None:
    home.sent()
    new = home.prescribe(home.residents[0], "Bisoprolol 5mg tablets", held=0)
    [order] = interim_for(home, new)
    assert order.cover_until_on == date(2026, 12, 28)
    [line] = home.lines(order)
    # From the day it arrives to the end of the next cycle's cover, to the tablet: 18 days and 28. The order for 28
    # December is delivered days before that, so that nothing is added in case it is late.
    assert line.suggested == Decimal(46)
    assert line.figures["reserve"] == "0"


def test_an_interim_order_worked_out_again_still_counts_out_what_it_needs(home: OrderingHome) -> None:
    home.sent()
    new = home.prescribe(home.residents[0], "Bisoprolol 5mg tablets", held=0)
    [order] = interim_for(home, new)
    home.hold(new, 4)
    with scope(home=home.pk):
        assert drafting.draft_again(home_id=home.pk, at=datetime(2026, 11, 10, 10, tzinfo=UTC)) == 1
    [line] = home.lines(order)
    # Four came to hand, and one of those is used before it arrives: not 56 in whole packs.
    assert line.suggested == Decimal(43)


def test_an_interim_order_sent_twice_by_its_form_is_one(home: OrderingHome) -> None:
    home.sent()
    same = {"id": uuid7()}
    first, second = interim_for(home, home.prescriptions[0], **same), interim_for(home, home.prescriptions[0], **same)
    assert [each.pk for each in first] == [each.pk for each in second]


def test_an_interim_order_says_why(home: OrderingHome) -> None:
    with pytest.raises(drafting.ReasonMissing):
        interim_for(home, home.prescriptions[0], reason=" ")
    with pytest.raises(drafting.NothingChosen):
        interim_for(home, home.prescriptions[0], keys=())


def test_what_is_on_its_way_is_not_ordered_twice(home: OrderingHome) -> None:
    home.sent()
    with scope(home=home.pk):
        on_its_way = orders.coming(home.pk, now=NINE + DAY)
    assert sorted(sum(each.quantity for each in found) for found in on_its_way.values()) == [Decimal(28), Decimal(28)]
    then = datetime(2026, 12, 3, 5, tzinfo=UTC)
    again = home.draft(then)
    # 53 are needed until 28 December: 30 stand there, and the 28 of November have not come but are counted on.
    assert {line.suggestion for line in home.lines(again[0])} == {"enough"}
    lost = home.lines()[0]
    with scope(home=home.pk):
        following.say(
            home_id=home.pk, said=following.Said(uuid7(), lost.pk, "will_not_come", words="recalled"),
            by=home.senior.pk, at=then,
        )  # fmt: skip
        drafting.draft_again(home_id=home.pk, at=then)
    assert {line.medicine_id: line.suggested for line in home.lines(again[0])}[lost.medicine_id] == Decimal(28)


def test_drafting_reads_a_number_of_statements_that_does_not_grow(home: OrderingHome) -> None:
    with scope(home=home.pk), CaptureQueriesContext(connection) as few:
        drafting.draft_cycle(home_id=home.pk, at=DRAFT_DAY)
    large = make_ordering_home()
    for number in range(6):
        places = {"gp_practice": large.surgery, "pharmacy": large.pharmacy}
        person = make.make_resident(unit=large.residents[0].unit, full_name=f"Person {number}", **places)
        for name in ("Bisoprolol", "Codeine", "Doxazosin"):
            large.prescribe(person, f"{name} 5mg tablets", held=7)
    with scope(home=large.pk), CaptureQueriesContext(connection) as many:
        drafting.draft_cycle(home_id=large.pk, at=DRAFT_DAY)
        assert OrderLine.objects.count() == 20
    assert len(many) == len(few) + 1  # the count above
