"""Where the record of doses and the ledger of stock do not say the same.

Every dose that used stock has exactly one movement with its id, and every such movement its dose. (ledger
invariant 1) A dose by weight that was made up of several strengths has a movement for each; the first has its id.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import TypeVar
from uuid import UUID

from django.db import connection

from emar.models import Correction, MedicineIngredient
from emar.queries.medicines import contents_of
from emar.rules.outcomes import OUTCOMES
from emar.rules.taken import MOST_PARTS, holds, part_id
from stock.models import Place, StockMovement
from stock.queries.ledger_faults import Fault
from stock.rules.balance import given_back_id

REACHES_THE_PERSON = [word for word, outcome in OUTCOMES.items() if outcome.uses_stock]
IS_WASTED = [word for word, outcome in OUTCOMES.items() if outcome.wastes_stock]

AT_ONCE = 1000
T = TypeVar("T")

DIFFERENCES = """
    SELECT record.id::text, moved.id::text, moved.record_id::text, record.outcome, record.amount, moved.quantity,
           moved.destination, expected.destination, record.unit, moved.source
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
    for some in _some_at_a_time(_rows(home_id), AT_ONCE):
        rows = [_Difference(*each) for each in some]
        right = _counted_out(home_id, [each for each in rows if each.may_be_by_weight])
        for each in rows:
            if each.record is None:
                yield Fault("record", str(each.moved), f"the movement names dose {each.record_id}, which is not there")
            elif each.moved is None:
                yield Fault("record", each.record, f"{each.outcome} {each.amount}, and nothing left stock for it")
            elif each.record not in right:
                words = f"{each.outcome} {each.amount}, but {each.quantity} went to {each.destination}"
                yield Fault("record", each.record, words if each.expected else f"{words}, which uses no stock")
    yield from _half_corrected(home_id)


@dataclass(frozen=True, slots=True)
class _Difference:
    """A dose and its movement that do not say the same: one of the two may be missing."""

    record: str | None
    moved: str | None
    record_id: str | None
    outcome: str
    amount: Decimal
    quantity: Decimal
    destination: str
    expected: str | None
    unit: str
    source: str

    @property
    def may_be_by_weight(self) -> bool:
        """Whether only the number differs, as where milligrams were given and tablets left."""
        is_right_way = self.source == Place.HOME and self.destination == self.expected == Place.RESIDENT
        return self.record is not None and self.moved is not None and is_right_way


def _counted_out(home_id: int, doses: Sequence[_Difference]) -> set[str]:
    """Return those of these doses for which as much left, over all strengths of the medicine, as the person had."""
    ids = {each.record: [part_id(UUID(each.record), place) for place in range(MOST_PARTS)] for each in doses}
    wanted = [part for parts in ids.values() for part in parts]
    moved = StockMovement.objects.filter(home_id=home_id).select_related("line").in_bulk(wanted) if wanted else {}
    held = contents_of({each.line.medicine_id for each in moved.values()})
    found = set()
    for each in doses:
        weights = [_weight(moved[part], held, each.unit) for part in ids[each.record] if part in moved]
        # The ledger keeps four decimals of each part: a third of a tablet is not a third of its weight.
        if None not in weights and abs(sum(weights) - each.amount) <= Decimal("0.001") * each.amount:
            found.add(each.record)
    return found


def _weight(moved: StockMovement, held: Mapping[str, Sequence[MedicineIngredient]], unit: str) -> Decimal | None:
    """Return how much of a unit moved, None where the strength of the medicine is not known in it."""
    contents = held.get(moved.line.medicine_id, ())
    if len(contents) != 1 or contents[0].amount is None:
        return None
    much = holds(contents[0].amount, contents[0].amount_unit, contents[0].per_amount, unit)
    return None if much is None else much * moved.quantity


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
    for some in _some_at_a_time(taken.iterator(), AT_ONCE):
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


def _some_at_a_time(found: Iterable[T], size: int) -> Iterator[list[T]]:
    left = iter(found)
    while some := list(islice(left, size)):
        yield some
