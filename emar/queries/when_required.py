"""How much of each medicine was had lately, and from when it may be given again."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from django.db import connection

from emar.models import Administration, Prescription
from emar.queries.schedules import schedule_of
from emar.rules import prn
from emar.rules.ingredient_limits import LIMITED, LIMITS, IngredientLimit, limits_of_ingredients, milligrams
from emar.rules.outcomes import GIVEN_WORDS
from emar.rules.prn import GivenDose
from emar.rules.prn_review import effect_due_at
from emar.rules.schedule import Schedule, WhenRequiredPlan

#: A day of real hours decides over the maximum, and no gap in use is longer than a month.
LONGEST_GAP = timedelta(days=28)
#: A day later nobody can say any more whether a dose worked.
EFFECTS_FOR = timedelta(hours=24)


class Held(Protocol):
    """How much of one ingredient so much of a medicine holds: a row of MedicineIngredient, or its facts."""

    ingredient_id: str
    amount: Decimal | None
    amount_unit: str
    per_amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Holding:
    """How much of one ingredient so much of a medicine holds."""

    ingredient_id: str
    amount: Decimal | None
    amount_unit: str
    per_amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Demand:
    """What one prescription's past allows now. `next_allowed_at` is None when no limit has a say."""

    given_24h: Decimal
    last_given_at: datetime | None
    next_allowed_at: datetime | None


@dataclass(frozen=True, slots=True)
class EffectDue:
    """A when-required dose whose effect somebody is to look at, and from when."""

    administration_id: UUID
    resident_id: int
    prescription_id: UUID
    given_at: datetime
    due_at: datetime


def effects_due(home_id: int, now: datetime) -> list[EffectDue]:
    """Return the when-required doses of the last 24 hours that nobody has looked at, soonest first.

    Only where the protocol says when to look. Corrected records ask for nothing.
    """
    given = Administration.objects.filter(
        home_id=home_id,
        given_at__gt=now - EFFECTS_FOR,
        given_at__lte=now,
        outcome__in=GIVEN_WORDS,
        prescription__prn_protocol__effect_after_minutes__isnull=False,
        correction__isnull=True,
        effectcheck__isnull=True,
    )
    rows = given.values_list(
        "pk", "resident_id", "prescription_id", "given_at", "prescription__prn_protocol__effect_after_minutes"
    )
    found = [EffectDue(*row, given_at, effect_due_at(given_at, minutes)) for *row, given_at, minutes in rows]
    return sorted(found, key=lambda each: (each.due_at, each.administration_id))


def limited_amounts(holdings: Sequence[Held], amount: Decimal) -> dict[str, Decimal]:
    """Return how many mg of each limited ingredient so many units of a medicine hold."""
    found: dict[str, Decimal] = {}
    for each in holdings:
        if each.ingredient_id in LIMITS and each.amount is not None:
            much = milligrams(each.amount, each.amount_unit, each.per_amount, amount)
            if much is not None:
                found[each.ingredient_id] = found.get(each.ingredient_id, Decimal(0)) + much
    return found


def ingredient_limits(holdings: Sequence[Held]) -> list[IngredientLimit]:
    """Return the published limits of what a medicine holds."""
    return limits_of_ingredients({each.ingredient_id for each in holdings})


def holdings_of(rows: Iterable[Sequence[str | None]]) -> list[Holding]:
    """Return what a medicine holds of limited ingredients, from the rows that HOLDS gives."""
    return [
        Holding(str(pk), Decimal(amount), unit or "", None if per is None else Decimal(per))
        for pk, amount, unit, per in rows
        if amount is not None
    ]


def limits_of(schedule: Schedule, holdings: Sequence[Held]) -> list[prn.Limit]:
    """Return what limits a dose: the protocol's own gap and maximum, and those of its ingredients."""
    limits = []
    if isinstance(schedule.plan, WhenRequiredPlan):
        minutes = schedule.plan.min_gap_minutes
        gap = timedelta(minutes=minutes) if minutes is not None else None
        limits.append(prn.Limit(gap, schedule.plan.max_amount_24h, max_doses_24h=schedule.plan.max_doses_24h))
    return limits + [each.limit for each in ingredient_limits(holdings)]


def past_doses(
    home_id: int, resident_ids: Collection[int], since: datetime, until: datetime
) -> dict[int, list[GivenDose]]:
    """Return the residents' doses had around these instants, as the limits of gap and maximum count them."""
    found: dict[int, list[GivenDose]] = defaultdict(list)
    if not resident_ids:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH counted AS MATERIALIZED (
                 SELECT line.id, limited.holds
                   FROM emar_prescription AS line
                   JOIN emar_medicine AS medicine ON medicine.id = line.medicine_id
                   LEFT JOIN LATERAL (
                        SELECT array_agg(ARRAY[ingredient_id, amount::text, amount_unit, per_amount::text]) AS holds
                          FROM emar_medicineingredient
                         WHERE medicine_id = coalesce(medicine.generic_id, medicine.id)
                           AND ingredient_id = ANY (%s)) AS limited ON true
                  WHERE line.home_id = %s AND line.resident_id = ANY (%s)
                    AND (limited.holds IS NOT NULL OR line.schedule ->> 'kind' = 'when_required'))
            SELECT record.resident_id, record.given_at, record.amount, record.prescription_id::text, counted.holds
              FROM counted
              JOIN emar_administration AS record
                ON record.home_id = %s AND record.prescription_id = counted.id
             WHERE record.given_at > %s AND record.given_at < %s
               AND record.amount IS NOT NULL AND record.outcome = ANY (%s)
               AND NOT EXISTS (SELECT FROM emar_correction WHERE administration_id = record.id)
            """,
            [
                LIMITED,
                home_id,
                list(resident_ids),
                home_id,
                since - LONGEST_GAP,
                until + LONGEST_GAP,
                list(GIVEN_WORDS),
            ],
        )
        for resident_id, given_at, amount, pk, holds in cursor.fetchall():
            held = limited_amounts(holdings_of(holds or ()), amount)
            found[resident_id].append(GivenDose(given_at, amount, pk, held))
    return found


def demand_of(
    prescriptions: Sequence[Prescription],
    past: Mapping[int, Sequence[GivenDose]],
    ingredients: Mapping[str, Sequence[Held]],
    now: datetime,
) -> dict[UUID, Demand]:
    """Return for each prescription what its own past and its ingredients' past allow at this instant."""
    return {line.pk: _demand(line, past.get(line.resident_id, ()), ingredients, now) for line in prescriptions}


def _demand(
    line: Prescription,
    past: Sequence[GivenDose],
    ingredients: Mapping[str, Sequence[Held]],
    now: datetime,
) -> Demand:
    schedule = schedule_of(line)
    holdings = ingredients.get(line.medicine.generic_id or line.medicine_id, ())
    limits = limits_of(schedule, holdings)
    own = [dose.given_at for dose in past if dose.prescription_id == str(line.pk)]
    next_at = None
    if limits:
        smallest = schedule.plan.amount.low if isinstance(schedule.plan, WhenRequiredPlan) else Decimal(1)
        limited = limited_amounts(holdings, smallest)
        next_at = prn.next_allowed_at(str(line.pk), smallest, limited, now, limits, past)
    return Demand(
        prn.given_24h(past, now, prescription_id=str(line.pk)),
        max(own, default=None),
        next_at if next_at is not None and next_at > now else None,
    )
