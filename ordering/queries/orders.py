"""What has a home ordered, of whom, how far is each item, and what is still on its way?"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from django.db.models import QuerySet, Sum

from emar.models import Resident
from emar.queries.medicines import products_of
from emar.rules.wall_clock import local_day
from ordering.models import BookedPack, DeliveryLine, Order, OrderEvent, OrderLine, OrderMessage, SendAttempt
from ordering.rules.following import Happened, Progress, Standing, progress, standing
from ordering.rules.suggestion import Coming, LineKey

SENT_KINDS = (OrderEvent.Kind.SENT, OrderEvent.Kind.SENT_BY_HAND)
#: Where an order is on its way, in the words of the screen.
STATES = {
    "draft": "To review",
    "reviewed": "Waiting to be approved",
    "approved": "Approved, not sent yet",
    "not_sent": "Could not be sent",
    "nothing": "Nothing was needed",
    "sent": "Sent",
    "done": "Everything has come",
    "withdrawn": "Withdrawn",
}
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of an order, with what became of it."""

    line: OrderLine
    standing: Standing
    events: Sequence[OrderEvent]

    @property
    def is_answered(self) -> bool:
        """Whether somebody said that it is required, or that it is not."""
        return self.line.is_required is not None

    @property
    def is_changed(self) -> bool:
        """Whether the answer is not the suggestion."""
        return self.is_answered and self.line.quantity != self.line.suggested

    @property
    def chases(self) -> list[OrderEvent]:
        """Who was asked after it, the first first."""
        return [each for each in self.events if each.kind == OrderEvent.Kind.CHASED]


@dataclass(frozen=True)
class PlacedOrder:
    """One order with its items in the order of the proxy screen, and everything that happened to it."""

    order: Order
    items: Sequence[Item]
    events: Sequence[OrderEvent]
    message: OrderMessage | None
    cancellations: Sequence[OrderMessage] = ()

    @property
    def required(self) -> list[Item]:
        """The items that are asked for."""
        return [each for each in self.items if each.line.is_required]

    @property
    def unanswered(self) -> list[Item]:
        """The items that nobody has answered."""
        return [each for each in self.items if not each.is_answered]

    @cached_property
    def progress(self) -> Progress:
        """How many of the items asked for stand where."""
        return progress([each.standing for each in self.required])

    @property
    def sent(self) -> OrderEvent | None:
        """When and how it was first sent."""
        return next((each for each in self.events if each.kind in SENT_KINDS), None)

    @property
    def state(self) -> str:
        """Where it is on its way: a key of STATES."""
        order = self.order
        if order.withdrawn_at is not None:
            return "withdrawn"
        if order.approved_at is None:
            return "draft" if order.reviewed_at is None else "reviewed"
        if not self.required:
            return "nothing"
        if self.sent is None:
            has_failed = any(each.kind == OrderEvent.Kind.NOT_SENT for each in self.events)
            return "not_sent" if has_failed else "approved"
        return "done" if self.progress.is_done else "sent"

    @property
    def state_words(self) -> str:
        """Where it is on its way, in words."""
        return STATES[self.state]

    @property
    def residents(self) -> list[tuple[Resident, list[Item]]]:
        """The items by resident, in the order of the proxy screen."""
        found: dict[int, list[Item]] = defaultdict(list)
        for each in self.items:
            found[each.line.resident_id].append(each)
        return [(items[0].line.resident, items) for items in found.values()]


def recipient(order: Order) -> object | None:
    """Return the surgery or pharmacy that an order goes to; None where the residents' is not known."""
    return order.gp_practice or order.pharmacy


def orders(home_id: int, *, since: date | None = None, is_open: bool | None = None) -> list[PlacedOrder]:
    """Return the orders of a home with their items, the newest first. Seven statements."""
    found = _orders(home_id)
    if since is not None:
        found = found.filter(cover_until_on__gt=since)
    placed = _placed(home_id, list(found.order_by("-number")))
    if is_open is None:
        return placed
    return [each for each in placed if (each.state not in ("done", "nothing", "withdrawn")) == is_open]


def order(home_id: int, order_id: UUID | str) -> PlacedOrder | None:
    """Return one order of a home with its items, or None. Seven statements."""
    found = _placed(home_id, list(_orders(home_id).filter(pk=order_id)))
    return found[0] if found else None


def order_ids_of_cycle(home_id: int, change_over_on: date) -> list[UUID]:
    """Return the monthly orders of one cycle that were not withdrawn."""
    found = Order.objects.filter(
        home_id=home_id, cycle__change_over_on=change_over_on, kind=Order.Kind.CYCLE, withdrawn_at__isnull=True
    )
    return list(found.values_list("pk", flat=True))


def line(home_id: int, line_id: UUID | str) -> OrderLine | None:
    """Return one line of a home's orders, or None."""
    return next(iter(lines(home_id, [line_id])), None)


def lines(home_id: int, line_ids: Collection[UUID | str]) -> list[OrderLine]:
    """Return some lines of a home's orders."""
    found = OrderLine.objects.filter(home_id=home_id, pk__in=line_ids)
    return list(found.select_related("order", "resident", "medicine", "pharmacy").order_by("order", "position"))


def _orders(home_id: int) -> QuerySet[Order]:
    people = ("drafted_by", "reviewed_by", "approved_by", "withdrawn_by")
    return Order.objects.filter(home_id=home_id).select_related("cycle", "gp_practice", "pharmacy", *people)


def _placed(home_id: int, found: Sequence[Order]) -> list[PlacedOrder]:
    if not found:
        return []
    ids = [each.pk for each in found]
    events: dict[UUID, list[OrderEvent]] = defaultdict(list)
    happened = OrderEvent.objects.filter(home_id=home_id, order_id__in=ids).order_by("happened_at", "id")
    for event in happened.select_related("medicine").prefetch_related("happened_by"):
        events[event.order_id].append(event)
    lines: dict[UUID, list[OrderLine]] = defaultdict(list)
    rows = OrderLine.objects.filter(home_id=home_id, order_id__in=ids).order_by("position", "id")
    for row in rows.select_related("medicine", "resident", "pharmacy", "answered_by"):
        lines[row.order_id].append(row)
    line_ids = [row.pk for rows in lines.values() for row in rows]
    come, said = received(home_id, line_ids), _said_at_the_door(home_id, line_ids)
    mailed: dict[UUID, list[OrderMessage]] = defaultdict(list)
    for message in OrderMessage.objects.filter(home_id=home_id, order_id__in=ids).defer("mime").order_by("written_at"):
        mailed[message.order_id].append(message)
    is_order = OrderMessage.Kind.ORDER
    return [
        PlacedOrder(
            order=each,
            items=items_of(lines[each.pk], events[each.pk], come, said),
            events=events[each.pk],
            message=next((one for one in mailed[each.pk] if one.kind == is_order), None),
            cancellations=[one for one in mailed[each.pk] if one.kind != is_order],
        )
        for each in found
    ]


def items_of(
    lines: Iterable[OrderLine],
    events: Iterable[OrderEvent],
    come: Mapping[UUID, Decimal],
    said: Mapping[UUID, Sequence[Happened]],
) -> list[Item]:
    """Put together the lines of an order and what became of each."""
    of_line: dict[UUID | None, list[OrderEvent]] = defaultdict(list)
    for event in events:
        of_line[event.line_id].append(event)
    found = []
    for row in lines:
        mine = of_line[row.pk]
        ordered = row.quantity if row.is_required else NOTHING
        happened = [*(happened_of(each) for each in mine), *said.get(row.pk, ())]
        found.append(Item(row, standing(ordered, happened, come.get(row.pk, NOTHING)), mine))
    return found


def happened_of(event: OrderEvent) -> Happened:
    """Return an event as the rules read it."""
    substitute = event.medicine.name if event.medicine else ""
    return Happened(event.kind, event.happened_at, event.quantity, event.promised_on, substitute, event.words)


#: What closing a delivery says of what did not come, as a kind of OrderEvent.
AT_THE_DOOR = {
    DeliveryLine.Outcome.OWING: OrderEvent.Kind.OWING,
    DeliveryLine.Outcome.NOT_SUPPLIED: OrderEvent.Kind.WILL_NOT_COME,
    DeliveryLine.Outcome.NOT_NEEDED: OrderEvent.Kind.WILL_NOT_COME,
}


def _said_at_the_door(home_id: int, line_ids: Collection[UUID]) -> dict[UUID, list[Happened]]:
    """Return what was said of ordered lines that a closed delivery did not bring in full."""
    found: dict[UUID, list[Happened]] = defaultdict(list)
    rows = DeliveryLine.objects.filter(
        home_id=home_id, asked_by__in=list(line_ids), delivery__closed_at__isnull=False
    ).exclude(outcome="")
    for asked_by, outcome, words, at in rows.values_list("asked_by", "outcome", "outcome_words", "delivery__closed_at"):
        found[asked_by].append(Happened(AT_THE_DOOR[outcome], at, words=words))
    return found


def received(home_id: int, line_ids: Collection[UUID]) -> dict[UUID, Decimal]:
    """Return how much of each ordered line has been booked in and not undone, in the line's unit."""
    booked = BookedPack.objects.filter(home_id=home_id, line__asked_by__in=list(line_ids), undonebooking__isnull=True)
    sums = booked.values_list("line__asked_by").annotate(total=Sum("answers"))
    return {pk: total for pk, total in sums if pk is not None}


def coming(home_id: int, *, now: datetime, but_not: UUID | None = None) -> dict[LineKey, list[Coming]]:
    """Return what is ordered and not here yet, by stock line, with the day from which it can be counted on.

    `but_not` leaves one order out: the one that is being drafted again.
    """
    found: dict[LineKey, list[Coming]] = defaultdict(list)
    today = local_day(now)
    for placed in orders(home_id, is_open=True):
        if placed.order.pk == but_not:
            continue
        for each in placed.required:
            missing = each.standing.missing
            # A prescription that was refused brings nothing, however long it stays on the list.
            if missing and each.standing.step != "not_issued":
                day = max(each.standing.promised_on or placed.order.arrives_on, today)
                found[key_of(each.line)].append(Coming(missing, day))
    return found


def key_of(row: OrderLine) -> LineKey:
    """Return which stock line an order line is for."""
    return LineKey(row.resident_id, row.medicine_id, row.unit)


def keys_of(rows: Collection[OrderLine]) -> dict[UUID, LineKey]:
    """Return which stock line each order line is for, by the code that its medicine has today. One statement."""
    named = products_of({row.medicine_id for row in rows})
    return {
        row.pk: LineKey(row.resident_id, named.get(row.medicine_id, row.medicine_id), row.unit) for row in rows
    }  # fmt: skip


def open_count(home_id: int) -> int:
    """Return how many orders wait for a person: to be reviewed or approved."""
    return Order.objects.filter(home_id=home_id, approved_at__isnull=True, withdrawn_at__isnull=True).count()


def expected_items(home_id: int, pharmacy_id: int | None) -> list[tuple[PlacedOrder, Item]]:
    """Return what a pharmacy still has to bring and no open delivery waits for, the oldest order first."""
    found = [
        (placed, item)
        for placed in reversed(orders(home_id, is_open=True))
        if placed.sent is not None
        for item in placed.required
        if item.standing.is_open and item.line.pharmacy_id == pharmacy_id
    ]
    open_lines = DeliveryLine.objects.filter(
        home_id=home_id, delivery__closed_at__isnull=True, asked_by__in=[item.line.pk for _, item in found]
    )
    waited_for = set(open_lines.values_list("asked_by", flat=True))
    return [(placed, item) for placed, item in found if item.line.pk not in waited_for]


def message_of(home_id: int, order_id: UUID, message_id: UUID | None = None) -> OrderMessage | None:
    """Return the e-mail of an order exactly as it went out, or another e-mail about it; None where there is none."""
    found = OrderMessage.objects.filter(home_id=home_id, order_id=order_id)
    wanted = {"kind": OrderMessage.Kind.ORDER} if message_id is None else {"pk": message_id}
    return found.filter(**wanted).first()


def attempts(home_id: int, order_id: UUID) -> list[SendAttempt]:
    """Return the steps of sending an order's e-mail, the first first."""
    return list(SendAttempt.objects.filter(home_id=home_id, message__order_id=order_id).order_by("tried_at", "id"))
