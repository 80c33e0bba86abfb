"""How does stock leave the home with a resident, and what of it comes back?

What is away is still the resident's and still in the book, at another place. What they took meanwhile goes from there
to the resident, so the line's places add up, and the home's balance only ever says what stands in its cupboards.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from uuid_utils.compat import uuid7

from stock.models import Place
from stock.operations.ledger import QuantityNotPositive, Written, lock_home, write_movements
from stock.rules.balance import Movement

SENT, CAME_BACK, USED = "sent_on_leave", "back_from_leave", "used_on_leave"


class MoreThanWasSent(ValueError):
    """More came back than went out: something else was put with it, and has to be counted."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A quantity of one line, out of one pack where that is known."""

    line_id: int
    pack_id: str | None
    quantity: Decimal


def send_away(*, home_id: int, sent: Sent, by: int, at: datetime, witness: int | None = None) -> Written:
    """Let a quantity leave the home with its resident. Raises QuantityNotPositive."""
    with transaction.atomic():
        head = lock_home(home_id)
        out = _movement(sent, sent.quantity, Place.HOME, Place.AWAY, SENT, by, at, witness)
        return write_movements(home_id=home_id, movements=[out], at=at, head=head)[0]


def take_back(
    *, home_id: int, sent: Sent, returned: Decimal, by: int, at: datetime, witness: int | None = None
) -> list[Written]:
    """Take back what is left of what was sent; the rest was used while away.

    Raises QuantityNotPositive for less than nothing and MoreThanWasSent.
    """
    if returned < 0:
        raise QuantityNotPositive("nobody can bring back less than nothing")
    if returned > sent.quantity:
        raise MoreThanWasSent("more came back than went out")
    moves = []
    if returned:
        moves.append(_movement(sent, returned, Place.AWAY, Place.HOME, CAME_BACK, by, at, witness))
    if used := sent.quantity - returned:
        moves.append(_movement(sent, used, Place.AWAY, Place.RESIDENT, USED, by, at, witness))
    with transaction.atomic():
        head = lock_home(home_id)
        return write_movements(home_id=home_id, movements=moves, at=at, head=head)


def _movement(
    sent: Sent,
    quantity: Decimal,
    source: Place,
    destination: Place,
    reason: str,
    by: int,
    at: datetime,
    witness: int | None,
) -> Movement:
    return Movement(
        id=str(uuid7()),
        line_id=sent.line_id,
        quantity=quantity,
        source=source,
        destination=destination,
        reason=reason,
        moved_at=at,
        moved_by_id=by,
        witness_id=witness,
        pack_id=sent.pack_id,
    )
