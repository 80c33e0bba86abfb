"""How much of each medicine was had lately, and from when it may be given again."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from emar.models import Administration, MedicineIngredient, Prescription
from emar.queries import due
from emar.rules import prn
from emar.rules.outcomes import is_given
from emar.rules.schedule import Schedule, WhenRequiredPlan

#: dm+d's code for paracetamol: 4 hours between doses and 4 g in 24 hours over every product (BNF).
PARACETAMOL = "387517004"
#: A day of real hours decides over the maximum, and no gap in use is longer than a month.
LONGEST_GAP = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Demand:
    """What one prescription's past allows now. `next_allowed_at` is None when no limit has a say."""

    given_24h: Decimal
    last_given_at: datetime | None
    next_allowed_at: datetime | None


def limited_amounts(
    ingredients: Sequence[MedicineIngredient], amount: Decimal
) -> dict[str, Decimal]:
    """Return how many mg of each limited ingredient so many units of a medicine hold."""
    found = {}
    for each in ingredients:
        if each.ingredient_id == PARACETAMOL and each.amount is not None:
            per = each.per_amount or Decimal(1)
            grams = Decimal(1000) if each.amount_unit in {"gram", "g"} else Decimal(1)
            found[each.ingredient_id] = each.amount * grams / per * amount
    return found


def limits_of(schedule: Schedule, ingredients: Sequence[MedicineIngredient]) -> list[prn.Limit]:
    """Return what limits a dose: the protocol's own gap and maximum, and those of its ingredients."""
    limits = []
    if isinstance(schedule.plan, WhenRequiredPlan):
        minutes = schedule.plan.min_gap_minutes
        gap = timedelta(minutes=minutes) if minutes is not None else None
        limits.append(prn.Limit(gap, schedule.plan.max_amount_24h))
    if any(each.ingredient_id == PARACETAMOL for each in ingredients):
        limits.append(prn.paracetamol_limit(PARACETAMOL))
    return limits


def given_doses(
    lines: Mapping[UUID, Prescription],
    records: Sequence[Administration],
    ingredients: Mapping[str, Sequence[MedicineIngredient]],
) -> dict[int, list[prn.GivenDose]]:
    """Return each resident's doses had, in the terms the limits count in."""
    found: dict[int, list[prn.GivenDose]] = defaultdict(list)
    for record in records:
        line = lines.get(record.prescription_id)
        if line is None or record.amount is None or not is_given(record.outcome):
            continue
        holds = ingredients.get(line.medicine.generic_id or line.medicine_id, ())
        found[record.resident_id].append(
            prn.GivenDose(
                record.given_at,
                record.amount,
                str(record.prescription_id),
                limited_amounts(holds, record.amount),
            )
        )
    return found


def demand_of(
    lines: Sequence[Prescription],
    records: Sequence[Administration],
    ingredients: Mapping[str, Sequence[MedicineIngredient]],
    now: datetime,
) -> dict[UUID, Demand]:
    """Return for each prescription what its own past and its ingredients' past allow at this instant."""
    recent = [record for record in records if record.given_at > now - LONGEST_GAP]
    past = given_doses({line.pk: line for line in lines}, recent, ingredients)
    return {line.pk: _demand(line, past[line.resident_id], ingredients, now) for line in lines}


def _demand(
    line: Prescription,
    past: Sequence[prn.GivenDose],
    ingredients: Mapping[str, Sequence[MedicineIngredient]],
    now: datetime,
) -> Demand:
    schedule = due.schedule_of(line)
    holds = ingredients.get(line.medicine.generic_id or line.medicine_id, ())
    limits = limits_of(schedule, holds)
    own = [dose.given_at for dose in past if dose.prescription_id == str(line.pk)]
    next_at = None
    if limits:
        smallest = schedule.plan.amount.low if isinstance(schedule.plan, WhenRequiredPlan) else Decimal(1)
        limited = limited_amounts(holds, smallest)
        next_at = prn.next_allowed_at(str(line.pk), smallest, limited, now, limits, past)
    return Demand(
        prn.given_24h(past, now, prescription_id=str(line.pk)),
        max(own, default=None),
        next_at if next_at is not None and next_at > now else None,
    )
