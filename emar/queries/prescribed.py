"""What the record needs to know to judge a batch of doses, in a handful of queries however many there are."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import connection

from emar.models import Prescription
from emar.queries.schedules import keep_schedule, kept_schedule
from emar.queries.when_required import PARACETAMOL, Holding, limited_amounts, limits_of
from emar.rules.amounts import Amount
from emar.rules.judging import OtherAnswer, PackUsed, Prescribed
from emar.rules.schedule import Answered, Schedule, WhenRequiredPlan, due_doses
from emar.rules.timing import Window, window_of

ONE_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Line:
    """One prescription as recording a dose needs it."""

    prescribed: Prescribed
    schedule: Schedule
    unit_id: int
    stock_medicine_id: str


def lines(home_id: int, ids: Collection[str]) -> dict[str, Line]:
    """Return the home's prescriptions with these ids; one of another home is not found."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT line.id::text, line.resident_id, resident.unit_id, coalesce(medicine.generic_id, medicine.id),
                   line.checked_at, line.stopped_at, line.is_controlled,
                   EXISTS (SELECT FROM emar_prescription AS next WHERE next.replaces_id = line.id),
                   ARRAY (SELECT allergy.substance
                            FROM emar_allergy AS allergy
                            JOIN emar_medicineingredient AS held USING (ingredient_id)
                           WHERE allergy.resident_id = line.resident_id AND allergy.withdrawn_at IS NULL
                             AND held.medicine_id = coalesce(medicine.generic_id, medicine.id)),
                   limited.amount, limited.amount_unit, limited.per_amount
              FROM emar_prescription AS line
              JOIN emar_resident AS resident ON resident.id = line.resident_id
              JOIN emar_medicine AS medicine ON medicine.id = line.medicine_id
              LEFT JOIN emar_medicineingredient AS limited
                     ON limited.medicine_id = coalesce(medicine.generic_id, medicine.id)
                    AND limited.ingredient_id = %s
             WHERE line.home_id = %s AND line.id = ANY (%s::uuid[])
            """,
            [PARACETAMOL, home_id, list(ids)],
        )
        rows = cursor.fetchall()
    schedules = _schedules(row[0] for row in rows)
    return {row[0]: _line(schedules[row[0]], *row) for row in rows}


def _schedules(ids: Iterable[str]) -> dict[str, Schedule]:
    found = {pk: kept_schedule(UUID(pk)) for pk in ids}
    missing = [pk for pk, schedule in found.items() if schedule is None]
    if missing:
        for pk, value in Prescription.objects.filter(pk__in=missing).values_list("pk", "schedule"):
            found[str(pk)] = keep_schedule(pk, value)
    return {pk: schedule for pk, schedule in found.items() if schedule is not None}


def _line(
    schedule: Schedule,
    pk: str,
    resident_id: int,
    unit_id: int,
    medicine_id: str,
    checked_at: datetime | None,
    stopped_at: datetime | None,
    is_controlled: bool,
    is_replaced: bool,
    allergies: Sequence[str],
    amount: Decimal | None,
    amount_unit: str,
    per_amount: Decimal | None,
) -> Line:
    holdings = [Holding(PARACETAMOL, amount, amount_unit, per_amount)] if amount is not None else []
    prescribed = Prescribed(
        id=pk,
        resident_id=resident_id,
        medicine_ids=(medicine_id,),
        unit=schedule.unit,
        active_from=checked_at,
        stopped_at=stopped_at,
        is_replaced=is_replaced,
        is_when_required=isinstance(schedule.plan, WhenRequiredPlan),
        needs_witness=is_controlled,
        limits=tuple(limits_of(schedule, holdings)),
        ingredients_per_unit=limited_amounts(holdings, Decimal(1)),
        allergies=tuple(allergies),
    )
    return Line(prescribed, schedule, unit_id, medicine_id)


def due_dose(
    line: Line, due_at: datetime, clocks: Mapping[int, Mapping[str, time]], given: Sequence[Answered] = ()
) -> tuple[Window | None, Amount | None]:
    """Return the window and amount of the dose due at this instant: (None, None) when none is."""
    if isinstance(line.schedule.plan, WhenRequiredPlan):
        return None, line.schedule.plan.amount
    found = due_doses(line.schedule, due_at, due_at + ONE_INSTANT, clocks.get(line.unit_id, {}), given)
    return (window_of(found[0], line.schedule), found[0].amount) if found else (None, None)


Slot = tuple[str, datetime]


def other_answers(home_id: int, slots: Collection[Slot]) -> dict[Slot, list[OtherAnswer]]:
    """Return the standing records of these due doses."""
    found: dict[Slot, list[OtherAnswer]] = defaultdict(list)
    if not slots:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT record.prescription_id::text, record.due_at, record.outcome, record.given_at
              FROM unnest(%s::uuid[], %s::timestamptz[]) AS slot (prescription_id, due_at)
              JOIN emar_administration AS record
                ON record.home_id = %s AND record.prescription_id = slot.prescription_id
               AND record.due_at = slot.due_at
             WHERE NOT EXISTS (SELECT FROM emar_correction WHERE administration_id = record.id)
            """,
            [[pk for pk, _ in slots], [due_at for _, due_at in slots], home_id],
        )
        for pk, due_at, outcome, given_at in cursor.fetchall():
            found[pk, due_at].append(OtherAnswer(outcome, given_at))
    return found


def packs(home_id: int, ids: Collection[str]) -> dict[str, tuple[int, PackUsed]]:
    """Return the line and the facts of each pack of the home with these ids."""
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT pack.id::text, pack.line_id, coalesce(medicine.generic_id, medicine.id), line.resident_id,
                   pack.status, pack.expires_on, pack.use_by
              FROM stock_stockpack AS pack
              JOIN stock_stockline AS line ON line.id = pack.line_id
              JOIN emar_medicine AS medicine ON medicine.id = line.medicine_id
             WHERE pack.home_id = %s AND pack.id = ANY (%s::uuid[])
            """,
            [home_id, list(ids)],
        )
        return {pk: (line_id, PackUsed(*facts)) for pk, line_id, *facts in cursor.fetchall()}


def staff_on_duty(home_id: int, ids: Collection[int], at: datetime) -> tuple[set[int], set[int]]:
    """Return which of these people have ever worked in the home, and which may work there at this instant."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT staff_member_id, bool_or(starts_at <= %s AND (ends_at IS NULL OR ends_at > %s))
              FROM emar_homerole WHERE home_id = %s AND staff_member_id = ANY (%s) GROUP BY staff_member_id
            """,
            [at, at, home_id, list(ids)],
        )
        rows = cursor.fetchall()
    return {pk for pk, _ in rows}, {pk for pk, is_now in rows if is_now}
