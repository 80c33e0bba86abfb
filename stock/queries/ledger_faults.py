"""Where a home's ledger does not say what it must: a gap, a wrong balance, a broken seal, a silent shortage.

PostgreSQL recomputes everything from the movements themselves and tells only what is wrong, so that five
million movements take seconds and no memory. Whether each movement of a dose has its record is asked one floor
up, in emar.queries.record_faults.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from stock.models import Place
from stock.rules.balance import HOME, START_OF_CHAIN

PLACES = frozenset(Place.values)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: of which kind, in which row, and what was found there."""

    kind: str
    row: str
    words: str


# The seal of a movement in the spelling of stock.rules.balance.seal; a test holds the two together.
SEAL = r"""encode(sha256(convert_to(seal_before, 'UTF8')
    || int8send(line_id) || int8send(line_sequence)
    || int8send((quantity * 10000)::bigint) || int8send((balance * 10000)::bigint)
    || timestamptz_send(moved_at) || timestamptz_send(received_at)
    || int8send(coalesce(moved_by_id, 0)) || int8send(coalesce(witness_id, 0))
    || uuid_send(id) || coalesce(uuid_send(pack_id), decode(repeat('00', 16), 'hex'))
    || coalesce(uuid_send(record_id), decode(repeat('00', 16), 'hex'))
    || convert_to(source || E'\x1f' || destination || E'\x1f' || reason, 'UTF8')), 'hex')"""
# One pass over a home's movements finds what is wrong with each of them, because reading them costs most: the rows of
# all homes stand mixed on the disk, as they came in. The seal before is the one in the row before, so one changed byte
# is found in its own row and in no other. A shortage is told when its line goes below zero.
BROKEN_MOVEMENTS = f"""
    SELECT id::text, line_id, chain_sequence, chain_before, is_sealed, line_sequence, line_before, balance, expected,
           source, destination, quantity, balance < 0 AND before >= 0 AND NOT EXISTS (
               SELECT FROM stock_discrepancy AS told
                WHERE told.home_id = %(home)s AND told.line_id = step.line_id AND told.kind = 'below_zero'
                  AND told.opened_at <= step.received_at
                  AND (told.closed_at IS NULL OR told.closed_at >= step.received_at)) AS is_silent
      FROM (
        SELECT *, coalesce(lag(line_sequence) OVER line, 0) AS line_before,
               coalesce(lag(balance) OVER line, 0) AS before,
               coalesce(lag(balance) OVER line, 0) + CASE WHEN destination = %(here)s THEN quantity
                                                          WHEN source = %(here)s THEN -quantity ELSE 0 END AS expected
          FROM (
            SELECT id, line_id, line_sequence, source, destination, quantity, balance, received_at, chain_sequence,
                   chain_before, chain_hash = {SEAL} AS is_sealed
              FROM (
                SELECT *, coalesce(lag(chain_sequence) OVER chain, 0) AS chain_before,
                       coalesce(lag(chain_hash) OVER chain, %(start)s) AS seal_before
                  FROM stock_stockmovement WHERE home_id = %(home)s
                WINDOW chain AS (ORDER BY chain_sequence)
              ) AS chained
          ) AS link
        WINDOW line AS (PARTITION BY line_id ORDER BY line_sequence)
      ) AS step
     WHERE chain_sequence <> chain_before + 1 OR NOT is_sealed
        OR line_sequence <> line_before + 1 OR balance <> expected OR balance < 0 AND before >= 0
        OR NOT source = ANY (%(places)s) OR NOT destination = ANY (%(places)s)
        OR source = destination OR quantity <= 0
"""  # noqa: S608  the one part put in is ours
#: What PostgreSQL may use to sort a home's movements: a year of a large home fits, more is sorted on disk.
SORTING = "64MB"
HEAD = """
    SELECT coalesce(head.sequence, 0), coalesce(head.hash, %(start)s),
           coalesce(last.chain_sequence, 0), coalesce(last.chain_hash, %(start)s)
      FROM (SELECT 1) AS one
      LEFT JOIN stock_ledgerhead AS head ON head.home_id = %(home)s
      LEFT JOIN (SELECT chain_sequence, chain_hash FROM stock_stockmovement
                  WHERE home_id = %(home)s ORDER BY chain_sequence DESC LIMIT 1) AS last ON true
"""
WRONG_COUNTS = """
    SELECT taken.id::text, taken.line_id, taken.counted, taken.book, coalesce(last.balance, 0),
           EXISTS (SELECT FROM stock_discrepancy AS told WHERE told.count_id = taken.id AND told.home_id = %(home)s)
      FROM stock_stockcount AS taken
      LEFT JOIN stock_stockmovement AS last
             ON last.line_id = taken.line_id AND last.line_sequence = taken.after_sequence AND last.home_id = %(home)s
     WHERE taken.home_id = %(home)s
"""


def ledger_faults(home_id: int) -> Iterator[Fault]:
    """Give everything that is wrong with a home's ledger: nothing at all when it is whole.

    Invariants 2, 3, 4 and 9 of the ledger: sequences without gaps, balances that add up, movements from one
    known place to another, a discrepancy for every shortage and every count that differs, and the chain of
    seals up to its head. The home must be in scope.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('work_mem', %s, true)", [SORTING])
    for row in _rows(BROKEN_MOVEMENTS, home_id):
        yield from _wrong_with(_Step(*row))
    yield from _head(home_id)
    yield from _counts(home_id)


def movement_count(home_id: int) -> int:
    """Return how many movements the home's ledger has."""
    ((found,),) = _rows("SELECT count(*) FROM stock_stockmovement WHERE home_id = %(home)s", home_id)
    return int(found)


@dataclass(frozen=True, slots=True)
class _Step:
    """A movement with what stands before it in its chain and on its line, and what must follow from that."""

    pk: str
    line_id: int
    chain_sequence: int
    chain_before: int
    is_sealed: bool
    line_sequence: int
    line_before: int
    balance: Decimal
    expected: Decimal
    source: str
    destination: str
    quantity: Decimal
    is_silent: bool


def _wrong_with(step: _Step) -> Iterator[Fault]:
    pk, line = step.pk, f"line {step.line_id}"
    if (number := step.chain_sequence) != step.chain_before + 1:
        yield Fault("chain", pk, f"number {number} follows number {step.chain_before}: what was between is missing")
    if not step.is_sealed:
        yield Fault("seal", pk, f"number {number} is not what was sealed, or not after what came before it")
    if step.line_sequence != step.line_before + 1:
        yield Fault("sequence", pk, f"{line}: movement {step.line_sequence} follows movement {step.line_before}")
    if step.balance != step.expected:
        yield Fault("balance", pk, f"{line}: the balance is {step.balance} and should be {step.expected}")
    if not {step.source, step.destination} <= PLACES or step.source == step.destination or step.quantity <= 0:
        yield Fault("place", pk, f"{step.quantity} from {step.source!r} to {step.destination!r} is no movement")
    if step.is_silent:
        yield Fault("shortage", pk, f"{line} went to {step.balance} and no discrepancy was opened")


def _head(home_id: int) -> Iterator[Fault]:
    for sequence, sealed, last, last_sealed in _rows(HEAD, home_id):
        if (sequence, sealed) != (last, last_sealed):
            yield Fault("head", str(home_id), f"the head stands at number {sequence}, the last movement is {last}")


def _counts(home_id: int) -> Iterator[Fault]:
    for pk, line_id, counted, book, balance, is_told in _rows(WRONG_COUNTS, home_id):
        if book != balance:
            yield Fault("count", pk, f"line {line_id}: counted against {book} when the book said {balance}")
        if counted != book and not is_told:
            yield Fault("count", pk, f"line {line_id}: {counted} counted, {book} in the book, and no discrepancy")


def _rows(sql: str, home_id: int) -> Iterator[tuple[object, ...]]:
    names = {"home": home_id, "start": START_OF_CHAIN, "here": HOME, "places": list(PLACES)}
    # A cursor on the server: a ledger with millions of faults is told line by line as well.
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, names)
        yield from cursor
