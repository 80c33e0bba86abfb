"""Answering each line of a draft, finishing the review, approving it or sending it back, and withdrawing it.

Every line is answered: required or not required, with a reason where that is not what was suggested. Only somebody
who may approves, and what was approved never changes. (domain.md, The 28-day ordering cycle)
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from emar.models import Task
from emar.operations import audit, tasks
from ordering.models import Order, OrderLine
from ordering.operations.sending import Draw, queue
from ordering.queries import calendar, in_use, papers
from ordering.rules.order_paper import kept_packs
from ordering.rules.packs import COUNTED_OUT, PackSize, choose_packs, count_out, quantity_of
from ordering.rules.suggestion import Answer
from stock.operations.ledger import lock_home

NOTHING = Decimal(0)


class NotADraft(Exception):
    """The order has been reviewed, approved or withdrawn meanwhile: open it again to see."""


class ReasonMissing(ValueError):
    """An answer that is not the suggestion says why."""


class QuantityMissing(ValueError):
    """What is required has a quantity above nothing, and what is not required has none."""


class NotAnswered(ValueError):
    """Some lines wait for an answer, or nothing was suggested for them."""


class MayNotApprove(Exception):
    """Only a manager or somebody the manager named approves orders."""


class StoppedMeanwhile(ValueError):
    """A medicine on the order was stopped after it was answered: it must not be ordered."""


def answer(
    *, home_id: int, line_id: UUID, is_required: bool, quantity: Decimal, reason: str = "", by: int, at: datetime
) -> OrderLine:
    """Say whether one line is required, and how much of it, in its unit. A later answer replaces it.

    Raises ReasonMissing where that differs from the suggestion, QuantityMissing, StoppedMeanwhile and NotADraft.
    """
    with transaction.atomic():
        lock_home(home_id)
        line = OrderLine.objects.select_related("order", "prescription").get(pk=line_id, home_id=home_id)
        _refuse_unless_draft(line.order)
        if is_required and quantity <= 0:
            raise QuantityMissing("enter how much is required, as a number above nothing")
        asked = quantity if is_required else NOTHING
        is_free = line.suggestion == Answer.ASK
        if asked != line.suggested and not is_free and not reason.strip():
            raise ReasonMissing("say why it is not what was suggested")
        if is_required:
            _refuse_stopped([line], at)
        _write(line, asked, reason.strip() if asked != line.suggested or is_free else "", by, at)
        audit.note(
            action="order_line_answered", by=by, at=at, home_id=home_id, resident_id=line.resident_id, about=line,
            changes={"quantity": str(asked), "suggested": str(line.suggested)},
        )  # fmt: skip
    return line


def answer_as_suggested(*, home_id: int, order_id: UUID, resident_id: int | None = None, by: int, at: datetime) -> int:
    """Answer the unanswered lines of a resident, or of the whole order, as suggested; return how many those were.

    Lines for which nothing could be suggested stay unanswered. Raises NotADraft.
    """
    with transaction.atomic():
        lock_home(home_id)
        order = Order.objects.get(pk=order_id, home_id=home_id)
        _refuse_unless_draft(order)
        found = OrderLine.objects.filter(order=order, is_required__isnull=True).exclude(suggestion=Answer.ASK)
        if resident_id is not None:
            found = found.filter(resident_id=resident_id)
        lines = list(found)
        for line in lines:
            _write(line, line.suggested, "", by, at)
        if lines:
            audit.note(
                action="order_answered_as_suggested", by=by, at=at, home_id=home_id, resident_id=resident_id,
                about=order, changes={"lines": len(lines)},
            )  # fmt: skip
    return len(lines)


def finish_review(*, home_id: int, order_id: UUID, by: int, at: datetime) -> Order:
    """Say that every line is answered; from now on it waits to be approved. Raises NotAnswered and NotADraft."""
    with transaction.atomic():
        lock_home(home_id)
        order = Order.objects.get(pk=order_id, home_id=home_id)
        _refuse_unless_draft(order)
        left = OrderLine.objects.filter(order=order, is_required__isnull=True).count()
        if left:
            raise NotAnswered(f"{left} item{'s are' if left > 1 else ' is'} not answered yet")
        order.reviewed_at, order.reviewed_by_id = at, by
        order.save(update_fields=["reviewed_at", "reviewed_by"])
        audit.note(action="order_reviewed", by=by, at=at, home_id=home_id, about=order)
        _settle(order, Task.Kind.ORDER_TO_REVIEW, at, by)
        cause = tasks.Cause(
            Task.Kind.ORDER_TO_APPROVE.value, f"{order.pk} {at.isoformat()}", due_at=at,
            is_urgent=order.kind == Order.Kind.INTERIM, facts=_facts(order),
        )  # fmt: skip
        tasks.raise_tasks(home_id=home_id, causes=[cause], at=at, by=None)
    return order


def send_back(*, home_id: int, order_id: UUID, words: str, by: int, at: datetime) -> Order:
    """Send a reviewed order back to be reviewed again, with words that say what is wrong. Raises NotADraft."""
    if not words.strip():
        raise ReasonMissing("say what has to be looked at again")
    with transaction.atomic():
        lock_home(home_id)
        order = Order.objects.get(pk=order_id, home_id=home_id)
        if order.reviewed_at is None or order.approved_at is not None or order.withdrawn_at is not None:
            raise NotADraft("this order does not wait to be approved")
        order.reviewed_at = order.reviewed_by = None
        order.save(update_fields=["reviewed_at", "reviewed_by"])
        audit.note(
            action="order_sent_back", by=by, at=at, home_id=home_id, about=order, changes={"words": words.strip()}
        )
        _settle(order, Task.Kind.ORDER_TO_APPROVE, at, by)
        cause = tasks.Cause(
            Task.Kind.ORDER_TO_REVIEW.value, f"{order.pk} {at.isoformat()}", due_at=at,
            facts=_facts(order) | {"words": words.strip()},
        )  # fmt: skip
        tasks.raise_tasks(home_id=home_id, causes=[cause], at=at, by=None)
    return order


def approve(*, home_id: int, order_id: UUID, draw: Draw, by: int, at: datetime) -> Order:
    """Approve a reviewed order, and in the same transaction write its e-mail and ask for it to be sent.

    From then on it never changes. `draw` makes the PDF of its paper. Approving twice is one act. Raises MayNotApprove,
    NotADraft, NotAnswered and StoppedMeanwhile.
    """
    if not calendar.may_approve(home_id, by, at):
        raise MayNotApprove("only a manager, or somebody the manager named, approves orders")
    with transaction.atomic():
        lock_home(home_id)
        order = Order.objects.select_related("gp_practice", "pharmacy").get(pk=order_id, home_id=home_id)
        if order.approved_at is not None:
            return order
        if order.reviewed_at is None or order.withdrawn_at is not None:
            raise NotADraft("this order has to be reviewed first")
        found = OrderLine.objects.filter(order=order).select_related(
            "medicine", "resident__gp_practice", "resident__pharmacy", "prescription__medicine"
        )
        required = [line for line in found if line.is_required]
        if any(line.is_required is None for line in found):
            raise NotAnswered("an item has no answer")
        _refuse_stopped(required, at)
        for line in required:
            line.pharmacy_id = order.pharmacy_id or line.resident.pharmacy_id
            line.as_sent = papers.words_of(line, line.prescription)
        OrderLine.objects.bulk_update(required, ["pharmacy", "as_sent"], batch_size=500)
        order.approved_at, order.approved_by_id = at, by
        order.save(update_fields=["approved_at", "approved_by"])
        audit.note(
            action="order_approved", by=by, at=at, home_id=home_id, about=order, changes={"items": len(required)}
        )
        _settle(order, Task.Kind.ORDER_TO_APPROVE, at, by)
        if required:
            queue(home_id=home_id, order_id=order.pk, draw=draw, by=by, at=at)
    return order


def withdraw(*, home_id: int, order_id: UUID, reason: str, by: int, at: datetime) -> Order:
    """Withdraw an order that nobody approved; it was never sent. Raises ReasonMissing and NotADraft."""
    if not reason.strip():
        raise ReasonMissing("say why it is withdrawn")
    with transaction.atomic():
        lock_home(home_id)
        order = Order.objects.get(pk=order_id, home_id=home_id)
        if order.approved_at is not None or order.withdrawn_at is not None:
            raise NotADraft("this order was approved or withdrawn before")
        order.withdrawn_at, order.withdrawn_by_id, order.withdraw_reason = at, by, reason.strip()
        order.save(update_fields=["withdrawn_at", "withdrawn_by", "withdraw_reason"])
        audit.note(action="order_withdrawn", by=by, at=at, home_id=home_id, about=order)
        for kind in (Task.Kind.ORDER_TO_REVIEW, Task.Kind.ORDER_TO_APPROVE):
            _settle(order, kind, at, by)
    return order


def _write(line: OrderLine, quantity: Decimal, reason: str, by: int, at: datetime) -> None:
    line.is_required, line.quantity, line.reason = quantity > 0, quantity, reason
    line.packs = line.suggested_packs if quantity == line.suggested else _packs(line, quantity)
    line.answered_at, line.answered_by_id = at, by
    line.save(update_fields=["is_required", "quantity", "reason", "packs", "answered_at", "answered_by"])


def _packs(line: OrderLine, quantity: Decimal) -> list[dict[str, Any]]:
    """Return the packs that hold exactly so much, the last of them counted out where a pharmacy can do that.

    None where nothing but a part of a bottle or tube would.
    """
    known = (
        PackSize(each["pack_id"], each["name"], Decimal(each["holds"]), each["price_pence"]) for each in line.sizes
    )
    choose = count_out if line.unit in COUNTED_OUT else choose_packs
    chosen = choose(quantity, tuple(known))
    return kept_packs(chosen) if quantity_of(chosen) == quantity else []


def _refuse_unless_draft(order: Order) -> None:
    if order.reviewed_at is not None or order.withdrawn_at is not None:
        raise NotADraft("this order has been reviewed: it has to be sent back before it changes")


def _refuse_stopped(lines: Sequence[OrderLine], at: datetime) -> None:
    """Refuse lines of which no prescription is in use any more. What stopped is never ordered."""
    stopped = in_use.not_in_use(lines[0].home_id, lines, at) if lines else []
    if stopped:
        names = ", ".join(line.medicine.name for line in stopped[:3])
        raise StoppedMeanwhile(f"{names} was stopped since: answer “not required”")


def _settle(order: Order, kind: Task.Kind, at: datetime, by: int) -> None:
    """Close the open tasks of an order, whichever time it was reviewed."""
    causes = list(
        Task.objects.filter(home_id=order.home_id, kind=kind, cause__startswith=str(order.pk), closed_at__isnull=True)
        .values_list("cause", flat=True)
    )  # fmt: skip
    tasks.close_settled(home_id=order.home_id, kind=kind, about=causes, by=by, at=at)


def _facts(order: Order) -> dict[str, Any]:
    return {"order_id": str(order.pk), "number": order.number, "by": order.arrives_on.isoformat()}
