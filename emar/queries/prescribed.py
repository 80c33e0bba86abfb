"""What the record needs to know to judge a batch of doses, in a handful of queries however many there are."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from emar.models import Prescription
from emar.queries.due import ROUNDS, times_of_rounds
from emar.queries.schedules import keep_schedule, kept_schedule
from emar.queries.when_required import holdings_of, limited_amounts, limits_of
from emar.rules.allergy_classes import AllergyFacts, MedicineFacts, met
from emar.rules.amounts import Amount, ScheduleError
from emar.rules.ingredient_limits import LIMITED
from emar.rules.judging import OtherAnswer, PackUsed, Prescribed
from emar.rules.round_times import NO_ROUNDS, RoundTimes
from emar.rules.schedule import Answered, Schedule, WhenRequiredPlan, due_doses
from emar.rules.timing import Window, window_of
from emar.rules.wall_clock import local_day
from stock.rules.expiry import may_count_opening
from stock.statements import Rows, Statement, Together

ONE_INSTANT = timedelta(microseconds=1)
#: The place of "replaces another" among the columns that `lines` asks for.
REPLACES = 7

PRESCRIBED = Statement(
    "prescribed",
    ("text[]", "bigint", "uuid[]"),
    """
    SELECT line.id::text, line.resident_id, resident.unit_id, coalesce(medicine.generic_id, medicine.id),
           line.checked_at, line.stopped_at, line.is_controlled, line.replaces_id IS NOT NULL,
           EXISTS (SELECT FROM emar_prescription AS next WHERE next.replaces_id = line.id),
           -- What is in the medicine is read only where there is an allergy to compare it with.
           (SELECT json_build_array(
                       json_agg(json_build_array(substance, ingredient_id, class_codes) ORDER BY allergy.id),
                       json_build_array(
                           medicine.name,
                           (SELECT coalesce(json_object_agg(held.ingredient_id, substance.name), '{}')
                              FROM emar_medicineingredient AS held
                              JOIN emar_ingredient AS substance ON substance.id = held.ingredient_id
                             WHERE held.medicine_id = product.id),
                           generic.atc_code,
                           generic.moiety_name))::text
              FROM emar_allergy AS allergy
             WHERE allergy.resident_id = line.resident_id AND allergy.withdrawn_at IS NULL
               AND NOT allergy.substance = ANY (line.accepted_allergies)
            HAVING count(*) > 0),
           (SELECT CASE WHEN presence <> 'present' THEN since_at END
              FROM emar_residentpresence WHERE home_id = $2 AND resident_id = line.resident_id
             ORDER BY since_at DESC, id DESC LIMIT 1),
           array_to_json(ARRAY (
               SELECT ARRAY[limited.ingredient_id, limited.amount::text, limited.amount_unit, limited.per_amount::text]
                 FROM emar_medicineingredient AS limited
                WHERE limited.medicine_id = product.id AND limited.ingredient_id = ANY ($1)
                  AND limited.amount IS NOT NULL))::text,
           -- A pack of the same product may be on a line under the code that NHSBSA replaced, or that replaced it.
           array_to_json(ARRAY (
               SELECT CASE old_id WHEN product.id THEN current_id ELSE old_id END
                 FROM emar_dmdchangedid AS changed
                WHERE kind = 'medicine' AND NOT is_reused AND product.id IN (old_id, current_id)))::text
      FROM emar_prescription AS line
      JOIN emar_resident AS resident ON resident.id = line.resident_id
      JOIN emar_medicine AS medicine ON medicine.id = line.medicine_id
     CROSS JOIN LATERAL (SELECT coalesce(medicine.generic_id, medicine.id) AS id) AS product
      JOIN emar_medicine AS generic ON generic.id = product.id
     WHERE line.home_id = $2 AND line.id = ANY ($3)
    """,
    columns=13,
)
OTHER_ANSWERS = Statement(
    "other_answers",
    ("uuid[]", "timestamptz[]", "bigint"),
    """
    WITH RECURSIVE slot (lineage, prescription_id, due_at) AS (
         SELECT asked.id, asked.id, asked.due_at
           FROM unnest($1, $2) AS asked (id, due_at)
          UNION
         SELECT slot.lineage, line.id, slot.due_at
           FROM slot JOIN emar_prescription AS line ON line.replaces_id = slot.prescription_id)
    SELECT slot.lineage::text, record.due_at, record.outcome, record.given_at
      FROM slot
      JOIN emar_administration AS record
        ON record.home_id = $3 AND record.prescription_id = slot.prescription_id
       AND record.due_at = slot.due_at
     WHERE NOT EXISTS (SELECT FROM emar_correction WHERE administration_id = record.id)
    """,
)
PACKS = Statement(
    "packs_used",
    ("bigint", "uuid[]"),
    """
    SELECT pack.id::text, pack.line_id, coalesce(medicine.generic_id, medicine.id), line.resident_id,
           pack.status, pack.expires_on, pack.use_by,
           CASE WHEN pack.opened_on IS NULL THEN medicine.form END
      FROM stock_stockpack AS pack
      JOIN stock_stockline AS line ON line.id = pack.line_id
      JOIN emar_medicine AS medicine ON medicine.id = line.medicine_id
     WHERE pack.home_id = $1 AND pack.id = ANY ($2)
    """,
    columns=8,
)
ROLES = Statement(
    "roles",
    ("bigint", "bigint[]"),
    """
    SELECT staff_member_id, starts_at, ends_at
      FROM emar_homerole WHERE home_id = $1 AND staff_member_id = ANY ($2)
    """,
    columns=3,
)
TOLD_BEFORE = Statement(
    "told_before",
    ("uuid[]",),
    "SELECT id::text, content_hash, answer, findings::text FROM emar_administration WHERE id = ANY ($1)",
    columns=4,
)
AROUND = Together("around_doses", TOLD_BEFORE, PRESCRIBED, ROUNDS, PACKS, ROLES)


@dataclass(frozen=True, slots=True)
class Line:
    """One prescription as recording a dose needs it.

    `lineage` is the first prescription of the chain of replacements: all of the chain share their due doses.
    """

    prescribed: Prescribed
    schedule: Schedule
    unit_id: int
    stock_medicine_id: str
    lineage: str


Shift = tuple[datetime, datetime | None]


@dataclass(frozen=True, slots=True)
class Around:
    """What is known around a batch of doses before any is judged.

    `told` has the content's seal, the answer and the findings of those that are recorded already; `lines` the
    home's own prescriptions among those asked for; `packs` the stock line and the facts of each pack, `unopened` those
    whose opening may count and that nobody has written down as opened; `shifts` from when until when (None: still)
    each of the people has had a role in the home.
    """

    told: Mapping[str, tuple[str, str, str]]
    lines: Mapping[str, Line]
    clocks: Mapping[int, RoundTimes]
    packs: Mapping[str, tuple[int, PackUsed]]
    shifts: Mapping[int, Sequence[Shift]]
    unopened: frozenset[str] = frozenset()


def around(
    home_id: int,
    *,
    ids: Collection[str],
    prescription_ids: Collection[str],
    pack_ids: Collection[str],
    staff_ids: Collection[int],
) -> Around:
    """Return what is known around the doses with these ids: one trip to the database, however many there are."""
    told, prescribed, rounds, used, roles = AROUND.ask(
        [list(ids)],
        [LIMITED, home_id, list(prescription_ids)],
        [home_id],
        [home_id, list(pack_ids)],
        [home_id, list(staff_ids)],
    )
    return Around(
        told={pk: (sealed, answer, found) for pk, sealed, answer, found in told},
        lines=_lines(prescribed),
        clocks=times_of_rounds(rounds),
        packs=_packs(used),
        shifts=shifts(roles),
        unopened=frozenset(pk for pk, *_, form in used if form is not None and may_count_opening(form)),
    )


def lines(home_id: int, ids: Collection[str]) -> dict[str, Line]:
    """Return the home's prescriptions with these ids; one of another home is not found."""
    return _lines(PRESCRIBED.ask(LIMITED, home_id, list(ids)))


def _lines(rows: Rows) -> dict[str, Line]:
    schedules = _schedules(row[0] for row in rows)
    first = firsts([row[0] for row in rows if row[REPLACES]])
    return {row[0]: _line(schedules[row[0]], first.get(row[0], row[0]), *row) for row in rows}


def firsts(ids: Collection[str]) -> dict[str, str]:
    """Return the first prescription of the chain of replacements that each of these belongs to: its lineage."""
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE earlier (asked, id, replaces_id) AS (
                 SELECT id, id, replaces_id FROM emar_prescription WHERE id = ANY (%s::uuid[])
                  UNION
                 SELECT earlier.asked, line.id, line.replaces_id
                   FROM earlier JOIN emar_prescription AS line ON line.id = earlier.replaces_id)
            SELECT asked::text, id::text FROM earlier WHERE replaces_id IS NULL
            """,
            [list(ids)],
        )
        return dict(cursor.fetchall())


def _schedules(ids: Iterable[str]) -> dict[str, Schedule]:
    found = {pk: kept_schedule(UUID(pk)) for pk in ids}
    missing = [pk for pk, schedule in found.items() if schedule is None]
    if missing:
        for pk, value in Prescription.objects.filter(pk__in=missing).values_list("pk", "schedule"):
            found[str(pk)] = keep_schedule(pk, value)
    return {pk: schedule for pk, schedule in found.items() if schedule is not None}


def _line(
    schedule: Schedule,
    lineage: str,
    pk: str,
    resident_id: int,
    unit_id: int,
    medicine_id: str,
    checked_at: datetime | None,
    stopped_at: datetime | None,
    is_controlled: bool,
    _replaces: bool,
    is_replaced: bool,
    allergies: str | None,
    away_since: datetime | None,
    limited: str,
    other_codes: str,
) -> Line:
    holdings = holdings_of(json.loads(limited))
    prescribed = Prescribed(
        id=pk,
        resident_id=resident_id,
        medicine_ids=(medicine_id, *json.loads(other_codes)),
        unit=schedule.unit,
        active_from=checked_at,
        stopped_at=stopped_at,
        is_replaced=is_replaced,
        is_when_required=isinstance(schedule.plan, WhenRequiredPlan),
        needs_witness=is_controlled,
        limits=tuple(limits_of(schedule, holdings)),
        ingredients_per_unit=limited_amounts(holdings, Decimal(1)),
        allergies=() if allergies is None else allergies_met(*json.loads(allergies)),
        away_since=away_since,
    )
    return Line(prescribed, schedule, unit_id, medicine_id, lineage)


def allergies_met(recorded: Iterable[Sequence[Any]], medicine: Sequence[Any]) -> tuple[str, ...]:
    """Return the substances that a medicine meets: both as the statement of prescriptions writes them."""
    known = (AllergyFacts(substance, ingredient, tuple(classes)) for substance, ingredient, classes in recorded)
    return tuple(met(known, MedicineFacts(*medicine)))


def due_dose(
    line: Line, due_at: datetime, clocks: Mapping[int, RoundTimes], given: Sequence[Answered] = ()
) -> tuple[Window | None, Amount | None]:
    """Return the window and amount of the dose due at this instant: (None, None) when none is.

    None is due either when the unit no longer has the schedule's round: the dose was given all the same.
    """
    if isinstance(line.schedule.plan, WhenRequiredPlan):
        return None, line.schedule.plan.amount
    times = clocks.get(line.unit_id, NO_ROUNDS).on(local_day(due_at))
    try:
        found = due_doses(line.schedule, due_at, due_at + ONE_INSTANT, times, given)
    except ScheduleError:
        return None, None
    return (window_of(found[0], line.schedule), found[0].amount) if found else (None, None)


#: A due dose: the lineage of its prescription, and the instant.
Slot = tuple[str, datetime]


def other_answers(home_id: int, slots: Collection[Slot]) -> dict[Slot, list[OtherAnswer]]:
    """Return the standing records of these due doses, on whichever prescription of their lineage."""
    found: dict[Slot, list[OtherAnswer]] = defaultdict(list)
    if not slots:
        return found
    rows = OTHER_ANSWERS.ask([pk for pk, _ in slots], [due_at for _, due_at in slots], home_id)
    for pk, due_at, outcome, given_at in rows:
        found[pk, due_at].append(OtherAnswer(outcome, given_at))
    return found


def packs(home_id: int, ids: Collection[str]) -> dict[str, tuple[int, PackUsed]]:
    """Return the line and the facts of each pack of the home with these ids."""
    return _packs(PACKS.ask(home_id, list(ids)))


def _packs(rows: Rows) -> dict[str, tuple[int, PackUsed]]:
    return {pk: (line_id, PackUsed(*facts)) for pk, line_id, *facts, _ in rows}


def shifts(rows: Rows) -> dict[int, list[Shift]]:
    """Return the shifts of each person, from the answer to ROLES; somebody who never had one is not in it."""
    found: dict[int, list[Shift]] = defaultdict(list)
    for pk, starts_at, ends_at in rows:
        found[pk].append((starts_at, ends_at))
    return found


def is_on_duty(shifts: Sequence[Shift], at: datetime) -> bool:
    """Return whether a role was held at this instant."""
    return any(starts_at <= at and (ends_at is None or at < ends_at) for starts_at, ends_at in shifts)
