"""Every write to the ledger.

The locking rule, in one place: whoever writes anything of a home's record or ledger takes that home's
ledger head first (`lock_home`) and holds it until commit. One lock a home means no order of locks to get
wrong, a balance that each writer sees as the last one left it, and a chain without forks. A home has a
handful of devices, so the queue is short; homes never wait for each other.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from uuid_utils.compat import uuid7

from stock.models import Discrepancy, LedgerHead, Place, StockCount, StockLine, StockMovement, StockPack
from stock.rules.balance import START_OF_CHAIN, Movement, change, kept, seal
from stock.statements import Statement, Writing

BELOW_ZERO, COUNT_DIFFERS = "below_zero", "count_differs"

LOCK_HOME = Statement(
    "lock_home",
    ("bigint", "text"),
    """
    INSERT INTO stock_ledgerhead AS head (home_id, sequence, hash, version) VALUES ($1, 0, $2, 1)
    ON CONFLICT (home_id) DO UPDATE SET version = head.version + 1
    RETURNING sequence, hash, version
    """,
)
MOVE_HEAD = Statement(
    "move_head",
    ("bigint", "bigint", "text"),
    "UPDATE stock_ledgerhead SET sequence = $2, hash = $3 WHERE home_id = $1",
)
LINES_OF_HOME = Statement(
    "lines_of_home",
    ("bigint", "text[]", "bigint[]", "boolean"),
    """
    SELECT resident_id, medicine_id, unit, id FROM stock_stockline
     WHERE home_id = $1 AND medicine_id = ANY ($2)
       AND (resident_id = ANY ($3) OR ($4 AND resident_id IS NULL))
    """,
)
ENDS_OF_LINES = Statement(
    "ends_of_lines",
    ("bigint[]",),
    """
    SELECT wanted.id, coalesce(last.line_sequence, 0), coalesce(last.balance, 0)
      FROM unnest($1) AS wanted (id)
      LEFT JOIN LATERAL (
           SELECT line_sequence, balance FROM stock_stockmovement
            WHERE line_id = wanted.id ORDER BY line_sequence DESC LIMIT 1) AS last ON true
    """,
)


class QuantityNotPositive(ValueError):
    """A movement of nothing, or of less than nothing."""


@dataclass(frozen=True, slots=True)
class LineKey:
    """Which stock line: one resident's (or, without one, the home's) medicine in one unit of count."""

    resident_id: int | None
    medicine_id: str
    unit: str


@dataclass(frozen=True, slots=True)
class Written:
    """What a movement left behind: the line's balance, and whether it went or stayed below zero."""

    movement_id: str
    line_id: int
    balance: Decimal

    @property
    def is_below_zero(self) -> bool:
        """Whether the book now says the home holds less than nothing."""
        return self.balance < 0


def lock_home(home_id: int) -> LedgerHead:
    """Wait until no other writer of this home is at work, and keep the others waiting until commit.

    Also counts the write, so that devices know their snapshot is old. Must run in a transaction. Makes the
    home's ledger head on first use.
    """
    ((sequence, chain_hash, version),) = LOCK_HOME.ask(home_id, START_OF_CHAIN)
    return LedgerHead(home_id=home_id, sequence=sequence, hash=chain_hash, version=version)


#: Asked of medicines by their codes: every code under which the same product is or was known.
CodesOf = Callable[[Collection[str]], Mapping[str, Collection[str]]]


def line_ids(*, home_id: int, keys: Iterable[LineKey], codes_of: CodesOf | None = None) -> dict[LineKey, int]:
    """Return the line of each key, opening those that do not exist yet. The home must be locked.

    Before a line is opened, `codes_of` is asked for the medicine's other codes: a product whose code was changed stays
    on the line it has. (The record knows codes; the ledger only where they lead.)
    """
    wanted = set(keys)
    if not wanted:
        return {}
    medicine_ids, resident_ids = {key.medicine_id for key in wanted}, {key.resident_id for key in wanted}
    rows = LINES_OF_HOME.ask(home_id, list(medicine_ids), list(resident_ids - {None}), None in resident_ids)
    found = {LineKey(resident_id, medicine_id, unit): pk for resident_id, medicine_id, unit, pk in rows}
    if codes_of is not None and found.keys() < wanted:
        found |= _under_other_codes(home_id, wanted - found.keys(), codes_of)
    for key in sorted(wanted - found.keys(), key=str):
        line = StockLine.objects.create(
            home_id=home_id, resident_id=key.resident_id, medicine_id=key.medicine_id, unit=key.unit
        )
        found[key] = line.pk
    return found


def _under_other_codes(home_id: int, missing: Collection[LineKey], codes_of: CodesOf) -> dict[LineKey, int]:
    """Return the lines that stand under another code of the same product; of several, the one opened first."""
    codes = codes_of({key.medicine_id for key in missing})
    residents = {key.resident_id for key in missing}
    every = sorted({code for known in codes.values() for code in known})
    rows = LINES_OF_HOME.ask(home_id, every, list(residents - {None}), None in residents)
    found: dict[LineKey, int] = {}
    for key in missing:
        same = [
            pk
            for resident_id, medicine_id, unit, pk in rows
            if (resident_id, unit) == (key.resident_id, key.unit) and medicine_id in codes.get(key.medicine_id, ())
        ]
        if same:
            found[key] = min(same)
    return found


def write_movements(
    *,
    home_id: int,
    movements: Sequence[Movement],
    at: datetime,
    head: LedgerHead | None = None,
    writing: Writing | None = None,
) -> list[Written]:
    """Append movements to the ledger in the order given, each with its balance and its seal.

    `at` is when the server took them. A balance below zero is never refused: it opens a discrepancy in the
    same transaction, unless one is open for that line (trust.md, ledger invariant 4). `head` is given by a
    caller that holds the home's lock already; such a caller may also give `writing`, into which the rows are
    put for it to run. Raises QuantityNotPositive.
    """
    if not movements:
        return []
    if any(kept(movement.quantity) <= 0 for movement in movements):
        raise QuantityNotPositive("a movement needs a quantity above zero")
    if head is None:
        with transaction.atomic():
            return write_movements(home_id=home_id, movements=movements, at=at, head=lock_home(home_id))
    mine = writing or Writing()
    written = _write(home_id, movements, at, head, mine)
    below = [each for each in zip(movements, written, strict=True) if each[1].is_below_zero]
    if writing is None or below:
        mine.run()
    _open_below_zero(home_id, below, at)
    return written


def _write(
    home_id: int, movements: Sequence[Movement], at: datetime, head: LedgerHead, writing: Writing
) -> list[Written]:
    lines = _ends_of_lines({movement.line_id for movement in movements})
    written, rows = [], []
    for movement in movements:
        # The database rounds to the fourth decimal; the seal must be over what it will keep.
        movement = replace(movement, quantity=kept(movement.quantity))
        sequence, balance = lines[movement.line_id]
        sequence += 1
        balance += change(movement.source, movement.destination, movement.quantity)
        lines[movement.line_id] = sequence, balance
        head.sequence += 1
        head.hash = seal(head.hash, movement, sequence, balance, at)
        rows.append(_row(home_id, movement, sequence, balance, head, at))
        written.append(Written(movement.id, movement.line_id, balance))
    writing.insert_rows(StockMovement, rows)
    writing.add(MOVE_HEAD, home_id, head.sequence, head.hash)
    return written


def _ends_of_lines(ids: Iterable[int]) -> dict[int, tuple[int, Decimal]]:
    """Return each line's last sequence and balance: (0, 0) for a line on which nothing has moved."""
    return {pk: (sequence, balance) for pk, sequence, balance in ENDS_OF_LINES.ask(list(ids))}


def _row(
    home_id: int, movement: Movement, sequence: int, balance: Decimal, head: LedgerHead, at: datetime
) -> dict[str, object]:
    return {
        "id": movement.id,
        "home_id": home_id,
        "line_id": movement.line_id,
        "line_sequence": sequence,
        "pack_id": movement.pack_id,
        "quantity": movement.quantity,
        "source": movement.source,
        "destination": movement.destination,
        "reason": movement.reason,
        "record_id": movement.record_id,
        "balance": balance,
        "moved_at": movement.moved_at,
        "moved_by_id": movement.moved_by_id,
        "witness_id": movement.witness_id,
        "received_at": at,
        "chain_sequence": head.sequence,
        "chain_hash": head.hash,
    }


def _open_below_zero(home_id: int, moved: Sequence[tuple[Movement, Written]], at: datetime) -> None:
    if not moved:
        return
    below: dict[int, tuple[Movement, Written]] = {}
    for movement, result in moved:
        below.setdefault(result.line_id, (movement, result))
    already = set(
        Discrepancy.objects.filter(
            home_id=home_id, line_id__in=below, kind=BELOW_ZERO, closed_at__isnull=True
        ).values_list("line_id", flat=True)
    )
    Discrepancy.objects.bulk_create(
        Discrepancy(
            home_id=home_id,
            line_id=line_id,
            kind=BELOW_ZERO,
            movement_id=movement.id,
            expected=Decimal(0),
            found=result.balance,
            opened_at=at,
            opened_by_id=movement.moved_by_id,
        )
        for line_id, (movement, result) in below.items()
        if line_id not in already
    )


def book_in(*, pack: StockPack, quantity: Decimal, by: int, at: datetime, witness: int | None = None) -> Written:
    """Take a pack from a supplier into the home: the pack itself and its contents on the line.

    Raises QuantityNotPositive. (CQC: what comes in is recorded when it comes in)
    """
    with transaction.atomic():
        head = lock_home(pack.home_id)
        pack.booked_in_at, pack.booked_in_by_id = at, by
        pack.save(force_insert=True)
        movement = Movement(
            id=str(uuid7()),
            line_id=pack.line_id,
            quantity=quantity,
            source=Place.SUPPLIER,
            destination=Place.HOME,
            reason="booked_in",
            moved_at=at,
            moved_by_id=by,
            witness_id=witness,
            pack_id=str(pack.pk),
        )
        return write_movements(home_id=pack.home_id, movements=[movement], at=at, head=head)[0]


def count(
    *,
    count_id: UUID,
    line: StockLine,
    counted: Decimal,
    by: int,
    at: datetime,
    witness: int | None = None,
    session_id: UUID | None = None,
    recount_of_id: UUID | None = None,
) -> Discrepancy | None:
    """Record what somebody counted, and open a discrepancy when the book says otherwise.

    The count changes nothing in the book: an assertion, as in double-entry bookkeeping. `session_id` is the count it
    belongs to, `recount_of_id` the open discrepancy that it looks at again (stock.operations.counts). Returns the
    discrepancy, or None when the two agree. Raises QuantityNotPositive for less than nothing.
    """
    counted = kept(counted)
    if counted < 0:
        raise QuantityNotPositive("nobody can count less than nothing")
    with transaction.atomic():
        lock_home(line.home_id)
        sequence, book = _ends_of_lines([line.pk])[line.pk]
        taken = StockCount.objects.create(
            id=count_id,
            home_id=line.home_id,
            line=line,
            counted=counted,
            book=book,
            after_sequence=sequence,
            counted_at=at,
            counted_by_id=by,
            witness_id=witness,
            session_id=session_id,
            recount_of_id=recount_of_id,
        )
        if counted == book:
            return None
        return Discrepancy.objects.create(
            home_id=line.home_id,
            line=line,
            kind=COUNT_DIFFERS,
            count=taken,
            expected=book,
            found=counted,
            opened_at=at,
            opened_by_id=by,
        )
