"""Sending an approved order: the outbox, the steps with the mail server, and what is done when it will not go.

The e-mail is written, whole, in the transaction that approves the order, and so is the job that sends it: an order is
never approved and forgotten. Each step with the mail server is written down before and after. A host that is killed
between the server's yes and the note of it leaves a step that began and has no answer; the same bytes then go out
again under the same Message-ID, which a mail system knows for the same message, and which says itself that it is one
order. (hazard H22)
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from uuid_utils.compat import uuid7

from emar.models import Task
from emar.operations import audit, jobs, tasks
from emar.rules.wall_clock import local_day
from emar.scope import scope
from ordering import mail
from ordering.models import Order, OrderEvent, OrderLine, OrderMessage, SendAttempt
from ordering.queries import orders, papers
from ordering.rules.order_paper import OrderPaper, order_csv
from ordering.rules.reminders import STOPPED
from stock.operations.ledger import lock_home

SEND = "send_order"
#: After so many refusals in a row somebody has to see to it; it is tried on meanwhile.
TRIES_BEFORE_TELLING = 3
#: Makes the PDF of an order's paper. It is handed in, because only the web layer draws PDFs.
Draw = Callable[[OrderPaper], bytes]


class NotApproved(Exception):
    """Only an approved order can be sent, or written down as ordered."""


class NoMessage(ValueError):
    """This order has no e-mail: the surgery's or pharmacy's address was not known."""


class EvidenceMissing(ValueError):
    """Ordering by hand is written down with what shows that it happened."""


def queue(*, home_id: int, order_id: UUID, draw: Draw, by: int, at: datetime) -> OrderMessage | None:
    """Write the e-mail of an order that is being approved, and ask for it to be sent, in the approval's transaction.

    None, with a task for a person, where no e-mail can be sent: no address, or no mail server.
    """
    placed = orders.order(home_id, order_id)
    paper = papers.paper(home_id, placed) if placed else None
    if placed is None or paper is None:
        raise NotApproved("this order is not approved")
    place = placed.order.gp_practice or placed.order.pharmacy
    address = place.email.strip() if place else ""
    if not address or not mail.is_set_up():
        why = f"{paper.recipient} has no e-mail address." if mail.is_set_up() else "No mail server is set up."
        _tell(placed.order, f"{why} Order it on the proxy screen or on paper, and write that down.", at)
        return None
    letter = mail.letter(
        key=str(order_id), paper=paper, recipient=address, pdf=draw(paper), csv=order_csv(paper), at=at
    )
    return keep(home_id=home_id, order_id=order_id, letter=letter, by=by, at=at)


def keep(
    *, home_id: int, order_id: UUID, letter: mail.Letter, line_ids: Sequence[UUID] = (), by: int | None, at: datetime
) -> OrderMessage:
    """Keep an e-mail about an order as it goes out, and ask for it to be sent, in the caller's transaction.

    With `line_ids` it takes those items back; without, it is the order itself.
    """
    message = OrderMessage.objects.create(
        home_id=home_id,
        order_id=order_id,
        kind=OrderMessage.Kind.CANCELLATION if line_ids else OrderMessage.Kind.ORDER,
        line_ids=list(line_ids),
        message_id=letter.message_id,
        sender=letter.sender,
        recipient=letter.recipient,
        subject=letter.subject,
        mime=letter.mime,
        sha256=hashlib.sha256(letter.mime).hexdigest(),
        written_at=at,
        written_by_id=by,
    )
    audit.note(action=f"{message.kind}_queued", by=by, at=at, home_id=home_id, about=message)
    jobs.ask(home_id=home_id, kind=SEND, key=str(message.pk), by=by, at=at)
    return message


def send(*, home_id: int, message_id: UUID, at: datetime) -> bool:
    """Hand an order's e-mail to the mail server unless that was done; return whether it went out now.

    Opens its own transactions, one before and one after: must not be called inside one that may be undone. Raises
    mail.MailRefused, after writing it down, so that the job is tried again.
    """
    with scope(home=home_id), transaction.atomic():
        lock_home(home_id)
        message = OrderMessage.objects.select_related("order").get(pk=message_id, home_id=home_id)
        if _sent_often_enough(message):
            return False
        SendAttempt.objects.create(home_id=home_id, message=message, step=SendAttempt.Step.BEGUN, tried_at=at)
    letter = mail.Letter(message.message_id, message.sender, message.recipient, message.subject, bytes(message.mime))
    try:
        words = mail.hand_over(letter)
    except mail.MailRefused as refusal:
        _write_refusal(message, refusal, at)
        raise
    with scope(home=home_id), transaction.atomic():
        lock_home(home_id)
        SendAttempt.objects.create(
            home_id=home_id, message=message, step=SendAttempt.Step.TAKEN, words=words, tried_at=at
        )
        _write_taken(message, f"To {message.recipient}. The mail server said: {words}", at)
        audit.note(action=f"{message.kind}_sent", by=None, at=at, home_id=home_id, about=message)
    return True


def _write_taken(message: OrderMessage, words: str, at: datetime) -> None:
    """Write down that an e-mail went out, at the order or at each item that it takes back."""
    is_order = message.kind == OrderMessage.Kind.ORDER
    kind = OrderEvent.Kind.SENT if is_order else OrderEvent.Kind.CANCELLED
    OrderEvent.objects.bulk_create(
        OrderEvent(
            id=uuid7(), home_id=message.home_id, order_id=message.order_id, line_id=line_id, kind=kind, words=words,
            happened_at=at,
        )
        for line_id in ([None] if is_order else message.line_ids)
    )  # fmt: skip
    if is_order:
        _settle_not_sent(message.order, at)
    else:
        about = [f"{line_id} {STOPPED}" for line_id in message.line_ids]
        tasks.close_settled(home_id=message.home_id, kind=Task.Kind.CHASE_ORDER, about=about, by=None, at=at)


def send_again(*, home_id: int, order_id: UUID, event_id: UUID, words: str, by: int, at: datetime) -> None:
    """Ask for the same e-mail to be sent once more, because it did not reach them. The same event twice is one asking.

    Raises NoMessage.
    """
    with transaction.atomic():
        lock_home(home_id)
        message = OrderMessage.objects.filter(home_id=home_id, order_id=order_id, kind=OrderMessage.Kind.ORDER).first()
        if message is None:
            raise NoMessage("this order has no e-mail to send again")
        if OrderEvent.objects.filter(pk=event_id).exists():
            return
        OrderEvent.objects.create(
            id=event_id, home_id=home_id, order_id=order_id, kind=OrderEvent.Kind.SEND_AGAIN, words=words.strip(),
            happened_at=at, happened_by_id=by,
        )  # fmt: skip
        audit.note(action="order_send_again", by=by, at=at, home_id=home_id, about=message)
        jobs.ask(home_id=home_id, kind=SEND, key=str(message.pk), by=by, at=at)


def ordered_by_hand(*, home_id: int, order_id: UUID, event_id: UUID, words: str, by: int, at: datetime) -> OrderEvent:
    """Write down that an approved order was typed into a proxy screen or handed over, with evidence. Once an id.

    Raises EvidenceMissing and NotApproved.
    """
    if not words.strip():
        raise EvidenceMissing("say how it was ordered, and what shows it: a reference, a name, a time")
    with transaction.atomic():
        lock_home(home_id)
        order = Order.objects.get(pk=order_id, home_id=home_id)
        if order.approved_at is None:
            raise NotApproved("only an approved order is ordered")
        if known := OrderEvent.objects.filter(pk=event_id, home_id=home_id).first():
            return known
        event = OrderEvent.objects.create(
            id=event_id, home_id=home_id, order=order, kind=OrderEvent.Kind.SENT_BY_HAND, words=words.strip(),
            happened_at=at, happened_by_id=by,
        )  # fmt: skip
        audit.note(action="order_by_hand", by=by, at=at, home_id=home_id, about=order)
        _settle_not_sent(order, at, by)
    return event


def _sent_often_enough(message: OrderMessage) -> bool:
    """Return whether it went out once, and once more for each time that somebody asked for it again."""
    asked = 0
    if message.kind == OrderMessage.Kind.ORDER:
        asked = OrderEvent.objects.filter(order_id=message.order_id, kind=OrderEvent.Kind.SEND_AGAIN).count()
    taken = SendAttempt.objects.filter(message=message, step=SendAttempt.Step.TAKEN).count()
    return taken > asked


def _write_refusal(message: OrderMessage, refusal: mail.MailRefused, at: datetime) -> None:
    with scope(home=message.home_id), transaction.atomic():
        lock_home(message.home_id)
        SendAttempt.objects.create(
            home_id=message.home_id, message=message, step=SendAttempt.Step.REFUSED, words=refusal.words, tried_at=at
        )
        refused = SendAttempt.objects.filter(message=message, step=SendAttempt.Step.REFUSED).count()
        if not (refusal.is_lasting or refused >= TRIES_BEFORE_TELLING):
            return
        if message.kind == OrderMessage.Kind.CANCELLATION:
            lines = orders.lines(message.home_id, message.line_ids)
            tell_by_hand(lines=lines, why=f"The e-mail to {message.recipient} was refused: {refusal.words}", at=at)
            return
        event_id = uuid5(message.pk, "not sent")
        if not OrderEvent.objects.filter(pk=event_id).exists():
            OrderEvent.objects.create(
                id=event_id, home_id=message.home_id, order_id=message.order_id, kind=OrderEvent.Kind.NOT_SENT,
                words=refusal.words, happened_at=at,
            )  # fmt: skip
        _tell(message.order, f"To {message.recipient}: {refusal.words}", at)


def tell_by_hand(*, lines: Sequence[OrderLine], why: str, at: datetime) -> None:
    """Raise a task for each item that stopped and that no e-mail takes back: somebody has to telephone, today."""
    causes = [
        tasks.Cause(
            Task.Kind.CHASE_ORDER.value, f"{line.pk} {STOPPED}", due_at=at, resident_id=line.resident_id,
            is_urgent=True,
            facts={
                "order_id": str(line.order_id), "number": line.order.number, "by": local_day(at).isoformat(),
                "medicine": line.medicine.name,
                "why": f"it was stopped: ring {line.pharmacy.name if line.pharmacy else 'the surgery'}. {why}",
            },
        )
        for line in lines
    ]  # fmt: skip
    if causes:
        tasks.raise_tasks(home_id=lines[0].home_id, causes=causes, at=at, by=None)


def _tell(order: Order, words: str, at: datetime) -> None:
    cause = tasks.Cause(
        Task.Kind.ORDER_NOT_SENT.value, str(order.pk), due_at=at, is_urgent=True,
        facts={"order_id": str(order.pk), "number": order.number, "words": words},
    )  # fmt: skip
    tasks.raise_tasks(home_id=order.home_id, causes=[cause], at=at, by=None)


def _settle_not_sent(order: Order, at: datetime, by: int | None = None) -> None:
    tasks.close_settled(
        home_id=order.home_id, kind=Task.Kind.ORDER_NOT_SENT, about=[str(order.pk)], by=by, at=at
    )  # fmt: skip
