"""What a movement does to a line's balance, and how movements are sealed into a chain."""

import hashlib
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID, uuid5

HOME = "home"
START_OF_CHAIN = "0" * 64
#: Quantities are kept to four decimals, as the database does: a quarter tablet, 0.0125 ml.
FOURTH_DECIMAL = Decimal("0.0001")
#: Where PostgreSQL counts the microseconds of an instant from.
_2000 = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
#: Eight whole numbers of eight bytes, the highest first.
_NUMBERS = struct.Struct(">8q")


@dataclass(frozen=True, slots=True)
class Movement:
    """A quantity on its way from one place to another, before it has its place in line and chain.

    `record_id` is the administration that used it; only those movements have one.
    """

    id: str
    line_id: int
    quantity: Decimal
    source: str
    destination: str
    reason: str
    moved_at: datetime
    moved_by_id: int | None
    witness_id: int | None = None
    pack_id: str | None = None
    record_id: str | None = None


def kept(quantity: Decimal) -> Decimal:
    """Return a quantity as the database keeps it: four decimals, halves away from zero."""
    return quantity.quantize(FOURTH_DECIMAL, ROUND_HALF_UP)


def given_back_id(movement_id: UUID) -> UUID:
    """Return the id of the movement that undoes this one: it says what it undoes, and can be written once."""
    return uuid5(movement_id, "given back")


def change(source: str, destination: str, quantity: Decimal) -> Decimal:
    """Return what a movement adds to what the home holds: more, less, or nothing at all."""
    if destination == HOME:
        return quantity
    return -quantity if source == HOME else Decimal(0)


def seal(previous_hash: str, movement: Movement, line_sequence: int, balance: Decimal, received_at: datetime) -> str:
    """Return the SHA-256 that seals this movement and all before it, in hex.

    Every field that says what happened goes in, each in a fixed place and as PostgreSQL's own binary spelling, which
    no clock, zone or date style of a server changes, and which it writes in a third of the time of words; nothing is
    zeros. So one changed byte anywhere breaks the chain from there on. (trust.md, ledger invariant 9)
    """
    numbers = _NUMBERS.pack(
        movement.line_id,
        line_sequence,
        _ten_thousandths(movement.quantity),
        _ten_thousandths(balance),
        (movement.moved_at - _2000) // _MICROSECOND,
        (received_at - _2000) // _MICROSECOND,
        movement.moved_by_id or 0,
        movement.witness_id or 0,
    )
    ids = b"".join(_id(each) for each in (movement.id, movement.pack_id, movement.record_id))
    words = "\x1f".join((movement.source, movement.destination, movement.reason))
    return hashlib.sha256(previous_hash.encode() + numbers + ids + words.encode()).hexdigest()


def _ten_thousandths(quantity: Decimal) -> int:
    return int(kept(quantity).scaleb(4))


def _id(text: str | None) -> bytes:
    return UUID(text).bytes if text else bytes(16)
