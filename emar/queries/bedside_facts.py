"""What must be known of a prescription before a dose is given, beyond when and how much.

Readings that decide, the strengths that make up a dose, where on the body, plans that change how it is given, whether
an INR is current: worked out here for the device's snapshot, so that the device reads facts and computes nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from emar.models import Medicine, MedicineIngredient, PharmacistAdvice, Prescription
from emar.queries.competencies import competences_of
from emar.queries.plans import Plans, plans_of
from emar.queries.schedules import schedule_of
from emar.queries.when_required import limited_amounts
from emar.rules.amounts import plain
from emar.rules.inr import InrPlan
from emar.rules.readings import Step, hold_to_json
from emar.rules.regular import RegularPlan
from emar.rules.schedule import DueDose, Schedule, StandingPlan
from emar.rules.taken import Strength
from emar.rules.wall_clock import local_day

ON_THE_SKIN = frozenset({"cutaneous", "topical", "on the skin", "to the skin"})


def facts_of(
    home_id: int,
    lines: Sequence[Prescription],
    product_of: Mapping[str, str],
    ingredients: Mapping[str, Sequence[MedicineIngredient]],
    strengths: Mapping[str, Sequence[Strength]],
    now: datetime,
) -> dict[UUID, dict[str, Any]]:
    """Return what must be shown or asked before a dose of each prescription, in a constant number of statements."""
    today = local_day(now)
    plans = plans_of(home_id, {line.resident_id for line in lines})
    names = _names({each.medicine_id for line in lines for each in _made_of(line, strengths)})
    return {
        line.pk: {
            "hold": [hold_to_json(rule) for rule in schedule_of(line).terms.holds],
            "body_areas": list(line.body_areas),
            # Without a route the device goes by the form, which it has.
            **({"is_topical": True} if line.route.strip().lower() in ON_THE_SKIN else {}),
            **_standing(line, schedule_of(line)),
            "plans": _plans(line, plans[line.resident_id]),
            "inr": _inr(line, schedule_of(line), today),
            "limited": [
                {"ingredient_id": ingredient, "mg_per_unit": plain(much)}
                for ingredient, much in limited_amounts(_held(line, ingredients), Decimal(1)).items()
            ],
            **_parts(line, _made_of(line, strengths), names, product_of),
        }
        for line in lines
    }


def standing_of(home_id: int, staff_ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    """Return, for each person, whether they may start a new round and until which day their assessment holds."""
    found = competences_of(home_id, staff_ids, now)
    return {
        person: {
            "may_start_round": subjects["medicines"].may_start,
            "competency_until": _day(subjects["medicines"].expires_on),
        }
        for person, subjects in found.items()
    }


def scale_of(schedule: Schedule, dose: DueDose) -> dict[str, Any] | None:
    """Return the scale by which a due dose is measured out, None where its amount is fixed."""
    if not isinstance(schedule.plan, RegularPlan) or dose.reading is None:
        return None
    steps = schedule.plan.slot(dose.slot).scale
    return {"reading": dose.reading, "steps": [_step(step) for step in steps]} if steps else None


def _step(step: Step) -> dict[str, Any]:
    return {
        "at_least": None if step.at_least is None else plain(step.at_least),
        "below": None if step.below is None else plain(step.below),
        "low": None if step.amount is None else plain(step.amount.low),
        "high": None if step.amount is None else plain(step.amount.high),
        "words": step.words,
    }


def _held(line: Prescription, ingredients: Mapping[str, Sequence[MedicineIngredient]]) -> Sequence[MedicineIngredient]:
    return ingredients.get(line.medicine.generic_id or line.medicine_id, ())


def _standing(line: Prescription, schedule: Schedule) -> dict[str, Any]:
    if not isinstance(schedule.plan, StandingPlan):
        return {}
    return {"kind": "standing", "standing": {"iddsi_level": schedule.plan.iddsi_level, "words": line.dose_words}}


def _plans(line: Prescription, plans: Plans) -> list[dict[str, Any]]:
    """Return the plans in force for this medicine: hidden only where a pharmacist said so of this very one."""
    found = []
    covert = plans.advice_on(line.pk, PharmacistAdvice.About.COVERT)
    if plans.covert is not None and covert is not None and covert.is_allowed:
        found.append({"kind": "covert", "words": covert.method, "review_on": plans.covert.review_on.isoformat()})
    crushing = plans.advice_on(line.pk, PharmacistAdvice.About.CRUSHING)
    if crushing is not None:
        found.append({"kind": "crush", "is_allowed": crushing.is_allowed, "words": crushing.method, "review_on": None})
    found += [
        {
            "kind": "self_administration",
            "words": f"{each.get_support_display()}. {each.storage}".strip(),
            "review_on": each.review_on.isoformat(),
        }
        for each in plans.by_self
        if each.prescription_id in (None, line.pk)
    ]
    return found


def _inr(line: Prescription, schedule: Schedule, today: date) -> dict[str, Any] | None:
    if not isinstance(schedule.plan, InrPlan):
        return None
    record = schedule.plan.record_on(today)
    return {
        "is_current": record is not None,
        "inr": None if record is None or record.inr is None else plain(record.inr),
        "tested_on": None if record is None else _day(record.tested_on),
        "until_on": None if record is None else _day(record.until_on),
        "ask": f"Ring {line.said_by or 'the anticoagulation clinic or the GP'} for today's dose.",
    }


def _made_of(line: Prescription, strengths: Mapping[str, Sequence[Strength]]) -> Sequence[Strength]:
    """Return the strengths that make up a dose, where the prescription names any."""
    return strengths.get(str(line.pk), ()) if schedule_of(line).terms.strengths else ()


def _names(medicine_ids: Collection[str]) -> dict[str, str]:
    if not medicine_ids:
        return {}
    return dict(Medicine.objects.filter(pk__in=medicine_ids).values_list("pk", "name"))


def _parts(
    line: Prescription, made_of: Sequence[Strength], names: Mapping[str, str], product_of: Mapping[str, str]
) -> dict[str, Any]:
    if not made_of:
        return {}
    ids = [product_of.get(each.medicine_id, each.medicine_id) for each in made_of]
    return {
        "combined_medicine_ids": sorted(set(ids) - {product_of[line.medicine_id]}),
        "strengths": [
            {"medicine_id": pk, "strength": plain(each.holds), "name": names[each.medicine_id]}
            for pk, each in zip(ids, made_of, strict=True)
        ],
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
