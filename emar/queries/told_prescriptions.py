"""What a device is told of each prescription and of each due dose."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from emar.models import MedicineIngredient, Prescription
from emar.queries import bedside_facts, due, handed_over
from emar.queries.medicines import contents_of
from emar.queries.schedules import schedule_of
from emar.queries.taken import counted_unit, strengths_of, wanted
from emar.queries.when_required import Demand, demand_of, ingredient_limits, past_doses
from emar.rules.amounts import plain
from emar.rules.prn import GivenDose, given_24h
from emar.rules.prn_protocol import condition_of, effect_after_minutes_of
from emar.rules.schedule import WhenRequiredPlan
from emar.rules.wall_clock import zulu


def prescriptions(
    home_id: int,
    period: due.DosesBetween,
    lines: Sequence[Prescription],
    codes: Sequence[dict[str, Any]],
    product_of: Mapping[str, str],
    now: datetime,
    since: datetime,
    until: datetime,
) -> list[dict[str, Any]]:
    """Return what a device is told of these prescriptions of a period, in a constant number of statements."""
    by_product = _gtins_by_product(codes)
    ingredients = contents_of(line.medicine.generic_id or line.medicine_id for line in lines)
    past = past_doses(home_id, {line.resident_id for line in lines}, now, now)
    demands = demand_of(lines, past, ingredients, now)
    when_required = {line.resident_id for line in lines if _is_when_required(line)}
    lately = _Lately(home_id, period, ingredients, past, when_required, now)
    worn = handed_over.worn(home_id, lines, period.answered, since, until, now)
    strengths = strengths_of(home_id, map(wanted, lines))
    facts = bedside_facts.facts_of(home_id, lines, product_of, ingredients, strengths, now)
    found = []
    for line in lines:
        told = _prescription(line, by_product, product_of, ingredients, demands[line.pk], now)
        told |= {
            "stock_unit": counted_unit(schedule_of(line), strengths, str(line.pk)),
            "problem": period.problems.get(line.pk),
            "needs_witness": line.is_controlled,
            "patch": _patch(worn.get(line.pk)),
        } | facts[line.pk]
        if told["status"] == "active" and period.is_suspended(line, now):
            told["status"] = "suspended"
        if told["prn"] is not None:
            told["prn"] |= lately.told(line)
        found.append(told)
    return found


def _is_when_required(line: Prescription) -> bool:
    return isinstance(schedule_of(line).plan, WhenRequiredPlan)


def _gtins_by_product(codes: Sequence[dict[str, Any]]) -> dict[str, set[str]]:
    """Return what may be given for each product and each brand; a code with two meanings is for neither."""
    products: dict[str, set[str]] = defaultdict(set)
    brands: dict[str, set[str | None]] = defaultdict(set)
    for code in codes:
        products[code["gtin"]].add(code["medicine_id"])
        brands[code["gtin"]].add(code["brand_id"])
    found: dict[str, set[str]] = defaultdict(set)
    for code in codes:
        if len(products[code["gtin"]]) == 1:
            found[code["medicine_id"]].add(code["gtin"])
        if code["brand_id"] and len(brands[code["gtin"]]) == 1:
            found[code["brand_id"]].add(code["gtin"])
    return found


def _prescription(
    line: Prescription,
    by_product: Mapping[str, Collection[str]],
    product_of: Mapping[str, str],
    ingredients: dict[str, list[MedicineIngredient]],
    demand: Demand,
    now: datetime,
) -> dict[str, Any]:
    schedule, medicine = schedule_of(line), line.medicine
    generic_id = medicine.generic_id or medicine.pk
    product_id = product_of[medicine.pk]
    must_be_brand = line.must_be_brand and medicine.generic_id is not None
    return {
        "id": str(line.pk),
        "version": line.version,
        "resident_id": line.resident_id,
        "medicine": {
            "id": product_id,
            "name": medicine.name,
            "strength": medicine.strength,
            "form": medicine.form,
            "ingredient_ids": [each.ingredient_id for each in ingredients[generic_id]],
            "is_cd": line.is_controlled,
        },
        "dose_words": line.dose_words,
        "instructions": line.instructions,
        "reason": line.indication,
        "unit": schedule.unit,
        "kind": "when_required" if schedule.kind == "when_required" else "regular",
        "window_minutes": schedule.window_minutes,
        "time_critical": schedule.is_time_critical or line.is_time_critical,
        "must_be_brand": line.must_be_brand,
        "accepted_allergies": line.accepted_allergies,
        "status": "stopped" if line.stopped_at is not None and line.stopped_at <= now else "active",
        "acceptable_gtins": sorted(by_product.get(medicine.pk if must_be_brand else product_id, ())),
        "next_allowed_at": zulu(demand.next_allowed_at) if demand.next_allowed_at else None,
        "prn": _prn(line, schedule.plan, demand) if isinstance(schedule.plan, WhenRequiredPlan) else None,
    }


class _Lately:
    """What was had in the last 24 hours, sorted once: by lineage, and by what is limited in it."""

    def __init__(
        self,
        home_id: int,
        period: due.DosesBetween,
        ingredients: Mapping[str, Sequence[MedicineIngredient]],
        past: Mapping[int, Sequence[GivenDose]],
        residents: Collection[int],
        now: datetime,
    ) -> None:
        self._roots, self._ingredients, self._past, self._now = period.roots, ingredients, past, now
        self._had = handed_over.had_lately(home_id, residents, now)
        self._lineage: dict[UUID, set[UUID]] = defaultdict(set)
        for pk, root in period.roots.items():
            self._lineage[root].add(pk)
        self._holding: dict[str, set[str]] = defaultdict(set)
        for generic, held in ingredients.items():
            for each in held:
                self._holding[each.ingredient_id].add(generic)

    def told(self, line: Prescription) -> dict[str, Any]:
        """Return what was had of this medicine, and of others with a limited ingredient in common."""
        had, past = self._had.get(line.resident_id, ()), self._past.get(line.resident_id, ())
        limits = ingredient_limits(self._ingredients[line.medicine.generic_id or line.medicine_id])
        own = self._lineage[self._roots[line.pk]] | {line.replaces_id}
        shares = {generic for limit in limits for generic in self._holding[limit.ingredient_id]}
        others = [each for each in had if each.prescription_id not in own and each.generic_id in shares]
        return {
            "history": [_had(each) for each in had if each.prescription_id in own],
            "other_products": [_had(each) | {"medicine_name": each.medicine_name} for each in others],
            "limited_ingredients": [
                {
                    "ingredient_id": limit.ingredient_id,
                    "name": limit.name,
                    "max_mg_24h": plain(limit.max_mg_24h),
                    "given_mg_24h": plain(given_24h(past, self._now, ingredient_id=limit.ingredient_id)),
                    "min_gap_minutes": limit.min_gap_minutes,
                }
                for limit in limits
            ],
        }


def _had(dose: handed_over.Had) -> dict[str, Any]:
    return {
        "administration_id": str(dose.administration_id),
        "given_at": zulu(dose.given_at),
        "amount": plain(dose.amount),
        "unit": dose.unit,
        "prescription_id": str(dose.prescription_id),
        "by_initials": dose.by_initials,
        "effect": dose.effect,
    }


def _patch(worn: handed_over.Worn | None) -> dict[str, Any] | None:
    if worn is None:
        return None
    check = worn.last_check
    return {
        "is_worn": worn.is_worn,
        "is_off": worn.is_off,
        "every_minutes": worn.every_minutes,
        "worn_minutes": worn.worn_minutes,
        "sites": list(worn.sites),
        "next_site": worn.next_site,
        "last_site": worn.last_site,
        "put_on_at": worn.put_on_at and zulu(worn.put_on_at),
        "check_times": [zulu(at) for at in worn.check_times],
        "last_check": check and {**check, "checked_at": zulu(check["checked_at"])},
    }


def _protocol(value: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return every field of a when-required protocol; what it does not say is empty."""
    usual = {
        "condition": "", "signs": "", "can_ask": True, "choosing": "", "try_first": "", "order": None,
        "expected_effect": "", "effect_after_minutes": None, "review_on": None, "call_when": "",
    }  # fmt: skip
    return usual | (value or {})


def _prn(line: Prescription, plan: WhenRequiredPlan, demand: Demand) -> dict[str, Any]:
    return {
        "condition": condition_of(line.prn_protocol),
        "protocol": _protocol(line.prn_protocol),
        "effect_after_minutes": effect_after_minutes_of(line.prn_protocol),
        "max_doses_24h": plan.max_doses_24h,
        "min_gap_minutes": plan.min_gap_minutes,
        "max_amount_24h": _plain(plan.max_amount_24h),
        "low": plain(plan.amount.low),
        "high": plain(plan.amount.high),
        "next_allowed_at": zulu(demand.next_allowed_at) if demand.next_allowed_at else None,
        "given_24h": plain(demand.given_24h),
        "last_given_at": zulu(demand.last_given_at) if demand.last_given_at else None,
    }


def dose(each: due.Due, round_id: int | None) -> dict[str, Any]:
    """Return what a device is told of one due dose; the round is the one of today with its name."""
    asked, window, answer = each.dose, each.window, each.answer
    return {
        "prescription_id": str(each.prescription.pk),
        "due_at": zulu(asked.due_at),
        "round_id": round_id,
        "low": plain(asked.amount.low),
        "high": plain(asked.amount.high),
        "unit": asked.unit,
        "opens_at": zulu(window.opens_at),
        "closes_at": zulu(window.closes_at),
        "early_from": zulu(window.early_from),
        "event": asked.event,
        "parts": [{"strength": plain(part.strength), "count": plain(part.count)} for part in asked.parts],
        "needs_reading": asked.reading,
        "scale": bedside_facts.scale_of(schedule_of(each.prescription), asked),
        "answered": answer
        and {
            "administration_id": str(answer.pk),
            "outcome": answer.outcome,
            "given_at": zulu(answer.given_at),
            "by_initials": answer.given_by.initials if answer.given_by else "",
        },
    }


def _plain(quantity: Decimal | None) -> str | None:
    return None if quantity is None else plain(quantity)
