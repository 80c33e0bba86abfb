"""Which medicines a prescription's doses may be taken from, where the dose is written by weight, and where they are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from emar.models import Prescription
from emar.queries.medicines import codes_of
from emar.queries.schedules import schedule_of
from emar.rules.amounts import ScheduleError
from emar.rules.schedule import Schedule
from emar.rules.taken import Strength, holds, is_by_weight
from stock.models import StockLine

STRENGTHS = """
    SELECT asked.id, product.id, product.id = asked.medicine_id, held.amount, held.amount_unit, held.per_amount,
           coalesce(nullif(product.dose_unit, ''), 'tablet'), line.id, line.unit
      FROM unnest(%(ids)s::text[], %(residents)s::bigint[], %(medicines)s::text[])
           AS asked (id, resident_id, medicine_id)
      JOIN emar_medicine AS own ON own.id = asked.medicine_id
      JOIN emar_medicineingredient AS mine ON mine.medicine_id = own.id
      JOIN emar_medicineingredient AS held ON held.ingredient_id = mine.ingredient_id AND held.amount > 0
      JOIN emar_medicine AS product
        ON product.id = held.medicine_id AND product.kind = 'generic' AND product.form = own.form
      LEFT JOIN stock_stockline AS line
        ON line.home_id = %(home)s AND line.resident_id = asked.resident_id AND line.medicine_id = product.id
     WHERE (SELECT count(*) FROM emar_medicineingredient AS all_of WHERE all_of.medicine_id = product.id) = 1
       AND (line.id IS NOT NULL OR product.id = own.id OR product.retired_on IS NULL)
     ORDER BY asked.id, product.id <> asked.medicine_id, line.id IS NULL, product.id, line.id
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One prescription whose doses are taken from somewhere. `medicine_id` is the generic product's."""

    id: str
    resident_id: int
    medicine_id: str
    schedule: Schedule

    @property
    def is_asked(self) -> bool:
        """Whether it must be asked at all: most doses are written in what is counted."""
        return bool(self.schedule.terms.strengths) or is_by_weight(self.schedule.unit)


def wanted(prescription: Prescription) -> Wanted:
    """Return what strengths_of asks of a prescription. Raises ScheduleError."""
    medicine = prescription.medicine
    generic_id = medicine.generic_id or medicine.pk
    return Wanted(str(prescription.pk), prescription.resident_id, generic_id, schedule_of(prescription))


def strengths_of(home_id: int, prescribed: Iterable[Wanted]) -> dict[str, tuple[Strength, ...]]:
    """Return what each prescription's doses may be taken from, the prescribed product first.

    Only for doses by weight, and there the products with one substance in the same form: the strengths that the
    schedule names, else the prescribed product alone. A prescription that is not in the answer leaves stock in its own
    unit, and so does one of a single strength whose stock is kept by weight. One statement, and none where nobody asks.
    """
    asked = {each.id: each for each in prescribed if each.is_asked}
    if not asked:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            STRENGTHS,
            {
                "home": home_id,
                "ids": list(asked),
                "residents": [each.resident_id for each in asked.values()],
                "medicines": [each.medicine_id for each in asked.values()],
            },
        )
        rows = cursor.fetchall()
    found: dict[str, dict[Decimal, Strength]] = defaultdict(dict)
    by_weight = set()
    for pk, medicine_id, is_own, amount, amount_unit, per, dose_unit, line_id, line_unit in rows:
        schedule = asked[pk].schedule
        much = holds(amount, amount_unit, per, schedule.unit)
        if is_own and line_unit == schedule.unit and not schedule.terms.strengths:
            by_weight.add(pk)
        if much is None or not _is_meant(much, is_own, schedule):
            continue
        # A line in a weight is not one that tablets are counted on.
        is_line = line_unit is not None and not is_by_weight(line_unit)
        strength = Strength(medicine_id, much, line_unit if is_line else dose_unit, line_id if is_line else None)
        found[pk].setdefault(much, strength)
    return {pk: tuple(each.values()) for pk, each in found.items() if pk not in by_weight}


def _is_meant(much: Decimal, is_own: bool, schedule: Schedule) -> bool:
    return much in schedule.terms.strengths if schedule.terms.strengths else is_own


def lines_of(prescription: Prescription) -> list[StockLine]:
    """Return the person's stock lines that a prescription is given from: one, or one of each strength it is made of.

    Also those under a code that its product had before. Three statements.
    """
    try:
        found = strengths_of(prescription.home_id, [wanted(prescription)]).get(str(prescription.pk), ())
    except ScheduleError:
        found = ()
    codes = [code for code in (prescription.medicine_id, prescription.medicine.generic_id) if code]
    own = StockLine.objects.filter(home_id=prescription.home_id, resident_id=prescription.resident_id)
    if found:
        return list(own.filter(pk__in=[each.line_id for each in found if each.line_id]).order_by("pk"))
    known = {code for same in codes_of(codes).values() for code in same}
    return list(
        own.filter(medicine_id__in=known | set(codes), unit=prescription.schedule.get("unit", "")).order_by("pk")
    )


def counted_unit(schedule: Schedule, strengths: Mapping[str, Sequence[Strength]], pk: str) -> str:
    """Return what is counted in the cupboard for a prescription: its own unit, except where doses are by weight."""
    found = strengths.get(pk)
    return found[0].unit if found else schedule.unit
