"""An approved order reaches the mail server: whole, once, whatever is killed in between."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from uuid_utils.compat import uuid7

from emar import jobs
from emar.models import Job, Task
from emar.operations.jobs import run_one
from emar.scope import scope
from ordering import mail
from ordering.models import Order, OrderEvent, OrderMessage, SendAttempt
from ordering.operations import reviewing, sending
from ordering.queries import orders
from tests.ordering.homes import HOUR, NINE, OrderingHome, draw, make_ordering_home
from tests.ordering.post_room import PostRoom

pytestmark = pytest.mark.django_db
LATER = NINE + 2 * HOUR


class Killed(BaseException):
    """The host is gone: nothing after this happens."""


@pytest.fixture
def home(post_room: PostRoom) -> OrderingHome:
    return make_ordering_home(name=f"Larkfield House {uuid7().hex[-6:]}")


def approved(home: OrderingHome) -> Order:
    [order] = home.draft()
    home.review(order)
    return home.approve(order)


def run(home: OrderingHome, at: datetime = LATER) -> bool | None:
    """Do what is due of sending."""
    return run_one(home_id=home.pk, at=at)


def message(home: OrderingHome) -> OrderMessage:
    with scope(home=home.pk):
        return OrderMessage.objects.get(home_id=home.pk)


def steps(home: OrderingHome) -> list[str]:
    with scope(home=home.pk):
        return list(SendAttempt.objects.order_by("tried_at", "id").values_list("step", flat=True))


@pytest.mark.hazard("H22", control="an approved order is sent by itself, with its PDF and CSV", shows="works")
def test_an_approved_order_reaches_the_surgery_with_pdf_and_csv(home: OrderingHome, post_room: PostRoom) -> None:
    order = approved(home)
    assert post_room.taken == []
    assert [run(home), run(home)] == [True, None]
    [letter] = post_room.letters
    assert [to for to, _ in post_room.taken] == ["orders@elm.example"]
    assert letter["Reply-To"] == "home@larkfield.example"
    assert letter["From"].addresses[0].addr_spec == "orders@emar.example"
    pdf, csv = letter.iter_attachments()
    assert (pdf.get_content_type(), pdf.get_filename()) == ("application/pdf", "order-1.pdf")
    assert pdf.get_content() == b"%PDF-1.4 order 1 with 2 items"
    rows = csv.get_content().splitlines()
    assert csv.get_filename() == "order-1.csv"
    assert len(rows) == 3
    assert "William Pryce" in rows[1]
    assert "Ramipril 5mg capsules" in rows[1]
    with scope(home=home.pk):
        placed = orders.order(home.pk, order.pk)
    assert placed is not None
    assert (placed.state, placed.sent.kind, "4711" in placed.sent.words) == ("sent", "sent", True)


@pytest.mark.hazard("H12", control="nobody's name stands in the subject or the name of a file", shows="works")
def test_nobody_is_named_outside_the_body(home: OrderingHome, post_room: PostRoom) -> None:
    approved(home)
    run(home)
    [letter] = post_room.letters
    shown = " ".join(
        [str(value) for value in letter.values()] + [part.get_filename() for part in letter.iter_attachments()]
    )
    body = letter.get_body(("plain",)).get_content()
    for person in home.residents:
        for word in [*person.full_name.split(), person.nhs_number or "no number"]:
            assert word not in shown
            assert word not in body
    assert "order 1" in letter["Subject"]


def test_what_is_kept_is_what_went_out_byte_for_byte(home: OrderingHome, post_room: PostRoom) -> None:
    approved(home)
    run(home)
    [(_, taken)] = post_room.taken
    assert taken == bytes(message(home).mime)


@pytest.mark.hazard("H22", control="the e-mail is written in the transaction that approves the order", shows="works")
def test_an_approval_that_is_undone_sends_nothing(home: OrderingHome, post_room: PostRoom) -> None:
    [order] = home.draft()
    home.review(order)
    with transaction.atomic():
        home.approve(order)
        transaction.set_rollback(True)
    assert run(home) is None
    assert post_room.taken == []


def test_approving_twice_is_one_e_mail(home: OrderingHome, post_room: PostRoom) -> None:
    order = approved(home)
    home.approve(order)
    assert [run(home), run(home)] == [True, None]
    assert len(post_room.taken) == 1


def test_running_the_job_of_a_sent_order_sends_nothing_more(home: OrderingHome, post_room: PostRoom) -> None:
    approved(home)
    run(home)
    assert sending.send(home_id=home.pk, message_id=message(home).pk, at=LATER) is False
    assert len(post_room.taken) == 1


def before(function: Callable[..., object]) -> Callable[..., object]:
    def killed(*arguments: object, **named: object) -> object:
        raise Killed

    return killed


def after(function: Callable[..., object]) -> Callable[..., object]:
    def killed(*arguments: object, **named: object) -> object:
        function(*arguments, **named)
        raise Killed

    return killed


#: Where the host is killed while it sends, and how often the mail server has the message afterwards. Only one moment
#: leaves it unknown: after the server's yes and before the note of it.
KILLS = [
    ("before the attempt is written down", SendAttempt.objects, "create", before, 1),
    ("after the attempt is written down", mail, "hand_over", before, 1),
    ("after the mail server's yes", mail, "hand_over", after, 2),
    ("before the order is written down as sent", OrderEvent.objects, "bulk_create", before, 2),
    ("before the job is ticked off", "emar.operations.jobs._tick_off", None, before, 1),
]


@pytest.mark.hazard("H22", control="killed at any step an order is neither lost nor doubled", shows="works")
@pytest.mark.parametrize(("where", "owner", "name", "kill", "copies"), KILLS, ids=[each[0] for each in KILLS])
def test_killed_at_any_step_an_order_is_neither_lost_nor_doubled(
    home: OrderingHome, post_room: PostRoom, where: str, owner: object, name: str | None,
    kill: Callable[..., Callable[..., object]], copies: int,
) -> None:  # fmt: skip
    approved(home)
    with pytest.MonkeyPatch.context() as patch:
        if name is None:
            patch.setattr(owner, kill(lambda: None))
        else:
            patch.setattr(owner, name, kill(getattr(owner, name)))
        with pytest.raises(Killed):
            run(home)
    # Another host takes the job over once the lease of the dead one has run out.
    assert run(home, LATER + jobs.LEASE) is True
    assert run(home, LATER + 2 * jobs.LEASE) is None
    assert len(post_room.taken) == copies
    # Whoever is asked twice is asked for the same thing: one Message-ID, and not one byte that differs.
    assert len({letter["Message-ID"] for letter in post_room.letters}) == 1
    assert len(set(post_room.taken)) == 1
    with scope(home=home.pk):
        assert OrderEvent.objects.filter(kind="sent").count() == 1
        assert Job.objects.get(kind=sending.SEND).finished_at is not None


def test_a_server_that_refuses_for_now_is_asked_again_and_a_person_is_told(
    home: OrderingHome, post_room: PostRoom
) -> None:
    order = approved(home)
    post_room.answer = "451 try again later"
    at = LATER
    for tries in range(1, 4):
        assert run(home, at) is False
        with scope(home=home.pk):
            told = Task.objects.filter(kind="order_not_sent", closed_at__isnull=True)
            assert told.count() == (tries >= sending.TRIES_BEFORE_TELLING)
            at = Job.objects.get(kind=sending.SEND).due_at
    with scope(home=home.pk):
        assert orders.order(home.pk, order.pk).state == "not_sent"
    post_room.answer = ""
    assert run(home, at) is True
    assert len(post_room.taken) == 1
    with scope(home=home.pk):
        assert Task.objects.get(kind="order_not_sent").outcome == "The order was sent."
        assert orders.order(home.pk, order.pk).state == "sent"
    assert steps(home).count("refused") == 3


def test_a_lasting_refusal_is_told_at_once(home: OrderingHome, post_room: PostRoom) -> None:
    approved(home)
    post_room.answer = "550 no such mailbox"
    assert run(home) is False
    with scope(home=home.pk):
        task = Task.objects.get(kind="order_not_sent")
    assert task.is_urgent
    assert "550 no such mailbox" in task.facts["words"]


def test_a_mail_server_that_is_not_there_is_written_down(home: OrderingHome, settings: Any) -> None:
    approved(home)
    settings.SMTP_PORT = 1
    assert run(home) is False
    assert steps(home) == ["begun", "refused"]


def test_a_surgery_without_an_address_is_ordered_from_by_hand(post_room: PostRoom) -> None:
    home = make_ordering_home(email="")
    order = approved(home)
    with scope(home=home.pk):
        task = Task.objects.get(kind="order_not_sent")
        assert "no e-mail address" in task.facts["words"]
        assert orders.order(home.pk, order.pk).state == "approved"
        with pytest.raises(sending.EvidenceMissing):
            sending.ordered_by_hand(
                home_id=home.pk, order_id=order.pk, event_id=uuid7(), words=" ", by=home.manager.pk, at=LATER
            )
        said = {"home_id": home.pk, "order_id": order.pk, "event_id": uuid7(), "words": "on the screen, 10:20"}
        first = sending.ordered_by_hand(**said, by=home.manager.pk, at=LATER)
        assert sending.ordered_by_hand(**said, by=home.manager.pk, at=LATER).pk == first.pk
        assert orders.order(home.pk, order.pk).state == "sent"
        task.refresh_from_db()
        assert task.closed_at is not None


def test_without_a_mail_server_the_order_is_printed_instead(home: OrderingHome, settings: Any) -> None:
    settings.SMTP_HOST = ""
    approved(home)
    with scope(home=home.pk):
        assert Task.objects.get(kind="order_not_sent").facts["words"].startswith("No mail server")
        assert not OrderMessage.objects.exists()


def test_it_is_sent_again_as_often_as_somebody_asks_and_no_oftener(home: OrderingHome, post_room: PostRoom) -> None:
    order = approved(home)
    run(home)
    asked = {"home_id": home.pk, "order_id": order.pk, "words": "they say it never came", "by": home.manager.pk}
    once = uuid7()
    for _ in range(2):
        with scope(home=home.pk):
            sending.send_again(**asked, event_id=once, at=LATER)
    assert [run(home, LATER + timedelta(minutes=1)) for _ in range(2)] == [True, None]
    assert len(post_room.taken) == 2
    assert len(set(post_room.taken)) == 1, "the same bytes under the same Message-ID"


def test_an_order_for_nothing_is_not_sent(home: OrderingHome, post_room: PostRoom) -> None:
    for prescription in home.prescriptions:
        home.hold(prescription, 84)
    order = approved(home)
    assert run(home) is None
    with scope(home=home.pk):
        assert orders.order(home.pk, order.pk).state == "nothing"


def test_only_somebody_who_may_approves(home: OrderingHome) -> None:
    [order] = home.draft()
    home.review(order)
    for person in (home.senior, home.carer):
        with scope(home=home.pk), pytest.raises(reviewing.MayNotApprove):
            reviewing.approve(home_id=home.pk, order_id=order.pk, draw=draw, by=person.pk, at=LATER)


def test_the_message_of_an_order_has_a_date_and_names_the_home(home: OrderingHome, post_room: PostRoom) -> None:
    approved(home)
    run(home)
    [letter] = post_room.letters
    assert letter["Date"].datetime == datetime(2026, 11, 5, 10, tzinfo=UTC)
    assert home.home.name in letter["Subject"]
    assert letter["From"].addresses[0].display_name == home.home.name
