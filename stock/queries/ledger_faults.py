"""Where a home's ledger does not say what it must: a gap, a wrong balance, a broken seal, a silent shortage.

PostgreSQL recomputes everything from the movements themselves and tells only what is wrong, so that five
million movements take seconds and no memory. Whether each movement of a dose has its record is asked one floor
up, in emar.queries.record_faults.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from stock.models import Place
from stock.rules.balance import HOME, START_OF_CHAIN


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: of which kind, in which row, and what was found there."""

    kind: str
    row: str
    words: str


# The spelling is that of stock.rules.balance.seal, and a test holds the two together. The hash before is
# the one in the row before, so one changed byte is found in its own row and in no other.
BROKEN_CHAIN = """
    SELECT * FROM (
    SELECT id::text, chain_sequence, coalesce(lag(chain_sequence) OVER chain, 0),
           chain_hash = encode(sha256(convert_to(concat_ws(E'\\x1f',
               coalesce(lag(chain_hash) OVER chain, %(start)s), id::text, line_id::text, line_sequence::text,
               coalesce(pack_id::text, ''), quantity::text, source, destination, reason,
               coalesce(record_id::text, ''), balance::text,
               to_char(moved_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00',
               to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00',
               coalesce(moved_by_id::text, ''), coalesce(witness_id::text, '')), 'UTF8')), 'hex')
      FROM stock_stockmovement WHERE home_id = %(home)s
    WINDOW chain AS (ORDER BY chain_sequence)
    ) AS link (id, sequence, before, is_sealed)
     WHERE sequence <> before + 1 OR NOT is_sealed
"""
BROKEN_LINES = """
    SELECT * FROM (
        SELECT id::text, line_id, line_sequence, coalesce(lag(line_sequence) OVER line, 0), balance,
               coalesce(lag(balance) OVER line, 0)
                 + CASE WHEN destination = %(place)s THEN quantity WHEN source = %(place)s THEN -quantity ELSE 0 END
          FROM stock_stockmovement WHERE home_id = %(home)s
        WINDOW line AS (PARTITION BY line_id ORDER BY line_sequence)
    ) AS step (id, line_id, sequence, before, balance, expected)
     WHERE sequence <> before + 1 OR balance <> expected
"""
WRONG_PLACES = """
    SELECT id::text, source, destination, quantity FROM stock_stockmovement
     WHERE home_id = %(home)s
       AND (NOT source = ANY (%(places)s) OR NOT destination = ANY (%(places)s)
            OR source = destination OR quantity <= 0)
"""
HEAD = """
    SELECT coalesce(head.sequence, 0), coalesce(head.hash, %(start)s),
           coalesce(last.chain_sequence, 0), coalesce(last.chain_hash, %(start)s)
      FROM (SELECT 1) AS one
      LEFT JOIN stock_ledgerhead AS head ON head.home_id = %(home)s
      LEFT JOIN (SELECT chain_sequence, chain_hash FROM stock_stockmovement
                  WHERE home_id = %(home)s ORDER BY chain_sequence DESC LIMIT 1) AS last ON true
"""
SILENT_SHORTAGES = """
    SELECT step.id::text, step.line_id, step.balance
      FROM (SELECT id, line_id, balance, received_at, coalesce(lag(balance) OVER line, 0) AS before
              FROM stock_stockmovement WHERE home_id = %(home)s
            WINDOW line AS (PARTITION BY line_id ORDER BY line_sequence)) AS step
     WHERE step.balance < 0 AND step.before >= 0
       AND NOT EXISTS (SELECT FROM stock_discrepancy AS told
                        WHERE told.home_id = %(home)s AND told.line_id = step.line_id AND told.kind = 'below_zero'
                          AND told.opened_at <= step.received_at
                          AND (told.closed_at IS NULL OR told.closed_at >= step.received_at))
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
    yield from _chain(home_id)
    yield from _lines(home_id)
    for pk, source, destination, quantity in _rows(WRONG_PLACES, home_id):
        yield Fault("place", pk, f"{quantity} from {source!r} to {destination!r} is no movement")
    for pk, line_id, balance in _rows(SILENT_SHORTAGES, home_id):
        yield Fault("shortage", pk, f"line {line_id} went to {balance} and no discrepancy was opened")
    yield from _counts(home_id)


def movement_count(home_id: int) -> int:
    """Return how many movements the home's ledger has."""
    ((found,),) = _rows("SELECT count(*) FROM stock_stockmovement WHERE home_id = %(home)s", home_id)
    return int(found)


def _chain(home_id: int) -> Iterator[Fault]:
    for pk, sequence, before, is_sealed in _rows(BROKEN_CHAIN, home_id):
        if sequence != before + 1:
            yield Fault("chain", pk, f"number {sequence} follows number {before}: what was between is missing")
        if not is_sealed:
            yield Fault("seal", pk, f"number {sequence} is not what was sealed, or not after what came before it")
    for sequence, sealed, last, last_sealed in _rows(HEAD, home_id):
        if (sequence, sealed) != (last, last_sealed):
            yield Fault("head", str(home_id), f"the head stands at number {sequence}, the last movement is {last}")


def _lines(home_id: int) -> Iterator[Fault]:
    for pk, line_id, sequence, before, balance, expected in _rows(BROKEN_LINES, home_id):
        if sequence != before + 1:
            yield Fault("sequence", pk, f"line {line_id}: movement {sequence} follows movement {before}")
        if balance != expected:
            yield Fault("balance", pk, f"line {line_id}: the balance is {balance} and should be {expected}")


def _counts(home_id: int) -> Iterator[Fault]:
    for pk, line_id, counted, book, balance, is_told in _rows(WRONG_COUNTS, home_id):
        if book != balance:
            yield Fault("count", pk, f"line {line_id}: counted against {book} when the book said {balance}")
        if counted != book and not is_told:
            yield Fault("count", pk, f"line {line_id}: {counted} counted, {book} in the book, and no discrepancy")


def _rows(sql: str, home_id: int) -> Iterator[tuple[object, ...]]:
    names = {"home": home_id, "start": START_OF_CHAIN, "place": HOME, "places": Place.values}
    # A cursor on the server: a ledger with millions of faults is told line by line as well.
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, names)
        yield from cursor
