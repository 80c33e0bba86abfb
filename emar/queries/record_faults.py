"""Where the record of doses and the ledger of stock do not say the same.

Every dose that used stock has exactly one movement with its id, and every such movement its dose. (ledger
invariant 1)
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from uuid import UUID

from django.db import connection

from emar.models import Correction
from emar.rules.outcomes import OUTCOMES
from stock.models import Place, StockMovement
from stock.queries.ledger_faults import Fault
from stock.rules.balance import given_back_id

REACHES_THE_PERSON = [word for word, outcome in OUTCOMES.items() if outcome.uses_stock]
IS_WASTED = [word for word, outcome in OUTCOMES.items() if outcome.wastes_stock]

CORRECTIONS_AT_ONCE = 1000

DIFFERENCES = """
    SELECT record.id::text, moved.id::text, moved.record_id::text, record.outcome, record.amount, moved.quantity,
           moved.destination, expected.destination
      FROM (SELECT * FROM emar_administration WHERE home_id = %(home)s) AS record
      FULL JOIN (SELECT * FROM stock_stockmovement WHERE home_id = %(home)s AND record_id IS NOT NULL) AS moved
             ON moved.record_id = record.id
      LEFT JOIN LATERAL (
           SELECT CASE WHEN record.amount > 0 AND record.outcome = ANY (%(given)s) THEN %(resident)s
                       WHEN record.amount > 0 AND record.outcome = ANY (%(wasted)s) THEN %(waste)s END
           ) AS expected (destination) ON true
     WHERE record.id IS NULL
        OR moved.id IS NULL AND expected.destination IS NOT NULL
        OR moved.id IS NOT NULL AND moved.destination <> coalesce(expected.destination, %(waste)s)
        OR expected.destination = %(resident)s AND moved.quantity <> record.amount
        OR moved.source <> %(here)s
"""


def record_faults(home_id: int) -> Iterator[Fault]:
    """Give every dose without its movement, every movement without its dose, and every correction undone by half.

    The home must be in scope.
    """
    for record, moved, record_id, outcome, amount, quantity, destination, expected in _rows(home_id):
        if record is None:
            yield Fault("record", str(moved), f"the movement names dose {record_id}, which is not there")
        elif moved is None:
            yield Fault("record", str(record), f"{outcome} {amount}, and nothing left stock for it")
        else:
            words = f"{outcome} {amount}, but {quantity} went to {destination}"
            yield Fault("record", str(record), words if expected else f"{words}, which uses no stock")
    yield from _half_corrected(home_id)


def _rows(home_id: int) -> Iterator[tuple[object, ...]]:
    names = {
        "home": home_id,
        "given": REACHES_THE_PERSON,
        "wasted": IS_WASTED,
        "resident": Place.RESIDENT.value,
        "waste": Place.WASTE.value,
        "here": Place.HOME.value,
    }
    with connection.chunked_cursor() as cursor:
        cursor.execute(DIFFERENCES, names)
        yield from cursor


def _half_corrected(home_id: int) -> Iterator[Fault]:
    wrong = Correction.objects.filter(home_id=home_id).values("administration_id")
    taken = StockMovement.objects.filter(home_id=home_id, record_id__in=wrong)
    for some in _some_at_a_time(taken.iterator(), CORRECTIONS_AT_ONCE):
        backs = {movement.pk: given_back_id(UUID(str(movement.pk))) for movement in some}
        found = StockMovement.objects.filter(home_id=home_id).in_bulk(list(backs.values()))
        for movement in some:
            back = found.get(backs[movement.pk])
            if back is None or (back.source, back.destination, back.quantity, back.line_id) != (
                movement.destination,
                movement.source,
                movement.quantity,
                movement.line_id,
            ):
                words = "the dose was corrected, and its stock was not given back"
                yield Fault("correction", str(movement.pk), words)


def _some_at_a_time(movements: Iterable[StockMovement], size: int) -> Iterator[list[StockMovement]]:
    left = iter(movements)
    while some := list(islice(left, size)):
        yield some
