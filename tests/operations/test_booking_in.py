"""Does each pack end up on its line, once, or get caught with words, whatever the pharmacy sent?"""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from uuid_utils.compat import uuid7

from emar.models import AuditEntry, Presence, Task
from emar.scope import scope
from ordering.models import Delivery, UndoneBooking
from ordering.operations import booking_in, deliveries, pack_checks
from ordering.operations.booking_in import NotThisHomes, ReasonMissing, Scanned
from ordering.rules.receiving import Chosen
from stock.models import StockPack
from stock.queries.ledger_faults import ledger_faults
from tests import factories as make
from tests.delivery import Sold, Waiting, make_waiting, order_line, sell, two_people

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting() -> Waiting:
    return make_waiting()


@pytest.fixture
def amlodipine() -> Sold:
    return sell("Amlodipine 5mg tablets")


def test_a_note_becomes_lines_with_their_people_medicines_and_packs(waiting: Waiting, amlodipine: Sold) -> None:
    delivery = two_people(waiting, amlodipine)
    lines = waiting.lines(delivery)
    assert [each.resident_id for each in lines] == [each.pk for each in waiting.residents]
    assert {each.medicine_id for each in lines} == {amlodipine.medicine.pk}
    assert [(each.quantity, each.unit, each.packs) for each in lines] == [(28, "tablet", 1), (56, "tablet", 2)]
    assert [each.faults for each in lines] == [[], []]


def test_one_scan_books_a_pack_in_when_only_one_open_line_expects_it(waiting: Waiting, amlodipine: Sold) -> None:
    ada = waiting.live("Ada Winterbottom")
    waiting.prescribe(ada, amlodipine)
    delivery = waiting.load(["Ada Winterbottom,Amlodipine 5mg tabs,28"])
    told = waiting.scan(delivery, amlodipine.scan(serial="S1", batch="LK1"))
    assert told.answer.result == "book"
    [booked] = waiting.booked()
    pack = booked.pack
    assert (pack.batch, pack.serial, pack.expires_on, pack.gtin) == ("LK1", "S1", date(2028, 1, 31), amlodipine.gtin)
    assert (pack.line.resident_id, pack.line.unit, pack.status) == (ada.pk, "tablet", "in_use")
    assert pack.label_code.startswith("EP")
    [movement] = waiting.movements()
    assert (movement.quantity, movement.source, movement.destination, movement.balance) == (28, "supplier", "home", 28)
    assert not booked.must_be_checked


def test_what_is_prescribed_by_weight_is_put_away_as_the_tablets_it_is_counted_in(waiting: Waiting) -> None:
    digoxin = sell("Digoxin 125microgram tablets", strength="125microgram")
    make.make_medicine_ingredient(
        medicine=digoxin.medicine, ingredient=make.make_ingredient(name="Digoxin"), amount=Decimal(125),
        amount_unit="microgram",
    )  # fmt: skip
    waiting.prescribe(
        waiting.live("Ada Winterbottom"), digoxin, schedule=make.regular(unit="microgram", amount="125")
    )  # fmt: skip
    delivery = waiting.load(["Ada Winterbottom,Digoxin 125microgram tablets,28"])
    told = waiting.scan(delivery, digoxin.scan(serial="S1"))
    assert told.answer.result == "book"
    [booked] = waiting.booked()
    assert (booked.pack.line.unit, booked.quantity) == ("tablet", 28)


def test_whose_it_is_is_asked_when_several_expect_it_and_the_choice_counts(waiting: Waiting, amlodipine: Sold) -> None:
    delivery = two_people(waiting, amlodipine)
    told = waiting.scan(delivery, amlodipine.scan(serial="S1"))
    assert (told.answer.result, list(told.answer.candidates)) == ("choose", [each.pk for each in waiting.residents])
    assert waiting.booked() == []
    ben = waiting.residents[1]
    told = waiting.scan(delivery, amlodipine.scan(serial="S1"), chosen=Chosen(resident_id=ben.pk))
    assert told.booked is not None
    assert told.booked.pack.line.resident_id == ben.pk


def test_an_open_bag_answers_for_its_own_person(waiting: Waiting, amlodipine: Sold) -> None:
    delivery = two_people(waiting, amlodipine)
    told = waiting.scan(delivery, amlodipine.scan(serial="S1"), bag=waiting.residents[1].pk)
    assert told.booked is not None
    assert told.booked.pack.line.resident_id == waiting.residents[1].pk


@pytest.mark.hazard("H13", control="a pack out of another person's bag is stopped at booking in", shows="works")
def test_somebody_elses_pack_in_an_open_bag_is_stopped(waiting: Waiting, amlodipine: Sold) -> None:
    ada, ben = waiting.live("Ada Winterbottom"), waiting.live("Ben Oldacre")
    ramipril = sell("Ramipril 5mg capsules", unit="capsule", form="Capsule")
    waiting.prescribe(ada, amlodipine)
    waiting.prescribe(ben, ramipril, schedule=make.regular(unit="capsule"))
    delivery = waiting.load(["Ada Winterbottom,Amlodipine 5mg tabs,28", "Ben Oldacre,Ramipril 5mg caps,28"])
    text = ramipril.scan(serial="S1")
    told = waiting.scan(delivery, text, bag=ada.pk)
    assert (told.answer.result, told.answer.codes) == ("stop", {"wrong_resident"})
    assert waiting.booked() == []
    told = waiting.scan(delivery, text, chosen=Chosen(resident_id=ben.pk), seen=frozenset({"wrong_resident"}))
    assert told.booked is not None
    assert told.booked.row.findings == [{"code": "wrong_resident", "level": "stop", "is_resolved": True}]


def strengths(waiting: Waiting, amlodipine: Sold) -> tuple[Delivery, Sold]:
    ingredient = make.make_ingredient()
    ten = sell("Amlodipine 10mg tablets", strength="10mg")
    for each in (amlodipine, ten):
        make.make_medicine_ingredient(medicine=each.medicine, ingredient=ingredient)
    waiting.prescribe(waiting.live("Ada Winterbottom"), amlodipine)
    return waiting.load(["Ada Winterbottom,Amlodipine 5mg tabs,28"]), ten


@pytest.mark.hazard("H02", control="a pack of another strength is stopped at booking in", shows="works")
@pytest.mark.parametrize("is_bag_open", [True, False])
def test_another_strength_is_stopped(waiting: Waiting, amlodipine: Sold, is_bag_open: bool) -> None:
    delivery, ten = strengths(waiting, amlodipine)
    told = waiting.scan(delivery, ten.scan(serial="S1"), bag=waiting.residents[0].pk if is_bag_open else None)
    assert (told.answer.result, told.answer.codes) == ("stop", {"wrong_strength"})
    assert (waiting.booked(), waiting.movements()) == ([], [])


@pytest.mark.parametrize(
    ("expires", "codes", "result"),
    [
        ("261117", {"out_of_date"}, "stop"),
        ("261118", {"short_dated"}, "ask"),
        ("261219", {"short_dated"}, "ask"),
        ("261220", set(), "book"),
        ("", {"no_expiry"}, "ask"),
    ],
)
def test_what_is_out_of_date_or_too_short_is_caught(
    waiting: Waiting, amlodipine: Sold, expires: str, codes: set[str], result: str
) -> None:
    waiting.prescribe(waiting.live("Ada Winterbottom"), amlodipine)
    delivery = waiting.load(["Ada Winterbottom,Amlodipine 5mg tabs,28"])
    told = waiting.scan(delivery, amlodipine.scan(expires=expires, batch=""))
    assert (told.answer.codes, told.answer.result) == (codes, result)
    assert len(waiting.booked()) == (result == "book")


def test_what_was_asked_about_is_let_pass_and_kept_beside_the_pack(waiting: Waiting, amlodipine: Sold) -> None:
    waiting.prescribe(waiting.live("Ada Winterbottom"), amlodipine)
    delivery = waiting.load(["Ada Winterbottom,Amlodipine 5mg tabs,28"])
    told = waiting.scan(delivery, amlodipine.scan(expires="261201"), seen=frozenset({"short_dated"}))
    assert told.booked is not None
    assert [each["code"] for each in told.booked.row.findings] == ["short_dated"]


def test_what_is_out_of_date_may_be_kept_apart_with_a_reason_and_never_given_from(
    waiting: Waiting, amlodipine: Sold
) -> None:
    waiting.prescribe(waiting.live("Ada Winterbottom"), amlodipine)
    delivery = waiting.load(["Ada Winterbottom,Amlodipine 5mg tabs,28"])
    text, seen = amlodipine.scan(expires="261101"), frozenset({"out_of_date"})
    with pytest.raises(ReasonMissing):
        waiting.scan(delivery, text, keep_apart=True, seen=seen)
    told = waiting.scan(delivery, text, keep_apart=True, seen=seen, reason="the driver had gone")
    assert told.booked is not None
    assert (told.booked.pack.status, told.booked.row.is_quarantined) == ("quarantined", True)


@pytest.mark.hazard("H13", control="a serial is booked in once", shows="works")
def test_a_serial_that_is_booked_in_is_never_booked_again(waiting: Waiting, amlodipine: Sold) -> None:
    delivery = two_people(waiting, amlodipine)
    ben = waiting.residents[1]
    waiting.scan(delivery, amlodipine.scan(serial="S1"), bag=ben.pk)
    told = waiting.scan(delivery, amlodipine.scan(serial="S1"), bag=ben.pk)
    assert (told.answer.result, told.answer.codes) == ("stop", {"serial_booked"})
    told = waiting.scan(
        delivery, amlodipine.scan(serial="S1"), bag=ben.pk, keep_apart=True, seen=frozenset({"serial_booked"}),
        reason="please",
    )  # fmt: skip
    assert told.booked is None
    assert len(waiting.booked()) == 1


def test_one_box_too_many_is_asked_about_and_needs_a_reason(waiting: Waiting, amlodipine: Sold) -> None:
    waiting.prescribe(waiting.live("Ada Winterbottom"), amlodipine)
    delivery = waiting.load(["Ada Winterbottom,Amlodipine 5mg tabs,28"])
    waiting.scan(delivery, amlodipine.scan(serial="S1"))
    told = waiting.scan(delivery, amlodipine.scan(serial="S2"))
    assert (told.answer.result, told.answer.codes) == ("ask", {"over"})
    with pytest.raises(ReasonMissing):
        waiting.scan(delivery, amlodipine.scan(serial="S2"), seen=frozenset({"over"}))
    told = waiting.scan(delivery, amlodipine.scan(serial="S2"), seen=frozenset({"over"}), reason="for leave")
    assert told.booked is not None
    assert len(waiting.booked()) == 2


def test_a_stopped_medicine_is_stopped_though_the_note_lists_it(waiting: Waiting, amlodipine: Sold) -> None:
    ada = waiting.live("Ada Winterbottom")
    waiting.prescribe(
        ada, amlodipine, stopped_at=make.NOW - timedelta(days=3), stopped_by=waiting.senior, stop_reason="ankles"
    )
    delivery = waiting.load(["Ada Winterbottom,Amlodipine 5mg tabs,28"])
    told = waiting.scan(delivery, amlodipine.scan(serial="S1"))
    assert told.answer.codes == {"stopped_medicine"}
    assert told.answer.findings[0].facts["reason"] == "ankles"


def test_nobodys_medicine_is_stopped(waiting: Waiting, amlodipine: Sold) -> None:
    delivery = two_people(waiting, amlodipine)
    told = waiting.scan(delivery, sell("Warfarin 1mg tablets").scan(serial="S1"))
    assert (told.answer.result, told.answer.codes) == ("stop", {"not_prescribed"})


def test_only_the_prescribed_brand_will_do_where_the_brand_matters(waiting: Waiting) -> None:
    generic = make.make_medicine(name="Carbamazepine 200mg tablets")
    brand = sell("Tegretol 200mg tablets", kind="brand", generic=generic)
    other = sell("Carbagen 200mg tablets", kind="brand", generic=generic)
    waiting.prescribe(waiting.live("Ada Winterbottom"), brand, must_be_brand=True)
    delivery = waiting.load(["Ada Winterbottom,Carbamazepine 200mg tabs,56"])
    assert waiting.scan(delivery, other.scan(serial="S1")).answer.codes == {"other_brand"}
    assert waiting.scan(delivery, brand.scan(serial="S2")).answer.result == "book"


def test_medicines_of_somebody_who_has_gone_are_stopped(waiting: Waiting, amlodipine: Sold) -> None:
    ada = waiting.live("Ada Winterbottom")
    waiting.prescribe(ada, amlodipine)
    delivery = waiting.load(["Ada Winterbottom,Amlodipine 5mg tabs,28"])
    make.make_presence(resident=ada, by=waiting.senior, presence=Presence.DIED)
    assert waiting.scan(delivery, amlodipine.scan(serial="S1")).answer.codes == {"resident_gone"}


def test_a_batch_that_is_put_aside_here_is_asked_about(waiting: Waiting, amlodipine: Sold) -> None:
    delivery = two_people(waiting, amlodipine)
    ben = waiting.residents[1]
    first = waiting.scan(delivery, amlodipine.scan(serial="S1", batch="BAD"), bag=ben.pk)
    assert first.booked is not None
    with scope(home=waiting.home.pk):
        StockPack.objects.filter(pk=first.booked.pack.pk).update(status="quarantined")
    told = waiting.scan(delivery, amlodipine.scan(serial="S2", batch="BAD"), bag=ben.pk)
    assert told.answer.codes == {"batch_quarantined"}
    assert waiting.scan(delivery, amlodipine.scan(serial="S3", batch="GOOD"), bag=ben.pk).booked is not None


# Twice


def test_the_same_scan_sent_twice_is_one_pack(waiting: Waiting, amlodipine: Sold) -> None:
    delivery = two_people(waiting, amlodipine)
    again = {"id": uuid7(), "bag": waiting.residents[0].pk}
    first, second = (waiting.scan(delivery, amlodipine.scan(serial="S1"), **again) for _ in range(2))
    assert first.booked is not None
    assert second.booked is not None
    assert (first.is_new, second.is_new) == (True, False)
    assert len(waiting.movements()) == 1


def test_a_note_loaded_twice_is_told(waiting: Waiting, amlodipine: Sold) -> None:
    delivery = two_people(waiting, amlodipine)
    with pytest.raises(deliveries.NoteLoadedBefore) as told:
        waiting.load(["Ada Winterbottom,Amlodipine 5mg tabs,28", '"OLDACRE, Ben",AMLODIPINE 5MG TABLETS,2 x 28'])
    assert told.value.delivery_id == delivery.pk


def test_two_deliveries_of_one_order_never_bring_more_than_was_asked(waiting: Waiting, amlodipine: Sold) -> None:
    ada = waiting.live("Ada Winterbottom")
    waiting.prescribe(ada, amlodipine)
    line = order_line(waiting, amlodipine, Decimal(28))
    first, second = waiting.expect(line), waiting.expect(line)
    assert waiting.scan(first, amlodipine.scan(serial="S1")).booked is not None
    told = waiting.scan(second, amlodipine.scan(serial="S2"))
    assert told.answer.codes == {"over"}


# Taking back, putting aside, closing


@pytest.mark.hazard("H28", control="a wrong booking is moved back and not deleted", shows="works")
def test_a_wrong_booking_is_taken_back_and_the_box_can_be_booked_rightly(waiting: Waiting, amlodipine: Sold) -> None:
    delivery = two_people(waiting, amlodipine)
    ada, ben = waiting.residents
    wrong = waiting.scan(delivery, amlodipine.scan(serial="S1"), bag=ada.pk)
    assert wrong.booked is not None
    undo = {"home_id": waiting.home.pk, "booked_id": wrong.booked.row.pk, "undo_id": uuid7(), "at": make.NOW}
    with scope(home=waiting.home.pk):
        with pytest.raises(ReasonMissing):
            pack_checks.undo(**undo, reason=" ", by=waiting.carer.pk)
        for _ in range(2):
            pack_checks.undo(**undo, reason="it is Ben’s", by=waiting.carer.pk)
    right = waiting.scan(delivery, amlodipine.scan(serial="S1"), bag=ben.pk)
    assert right.booked is not None
    assert [(each.source, each.destination, each.balance) for each in waiting.movements()] == [
        ("supplier", "home", 28), ("home", "supplier", 0), ("supplier", "home", 28),
    ]  # fmt: skip
    with scope(home=waiting.home.pk):
        assert UndoneBooking.objects.count() == 1
        assert list(ledger_faults(waiting.home.pk)) == []


def test_a_pack_that_was_given_from_is_not_taken_back(waiting: Waiting, amlodipine: Sold) -> None:
    delivery = two_people(waiting, amlodipine)
    told = waiting.scan(delivery, amlodipine.scan(serial="S1"), bag=waiting.residents[0].pk)
    assert told.booked is not None
    pack = told.booked.pack
    make.make_stock_movement(line=pack.line, by=waiting.carer, quantity=Decimal(1), pack_id=str(pack.pk))
    with scope(home=waiting.home.pk), pytest.raises(pack_checks.PackUsed):
        pack_checks.undo(
            home_id=waiting.home.pk, booked_id=told.booked.row.pk, undo_id=uuid7(), reason="x", by=waiting.carer.pk,
            at=make.NOW,
        )  # fmt: skip


def test_what_was_caught_is_kept_with_what_became_of_it(waiting: Waiting, amlodipine: Sold) -> None:
    waiting.prescribe(waiting.live("Ada Winterbottom"), amlodipine)
    delivery = waiting.load(["Ada Winterbottom,Amlodipine 5mg tabs,28"])
    scanned = Scanned(id=uuid7(), text=amlodipine.scan(expires="261101"), is_camera=True)
    with scope(home=waiting.home.pk):
        for _ in range(2):
            booking_in.stop(
                home_id=waiting.home.pk, delivery_id=delivery.pk, scanned=scanned, became="goes_back",
                words="driver took it", by=waiting.carer.pk, at=make.NOW,
            )  # fmt: skip
    [stopped] = waiting.stopped()
    assert [each["code"] for each in stopped.findings] == ["out_of_date"]
    assert (stopped.expires_on, stopped.medicine_id) == (date(2026, 11, 1), amlodipine.medicine.pk)


def test_a_delivery_is_closed_with_what_is_short(waiting: Waiting, amlodipine: Sold) -> None:
    delivery = two_people(waiting, amlodipine)
    ada, ben = waiting.residents
    waiting.scan(delivery, amlodipine.scan(serial="S1"), bag=ada.pk)
    waiting.scan(delivery, amlodipine.scan(serial="S2"), bag=ben.pk)
    short = waiting.lines(delivery)[1]
    close = {"home_id": waiting.home.pk, "delivery_id": delivery.pk, "words": "", "by": waiting.senior.pk}
    with scope(home=waiting.home.pk):
        with pytest.raises(deliveries.WordsMissing):
            deliveries.close(**close, outcomes={}, at=make.NOW)
        deliveries.close(**close, outcomes={short.pk: ("owing", "Friday")}, at=make.NOW)
    assert [(each.outcome, each.outcome_words) for each in waiting.lines(delivery)] == [("", ""), ("owing", "Friday")]
    with pytest.raises(booking_in.DeliveryClosed):
        waiting.scan(delivery, amlodipine.scan(serial="S3"), bag=ben.pk)
    with scope(home=waiting.home.pk):
        deliveries.reopen(home_id=waiting.home.pk, delivery_id=delivery.pk, by=waiting.senior.pk, at=make.NOW)
    assert waiting.scan(delivery, amlodipine.scan(serial="S3"), bag=ben.pk).booked is not None


def test_a_delivery_expected_later_asks_to_be_booked_in_until_it_is(waiting: Waiting) -> None:
    delivery = waiting.expect(expected_on=make.NOW.date() + timedelta(days=3), sender="Quay Pharmacy")
    with scope(home=waiting.home.pk):
        task = Task.objects.get(kind="book_in_delivery")
        assert task.closed_at is None
        deliveries.close(
            home_id=waiting.home.pk, delivery_id=delivery.pk, outcomes={}, words="", by=waiting.senior.pk, at=make.NOW
        )
        task.refresh_from_db()
        assert task.closed_by_id == waiting.senior.pk


def test_a_line_that_named_nobody_is_told_whose_it_is(waiting: Waiting, amlodipine: Sold) -> None:
    ada = waiting.live("Ada Winterbottom")
    waiting.prescribe(ada, amlodipine)
    delivery = waiting.load(["A. Nother,Amlodipine 5mg tabs,28", "Ada Winterbottom,Somethingol,28"])
    first, second = waiting.lines(delivery)
    assert "Nobody here is certainly" in first.faults[0]
    assert "not certainly one medicine" in second.faults[0]
    with scope(home=waiting.home.pk):
        deliveries.say_whose(
            home_id=waiting.home.pk, line_id=first.pk, resident_id=ada.pk, medicine_id=None, by=waiting.senior.pk,
            at=make.NOW,
        )  # fmt: skip
    told = waiting.scan(delivery, amlodipine.scan(serial="S1"))
    assert told.booked is not None
    assert told.booked.row.line_id == first.pk


def test_nothing_expected_asks_whose_it_is_among_those_who_take_it(waiting: Waiting, amlodipine: Sold) -> None:
    ada = waiting.live("Ada Winterbottom")
    waiting.prescribe(ada, amlodipine)
    delivery = waiting.expect(origin="hospital")
    told = waiting.scan(delivery, amlodipine.scan(serial="S1"))
    assert (told.answer.result, list(told.answer.candidates), told.answer.codes) == ("choose", [ada.pk], frozenset())
    assert waiting.scan(delivery, amlodipine.scan(serial="S1"), chosen=Chosen(resident_id=ada.pk)).booked is not None


def test_own_medicines_of_one_person_need_no_choosing(waiting: Waiting, amlodipine: Sold) -> None:
    ada = waiting.live("Ada Winterbottom")
    waiting.prescribe(ada, amlodipine)
    delivery = waiting.expect(origin="own", resident_id=ada.pk)
    assert waiting.scan(delivery, amlodipine.scan(serial="S1")).booked is not None


def test_stock_of_the_home_itself(waiting: Waiting, amlodipine: Sold) -> None:
    ada = waiting.live("Ada Winterbottom")
    waiting.prescribe(ada, amlodipine)
    delivery = waiting.load(["Stock,Amlodipine 5mg tabs,28"])
    told = waiting.scan(delivery, amlodipine.scan(serial="S1"))
    assert told.booked is not None
    assert told.booked.pack.line.resident_id is None


def test_labels_of_a_delivery_are_kept_together_and_only_its_own(waiting: Waiting, amlodipine: Sold) -> None:
    delivery = two_people(waiting, amlodipine)
    told = waiting.scan(delivery, amlodipine.scan(serial="S1"), bag=waiting.residents[0].pk)
    assert told.booked is not None
    other = waiting.expect()
    sheet = {"home_id": waiting.home.pk, "sheet_id": uuid7(), "booked_ids": [told.booked.row.pk], "layout": "a4_24",
             "skipped": 3, "by": waiting.carer.pk, "at": make.NOW}  # fmt: skip
    with scope(home=waiting.home.pk):
        with pytest.raises(NotThisHomes):
            pack_checks.print_labels(**sheet, delivery_id=other.pk)
        first, again = (pack_checks.print_labels(**sheet, delivery_id=delivery.pk) for _ in range(2))
    assert first == again


def test_our_own_label_says_what_it_belongs_on(waiting: Waiting, amlodipine: Sold) -> None:
    delivery = two_people(waiting, amlodipine)
    told = waiting.scan(delivery, amlodipine.scan(serial="S1"), bag=waiting.residents[0].pk)
    assert told.booked is not None
    found = waiting.scan(delivery, told.booked.pack.label_code).label_of
    assert found is not None
    assert found[0].pk == told.booked.pack.pk


def test_every_act_is_in_the_audit_trail(waiting: Waiting, amlodipine: Sold) -> None:
    delivery = two_people(waiting, amlodipine)
    waiting.scan(delivery, amlodipine.scan(serial="S1"), bag=waiting.residents[0].pk)
    with scope(home=waiting.home.pk):
        found = list(AuditEntry.objects.order_by("id").values_list("action", "acted_by_id"))
    assert found == [("delivery_opened", waiting.senior.pk), ("pack_booked_in", waiting.carer.pk)]
