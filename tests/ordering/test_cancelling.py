"""What stops after it was ordered is taken back that day, once, and nothing else is."""

from datetime import timedelta
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from emar.models import Prescription, Presence, Task
from emar.operations import prescriptions, residents
from emar.operations.jobs import run_one
from emar.scope import scope
from ordering.models import Order, OrderEvent, OrderMessage
from ordering.operations import cancelling, following, reminders, sending
from ordering.queries import orders
from ordering.queries.orders import Item
from tests import factories as make
from tests.ordering.homes import DAY, HOUR, NINE, OrderingHome, make_ordering_home
from tests.ordering.post_room import PostRoom

pytestmark = pytest.mark.django_db
NOON = NINE + 3 * HOUR


@pytest.fixture
def home(post_room: PostRoom) -> OrderingHome:
    return make_ordering_home(name=f"Larkfield House {uuid7().hex[-6:]}")


def sent(home: OrderingHome, post_room: PostRoom) -> Order:
    """Let an order go out by e-mail, and take it out of the post room."""
    [order] = home.draft()
    home.review(order)
    home.approve(order)
    assert run_one(home_id=home.pk, at=NOON - 2 * HOUR) is True
    post_room.taken.clear()
    return order


def stop(home: OrderingHome, prescription: Prescription, **fields: Any) -> None:
    with scope(home=home.pk):
        prescriptions.stop(
            prescription=prescription, reason="the GP stopped it", by=home.senior.pk, at=NOON - HOUR, **fields
        )


def cancel(home: OrderingHome, at: Any = NOON) -> int:
    with scope(home=home.pk):
        return cancelling.cancel_stopped(home_id=home.pk, at=at)


def items(home: OrderingHome, order: Order) -> dict[str, Item]:
    with scope(home=home.pk):
        placed = orders.order(home.pk, order.pk)
        assert placed is not None
        return {each.line.medicine.name.split()[0]: each for each in placed.items}


def say(home: OrderingHome, item: Item, kind: str, words: str = "", at: Any = NOON + 2 * HOUR) -> None:
    with scope(home=home.pk):
        following.say(
            home_id=home.pk, said=following.Said(uuid7(), item.line.pk, kind, words=words), by=home.senior.pk,
            at=at,
        )  # fmt: skip


def chases(home: OrderingHome) -> list[Task]:
    with scope(home=home.pk):
        return list(Task.objects.filter(kind="chase_order", closed_at__isnull=True))


@pytest.mark.hazard("H22", control="what stopped is taken back before it is dispensed", shows="works")
def test_the_pharmacy_is_told_the_day_a_medicine_stops(home: OrderingHome, post_room: PostRoom) -> None:
    order = sent(home, post_room)
    stop(home, home.prescriptions[0])
    assert [cancel(home), cancel(home)] == [1, 0]
    assert items(home, order)["Amlodipine"].standing.step == "stopped"
    assert run_one(home_id=home.pk, at=NOON) is True
    [(to, taken)] = post_room.taken
    [letter] = post_room.letters
    assert to == "orders@quay.example"
    assert "do not dispense 1 item of order 1" in letter["Subject"]
    body = letter.get_body(("plain",)).get_content()
    # Patients stand on the order by surname: Pryce, Whitfield.
    assert "Item 2 of 2: Amlodipine 5mg tablets, 28 tablet" in body
    assert "Ramipril" not in body
    [csv] = letter.iter_attachments()
    rows = csv.get_content().splitlines()
    assert len(rows) == 2
    assert "Joan Whitfield" in rows[1]
    assert "NOT NEEDED ANY MORE" in rows[1]
    found = items(home, order)
    assert (found["Amlodipine"].standing.step, found["Ramipril"].standing.step) == ("cancelled", "ordered")
    with scope(home=home.pk):
        kept = OrderMessage.objects.get(kind="cancellation")
        assert (bytes(kept.mime), kept.line_ids) == (taken, [found["Amlodipine"].line.pk])
        told = OrderEvent.objects.get(kind="cancelled")
        assert "250" in told.words
        assert not orders.coming(home.pk, now=NOON).keys() & orders.keys_of([found["Amlodipine"].line]).values()
    assert chases(home) == []


@pytest.mark.hazard("H12", control="nobody's name stands in the subject or the name of a file", shows="works")
def test_nobody_is_named_outside_the_file(home: OrderingHome, post_room: PostRoom) -> None:
    sent(home, post_room)
    stop(home, home.prescriptions[0])
    cancel(home)
    run_one(home_id=home.pk, at=NOON)
    [letter] = post_room.letters
    shown = " ".join(str(value) for value in letter.values()) + letter.get_body(("plain",)).get_content()
    shown += " ".join(part.get_filename() for part in letter.iter_attachments())
    assert not [word for person in home.residents for word in person.full_name.split() if word in shown]


def test_what_is_still_used_is_not_taken_back(home: OrderingHome) -> None:
    """A change of dose, one that waits for its second person, a stop that is still to come, and a suspension."""
    order = home.sent()
    for number, fields in ((0, {}), (1, {"checked_at": None, "checked_by": None})):
        old = home.prescriptions[number]
        make.make_prescription(
            resident=home.residents[number], by=home.manager, medicine=old.medicine, dose_words="Take TWO", **fields
        )
        stop(home, old)
    assert cancel(home) == 0
    assert {each.standing.step for each in items(home, order).values()} == {"ordered"}


def test_a_stop_to_come_and_a_suspension_take_nothing_back(home: OrderingHome) -> None:
    home.sent()
    stop(home, home.prescriptions[0], stops_at=NOON + DAY)
    with scope(home=home.pk):
        prescriptions.suspend(prescription=home.prescriptions[1], reason="too low", by=home.senior.pk, at=NOON - HOUR)
    assert cancel(home) == 0
    assert cancel(home, NOON + 2 * DAY) == 1


def test_what_was_ordered_for_somebody_who_died_is_taken_back(home: OrderingHome) -> None:
    order = home.sent()
    with scope(home=home.pk):
        residents.note_presence(
            resident=home.residents[1], change=residents.PresenceChange(Presence.DIED, NOON - HOUR), by=home.senior.pk,
            at=NOON - HOUR,
        )  # fmt: skip
    assert cancel(home) == 1
    assert items(home, order)["Ramipril"].standing.step == "stopped"


def test_what_is_dispensed_already_is_not_taken_back(home: OrderingHome) -> None:
    order = home.sent()
    say(home, items(home, order)["Amlodipine"], "dispensed", at=NOON - 2 * HOUR)
    stop(home, home.prescriptions[0])
    assert cancel(home) == 0
    assert items(home, order)["Amlodipine"].standing.is_open


def test_dispensed_all_the_same_it_is_expected_again(home: OrderingHome) -> None:
    order = home.sent()
    stop(home, home.prescriptions[0])
    cancel(home)
    say(home, items(home, order)["Amlodipine"], "dispensed")
    found = items(home, order)["Amlodipine"].standing
    assert (found.step, found.is_open, found.stopped_at) == ("dispensed", True, None)
    assert cancel(home, NOON + HOUR) == 0


def test_without_an_address_a_person_rings_them_and_says_so(home: OrderingHome, settings: Any) -> None:
    order = home.sent()
    settings.SMTP_HOST = ""
    stop(home, home.prescriptions[0])
    assert cancel(home) == 1
    [task] = chases(home)
    assert task.is_urgent
    assert "ring Quay Pharmacy" in task.facts["why"]
    with scope(home=home.pk):
        reminders.remind(home_id=home.pk, at=NOON + HOUR)
        reminders.remind(home_id=home.pk, at=NOON + DAY)
    assert len(chases(home)) == 1, "it stays open, and is raised once"
    item = items(home, order)["Amlodipine"]
    with pytest.raises(following.WordsMissing):
        say(home, item, "cancelled")
    say(home, item, "cancelled", "Kim, by telephone: taken off")
    assert items(home, order)["Amlodipine"].standing.step == "cancelled"
    assert chases(home) == []


def test_a_mail_server_that_refuses_makes_a_person_ring(home: OrderingHome, post_room: PostRoom) -> None:
    order = sent(home, post_room)
    stop(home, home.prescriptions[0])
    cancel(home)
    post_room.answer = "550 no such mailbox"
    assert run_one(home_id=home.pk, at=NOON) is False
    [task] = chases(home)
    assert "550 no such mailbox" in task.facts["why"]
    post_room.answer = ""
    assert run_one(home_id=home.pk, at=NOON + DAY) is True
    assert chases(home) == []
    assert items(home, order)["Amlodipine"].standing.step == "cancelled"


def test_an_e_mail_that_never_went_is_noticed_the_next_day(home: OrderingHome) -> None:
    home.sent()
    stop(home, home.prescriptions[0])
    cancel(home)
    with scope(home=home.pk):
        reminders.remind(home_id=home.pk, at=NOON + HOUR)
        assert chases(home) == []
        reminders.remind(home_id=home.pk, at=NOON + DAY)
    [task] = chases(home)
    assert "it was stopped" in task.facts["why"]


def test_sending_the_order_again_does_not_send_the_cancellation_again(home: OrderingHome, post_room: PostRoom) -> None:
    order = sent(home, post_room)
    stop(home, home.prescriptions[0])
    cancel(home)
    run_one(home_id=home.pk, at=NOON)
    with scope(home=home.pk):
        sending.send_again(
            home_id=home.pk, order_id=order.pk, event_id=uuid7(), words="again", by=home.manager.pk, at=NOON
        )
    while run_one(home_id=home.pk, at=NOON + timedelta(minutes=1)):
        pass
    assert [to for to, _ in post_room.taken] == ["orders@quay.example", "orders@elm.example"]
