"""Taking back what stopped from an order that was sent, the day it stops and before it is dispensed.

What is dispensed for somebody who does not need it any more is thrown away. Where the pharmacy has an e-mail address it
is told by itself, in an e-mail kept as evidence and sent from the same outbox as orders; where it has none, or its mail
server refuses, a person has to telephone. Nothing is taken back that only pauses: a suspended medicine, or that of
somebody in hospital. What comes all the same is booked in against the current MAR, and goes back.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from emar.operations import audit
from ordering import mail
from ordering.models import OrderEvent, OrderLine
from ordering.operations.reminders import settle
from ordering.operations.sending import keep, tell_by_hand
from ordering.queries import in_use, orders, papers
from ordering.queries.orders import Item, PlacedOrder
from ordering.rules.following import is_cancellable
from ordering.rules.order_paper import order_csv
from stock.operations.ledger import lock_home


def cancel_stopped(*, home_id: int, at: datetime) -> int:
    """Take back every item on its way that nobody will use any more; return how many those are.

    Once for each item, however often it runs. A home in which nothing stopped is neither locked nor written to.
    """
    if not _stopped(home_id, at):
        return 0
    with transaction.atomic():
        lock_home(home_id)
        found = _stopped(home_id, at)
        for placed, items in found:
            _cancel(home_id, placed, [item.line for item in items], at)
        settle(home_id=home_id, placed=orders.orders(home_id, is_open=True), by=None, at=at)
    return sum(len(items) for _, items in found)


def _stopped(home_id: int, at: datetime) -> list[tuple[PlacedOrder, list[Item]]]:
    sent = [each for each in orders.orders(home_id, is_open=True) if each.sent is not None]
    open_items = {item.line.pk: item for each in sent for item in each.required if is_cancellable(item.standing)}
    over = {line.pk for line in in_use.over(home_id, [item.line for item in open_items.values()], at)}
    found = [(each, [item for item in each.required if item.line.pk in over]) for each in sent]
    return [(placed, items) for placed, items in found if items]


def _cancel(home_id: int, placed: PlacedOrder, lines: Sequence[OrderLine], at: datetime) -> None:
    OrderEvent.objects.bulk_create(
        OrderEvent(
            # An item stops once: whoever looks twice at the same moment writes it once.
            id=uuid5(line.pk, f"{OrderEvent.Kind.STOPPED.value} {at.isoformat()}"), home_id=home_id,
            order_id=line.order_id, line=line, kind=OrderEvent.Kind.STOPPED,
            happened_at=at,
        )
        for line in lines
    )  # fmt: skip
    audit.note(
        action="order_items_stopped", by=None, at=at, home_id=home_id, about=placed.order,
        changes={"items": len(lines)},
    )  # fmt: skip
    by_place: dict[tuple[str, str], list[OrderLine]] = defaultdict(list)
    for line in lines:
        # The prescription is at the pharmacy, or on its way there: who dispenses is told.
        place = line.pharmacy or placed.order.gp_practice
        by_place[(place.name, place.email.strip()) if place else ("the surgery", "")].append(line)
    for (name, address), those in by_place.items():
        if address and mail.is_set_up():
            _mail(home_id, placed, those, name, address, at)
        else:
            why = f"{name} has no e-mail address." if mail.is_set_up() else "No mail server is set up."
            tell_by_hand(lines=those, why=why, at=at)


def _mail(home_id: int, placed: PlacedOrder, lines: Sequence[OrderLine], name: str, address: str, at: datetime) -> None:
    paper = papers.paper(home_id, placed)
    if paper is None:
        return
    ids: list[UUID] = [line.pk for line in lines]
    places = [place for place, item in enumerate(placed.required, start=1) if item.line.pk in ids]
    taken_back = [replace(each, note="NOT NEEDED ANY MORE: do not dispense") for each in paper.lines]
    csv = order_csv(replace(paper, lines=taken_back), only=places)
    key = f"{ids[0]}-{at:%Y%m%d%H%M%S}"
    letter = mail.cancellation(key=key, paper=paper, places=places, to=name, recipient=address, csv=csv, at=at)
    keep(home_id=home_id, order_id=placed.order.pk, letter=letter, line_ids=ids, by=None, at=at)
