"""What a movement does to a line's balance, and how movements are sealed into a chain."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID, uuid5

HOME = "home"
START_OF_CHAIN = "0" * 64
#: Quantities are kept to four decimals, as the database does: a quarter tablet, 0.0125 ml.
FOURTH_DECIMAL = Decimal("0.0001")
_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


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

    Every field that says what happened goes in, in one fixed spelling, so that one changed byte anywhere
    breaks the chain from there on. (trust.md, ledger invariant 9)
    """
    words = (
        previous_hash,
        movement.id,
        str(movement.line_id),
        str(line_sequence),
        movement.pack_id or "",
        spelled(movement.quantity),
        movement.source,
        movement.destination,
        movement.reason,
        movement.record_id or "",
        spelled(balance),
        _instant(movement.moved_at),
        _instant(received_at),
        str(movement.moved_by_id or ""),
        str(movement.witness_id or ""),
    )
    return hashlib.sha256("\x1f".join(words).encode()).hexdigest()


def spelled(quantity: Decimal) -> str:
    """Return the one spelling of a quantity that seals use: always four decimals."""
    return str(kept(quantity) + 0)  # minus nothing is nothing


def _instant(moment: datetime) -> str:
    # Seconds since 1970: the one spelling of an instant that no clock, zone or date style of a server changes, and
    # that PostgreSQL writes in a third of the time that a calendar's takes it.
    since = (moment - _1970) // _MICROSECOND
    seconds, rest = divmod(abs(since), 1_000_000)
    return f"{'-' if since < 0 else ''}{seconds}.{rest:06}"
