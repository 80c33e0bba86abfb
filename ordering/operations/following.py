"""Following an order: prescriptions checked against it, chases with evidence, what is owed, and the delivery expected.

What was received is not written here: it is what operations.booking_in booked in against a line.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid5

from django.db import transaction

from emar.operations import audit, tasks
from emar.queries.medicines import products_of
from emar.rules.wall_clock import local_day
from ordering.models import Delivery, DeliveryLine, Order, OrderEvent
from ordering.operations import deliveries
from ordering.operations.reminders import chase_causes, settle
from ordering.queries import orders
from ordering.queries.orders import Item, PlacedOrder
from ordering.rules.order_paper import packs_words
from stock.operations.ledger import lock_home

Kind = OrderEvent.Kind
#: What the pharmacy, or the home in its words, says of one item.
OF_THE_PHARMACY = (Kind.DISPENSED, Kind.OWING, Kind.SUBSTITUTED, Kind.WILL_NOT_COME)


class NotSent(Exception):
    """Only what was sent can be followed."""


class WordsMissing(ValueError):
    """A chase has evidence: who was asked, how, and what they said."""


class QuantityWrong(ValueError):
    """A quantity is above nothing."""


class NothingExpected(ValueError):
    """Everything has come, or nothing was ordered there."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What the prescription of one item says, compared with the order: issued in this quantity, or missing (0)."""

    line_id: UUID
    quantity: Decimal
    words: str = ""


@dataclass(frozen=True, slots=True)
class Chase:
    """Somebody was asked after some items: by whom it was answered, and what they said. Its `id` is the form's."""

    id: UUID
    line_ids: tuple[UUID, ...]
    spoke_to: str
    words: str
    promised_on: date | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What the pharmacy says of one item: a kind of OF_THE_PHARMACY, of how much, and until when it is promised."""

    id: UUID
    line_id: UUID
    kind: str
    quantity: Decimal | None = None
    words: str = ""
    medicine_id: str | None = None
    promised_on: date | None = None


def check_prescriptions(
    *,
    home_id: int,
    order_id: UUID,
    check_id: UUID,
    found: Sequence[Checked],
    not_ordered: str = "",
    by: int,
    at: datetime,
) -> PlacedOrder:
    """Write down what the surgery issued of an order, before the pharmacy dispenses it; once for each `check_id`.

    What is missing or less than ordered raises a task to chase it; `not_ordered` says what was issued that nobody
    ordered. Items left out stay unchecked. Raises NotSent and QuantityWrong. (NICE SC1 1.10.6)
    """
    if any(each.quantity < 0 for each in found):
        raise QuantityWrong("enter what was issued as a number, 0 for nothing")
    with transaction.atomic():
        lock_home(home_id)
        placed = _sent(home_id, order_id)
        lines = {each.line.pk: each.line for each in placed.required}
        wanted = {uuid5(check_id, str(each.line_id)): each for each in found if each.line_id in lines}
        if OrderEvent.objects.filter(pk__in=[*wanted, check_id]).exists():
            return placed
        OrderEvent.objects.bulk_create(
            OrderEvent(
                id=pk,
                home_id=home_id,
                order_id=order_id,
                line_id=each.line_id,
                kind=Kind.ISSUED if each.quantity else Kind.NOT_ISSUED,
                quantity=each.quantity,
                unit=lines[each.line_id].unit,
                words=each.words.strip(),
                happened_at=at,
                happened_by_id=by,
            )
            for pk, each in wanted.items()
        )
        if not_ordered.strip():
            OrderEvent.objects.create(
                id=check_id, home_id=home_id, order_id=order_id, kind=Kind.ISSUED,
                words=f"Issued though it was not ordered: {not_ordered.strip()}", happened_at=at, happened_by_id=by,
            )  # fmt: skip
        audit.note(
            action="prescriptions_checked", by=by, at=at, home_id=home_id, about=placed.order,
            changes={"items": len(wanted), "missing": sum(not each.quantity for each in wanted.values())},
        )  # fmt: skip
        return _settle_and_ask(home_id, order_id, at, by)


def chase(*, home_id: int, order_id: UUID, chase: Chase, by: int, at: datetime) -> None:
    """Write down that somebody asked after items of an order, with evidence. The same id twice is one chase.

    Raises WordsMissing and NotSent.
    """
    if not chase.spoke_to.strip() or not chase.words.strip():
        raise WordsMissing("say whom you asked and how, and what they said")
    with transaction.atomic():
        lock_home(home_id)
        placed = _sent(home_id, order_id)
        known = {each.line.pk: each.line for each in placed.required}
        lines = [known[pk] for pk in chase.line_ids if pk in known]
        if not lines:
            raise WordsMissing("choose what you asked after")
        ids = [uuid5(chase.id, str(line.pk)) for line in lines]
        if OrderEvent.objects.filter(pk__in=ids).exists():
            return
        OrderEvent.objects.bulk_create(
            OrderEvent(
                id=pk,
                home_id=home_id,
                order_id=order_id,
                line=line,
                kind=Kind.CHASED,
                unit=line.unit,
                spoke_to=chase.spoke_to.strip(),
                words=chase.words.strip(),
                promised_on=chase.promised_on,
                happened_at=at,
                happened_by_id=by,
            )
            for pk, line in zip(ids, lines, strict=True)
        )
        audit.note(
            action="order_chased", by=by, at=at, home_id=home_id, about=placed.order, changes={"items": len(lines)}
        )
        _settle_and_ask(home_id, order_id, at, by)


def say(*, home_id: int, said: Said, is_from_pharmacy: bool = False, by: int, at: datetime) -> OrderEvent:
    """Write down what the pharmacy says of one item: dispensed, owed, another product, or that it will not come.

    The home alone says CANCELLED: that it told them that the item is not needed any more. The same id twice is one
    word. Raises NotSent, QuantityWrong and WordsMissing.
    """
    if said.kind not in OF_THE_PHARMACY and (is_from_pharmacy or said.kind != Kind.CANCELLED):
        raise WordsMissing("choose what happened")
    if said.quantity is not None and said.quantity <= 0:
        raise QuantityWrong("enter how much, as a number above nothing")
    if said.kind == Kind.SUBSTITUTED and not said.medicine_id and not said.words.strip():
        raise WordsMissing("say which product comes instead")
    if said.kind == Kind.CANCELLED and not said.words.strip():
        raise WordsMissing("say whom you told that it is not needed, how, and what they said")
    if said.kind == Kind.WILL_NOT_COME and not said.words.strip():
        raise WordsMissing("say why it will not come")
    with transaction.atomic():
        lock_home(home_id)
        if known := OrderEvent.objects.filter(pk=said.id, home_id=home_id).first():
            return known
        line = orders.line(home_id, said.line_id)
        if line is None or not line.is_required:
            raise NotSent("this item was not ordered")
        placed = _sent(home_id, line.order_id)
        event = OrderEvent.objects.create(
            id=said.id, home_id=home_id, order_id=line.order_id, line=line, kind=said.kind, quantity=said.quantity,
            unit=line.unit, medicine_id=said.medicine_id, words=said.words.strip(), promised_on=said.promised_on,
            is_from_pharmacy=is_from_pharmacy, happened_at=at, happened_by_id=by,
        )  # fmt: skip
        audit.note(
            action=f"order_line_{said.kind}", by=by, at=at, home_id=home_id, resident_id=line.resident_id, about=line
        )
        _settle_and_ask(home_id, placed.order.pk, at, by)
    return event


def expect_delivery(*, home_id: int, delivery_id: UUID, pharmacy_id: int | None, by: int, at: datetime) -> Delivery:
    """Open a delivery to be booked in, with everything that a pharmacy still has to bring; once for each id.

    What is on an open delivery already is not expected a second time. Raises NothingExpected.
    """
    with transaction.atomic():
        lock_home(home_id)
        waiting = orders.expected_items(home_id, pharmacy_id)
        if known := Delivery.objects.filter(pk=delivery_id, home_id=home_id).first():
            return known
        if not waiting:
            raise NothingExpected("everything that was ordered there has come, or waits on an open delivery")
        pharmacy = next((each.line.pharmacy for _, each in waiting if each.line.pharmacy), None)
        new = deliveries.NewDelivery(
            id=delivery_id,
            origin=Delivery.Origin.PHARMACY.value,
            sender=pharmacy.name if pharmacy else "",
            reference=", ".join(sorted({f"order {placed.order.number}" for placed, _ in waiting})),
            expected_on=local_day(at),
            covers_until_on=max(placed.order.cover_until_on for placed, _ in waiting),
        )
        lines = [
            deliveries.NewLine(
                resident_id=item.line.resident_id,
                medicine_id=item.line.medicine_id,
                words=f"{item.line.as_sent['medicine']}, {packs_words(item.line.packs) or item.line.quantity}",
                quantity=item.standing.missing,
                unit=item.line.unit,
                packs=_packs_missing(item),
                asked_by=item.line.pk,
                asked=item.line.quantity,
            )
            for _, item in waiting
        ]
        return deliveries.expect(home_id=home_id, delivery=new, lines=lines, by=by, at=at)


def match_notes(*, home_id: int, at: datetime) -> int:
    """Say of the lines of pharmacies' delivery notes which order line each answers; return how many were matched.

    Only where it is certain: the same resident and medicine, one open item of it. What was booked in against such a
    line then counts for the order.
    """
    if not _matches(home_id):
        return 0
    with transaction.atomic():
        lock_home(home_id)
        matched = _matches(home_id)
        DeliveryLine.objects.bulk_update(matched, ["asked_by", "asked"])
        if matched:
            audit.note(
                action="delivery_matched_to_orders", by=None, at=at, home_id=home_id, changes={"lines": len(matched)}
            )
    return len(matched)


def _matches(home_id: int) -> list[DeliveryLine]:
    """Return the lines of delivery notes that answer one open item, and only one, with what that item asks."""
    lines = DeliveryLine.objects.filter(
        home_id=home_id, asked_by__isnull=True, delivery__closed_at__isnull=True, resident__isnull=False,
        medicine__isnull=False, delivery__origin=Delivery.Origin.PHARMACY,
    )  # fmt: skip
    if not lines:
        return []
    open_items = [
        item
        for placed in orders.orders(home_id, is_open=True)
        for item in placed.required
        if item.standing.is_open and placed.sent is not None
    ]
    # dm+d may have replaced a code between the order and the note: it is the same medicine.
    products = products_of({each.medicine_id for each in lines} | {each.line.medicine_id for each in open_items})
    waiting: dict[tuple[int, str], list[Item]] = defaultdict(list)
    for item in open_items:
        medicine_id = item.line.medicine_id
        waiting[item.line.resident_id, products.get(medicine_id, medicine_id)].append(item)
    matched = []
    for line in lines:
        items = waiting.get((line.resident_id, products.get(line.medicine_id, line.medicine_id)), [])
        if len(items) == 1 and line.unit in ("", items[0].line.unit):
            line.asked_by, line.asked = items[0].line.pk, items[0].line.quantity
            matched.append(line)
    return matched


def _sent(home_id: int, order_id: UUID) -> PlacedOrder:
    placed = orders.order(home_id, order_id)
    if placed is None:
        raise Order.DoesNotExist
    if placed.sent is None:
        raise NotSent("this order has not been sent yet")
    return placed


def _packs_missing(item: Item) -> int:
    """Return how many packs still have to come, as far as packs were ordered."""
    packs = item.line.packs
    if len(packs) == 1:
        holds = Decimal(packs[0]["holds"])
        return max(1, -int(-item.standing.missing // holds))
    whole = item.standing.missing == item.line.quantity
    return sum(each["count"] for each in packs) or 1 if whole else 1


def _settle_and_ask(home_id: int, order_id: UUID, at: datetime, by: int) -> PlacedOrder:
    """Close what is settled by what was just written, and ask for what has to be chased."""
    placed = orders.order(home_id, order_id)
    if placed is None:
        raise Order.DoesNotExist
    settle(home_id=home_id, placed=[placed], by=by, at=at)
    tasks.raise_tasks(home_id=home_id, causes=chase_causes(placed=placed, today=local_day(at), at=at), at=at, by=None)
    return placed
