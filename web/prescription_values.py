"""The fields of the prescription form that say a given schedule: what was read from a label, or what is changed.

The way from fields to a schedule is web.prescription_fields'.
"""

import json
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from emar.rules.amounts import Amount, plain
from emar.rules.patterns import pattern_to_json
from emar.rules.readings import HoldRule, Step
from emar.rules.regular import Phase, RegularPlan, Slot
from emar.rules.schedule import (
    DailyTotalPlan,
    InrPlan,
    IntervalPlan,
    Schedule,
    StandingPlan,
    WhenRequiredPlan,
)
from emar.rules.terms import Terms
from emar.rules.wall_clock import local
from web.prescription_fields import BY_SCALE, FieldErrors, Typed, schedule_from_fields


def fields_of(schedule: Schedule, rounds: Sequence[str]) -> dict[str, list[str]]:
    """Return the fields that say a schedule, or `exact` alone with the kind where they could not to the last detail."""
    fields = {name: each for name, each in _fields(schedule, rounds).items() if each != [""]}
    try:
        if schedule_from_fields(Typed(fields), rounds, schedule.unit) == schedule:
            return fields
    except FieldErrors:
        pass
    return {"kind": [schedule.kind], "exact": [json.dumps(schedule.to_json())], "starts_on": fields["starts_on"]}


def _fields(schedule: Schedule, rounds: Sequence[str]) -> dict[str, list[str]]:
    terms, plan = schedule.terms, schedule.plan
    found = {"kind": schedule.kind, **_terms_fields(terms)}
    many: dict[str, list[str]] = {}
    match plan:
        case RegularPlan():
            found["parts"] = str(len(plan.phases))
            for part, phase in enumerate(plan.phases):
                texts, ticks = _phase_fields(f"p{part}", phase)
                found |= texts
                many |= ticks
            scales = [slot.scale for phase in plan.phases for slot in phase.slots if slot.scale]
            found |= _scale_fields(scales[0]) if scales else {}
        case IntervalPlan():
            found |= _interval_fields(plan)
            many |= {"sites": list(plan.sites)} if plan.sites else {}
        case WhenRequiredPlan():
            gap = "" if plan.min_gap_minutes is None else plain(Decimal(plan.min_gap_minutes) / 60)
            most = "" if plan.max_amount_24h is None else plain(plan.max_amount_24h)
            found |= {"amount": _words(plan.amount), "gap_hours": gap, "max_amount": most}
            found["max_doses"] = _figure(plan.max_doses_24h)
        case InrPlan():
            found["inr_at"] = plan.slot.round_name or (plan.slot.at.strftime("%H:%M") if plan.slot.at else "")
            for row, record in enumerate(plan.records):
                found |= {
                    f"r{row}_from_on": record.from_on.isoformat(),
                    f"r{row}_until_on": record.until_on.isoformat(),
                    f"r{row}_amounts": ", ".join(plain(each) for each in record.amounts),
                    f"r{row}_inr": "" if record.inr is None else plain(record.inr),
                    f"r{row}_tested_on": record.tested_on.isoformat() if record.tested_on else "",
                }
        case DailyTotalPlan():
            found |= {"amount": _words(plan.amount), "daily_at": plan.at.strftime("%H:%M")}
        case StandingPlan():
            found["iddsi_level"] = _figure(plan.iddsi_level)
    return {name: [each] for name, each in found.items()} | many


def _terms_fields(terms: Terms) -> dict[str, str]:
    usual, early = (30, 0) if terms.is_time_critical else (60, 60)
    found = {
        "starts_on": terms.starts_on.isoformat(),
        "starts_from": terms.starts_from.strftime("%H:%M") if terms.starts_from else "",
        "last_on": (terms.ends_on - timedelta(days=1)).isoformat() if terms.ends_on else "",
        "unit": terms.unit,
        "window_minutes": "" if terms.window_minutes == usual else str(terms.window_minutes),
        "early_minutes": "" if terms.early_minutes == early else str(terms.early_minutes),
        "time_critical": "yes" if terms.is_time_critical else "",
        "loose": "yes" if terms.is_loose else "",
        "halves": "yes" if terms.has_halves else "",
        "strengths": ", ".join(plain(each) for each in terms.strengths),
        "reading": terms.reading or "",
        "reading_unit": terms.reading_unit or "",
    }
    if terms.late is not None:
        found |= {"late_rule": terms.late.rule, "late_agreed_by": terms.late.agreed_by}
    if (taking := terms.taking) is not None:
        found |= {
            "food": taking.food or "",
            "food_minutes": _figure(taking.food_minutes),
            "on_rising": "yes" if taking.is_on_rising else "",
            "upright_minutes": _figure(taking.upright_minutes),
        }
    for row, rule in enumerate(terms.holds):
        found |= _hold_fields(f"hold{row}", rule)
    return found


def _hold_fields(name: str, rule: HoldRule) -> dict[str, str]:
    return {
        f"{name}_reading": rule.reading,
        f"{name}_below": "" if rule.below is None else plain(rule.below),
        f"{name}_above": "" if rule.above is None else plain(rule.above),
        f"{name}_words": rule.words,
    }


def _phase_fields(name: str, phase: Phase) -> tuple[dict[str, str], dict[str, list[str]]]:
    texts = {
        f"{name}_days": _figure(phase.days),
        f"{name}_doses": _figure(phase.doses),
        f"{name}_anchor_on": phase.anchor_on.isoformat() if phase.anchor_on else "",
    }
    times = []
    for slot in phase.slots:
        if slot.event == "take_off" and slot.at is not None:
            texts[f"{name}_off_at"] = slot.at.strftime("%H:%M")
        elif slot.at is not None:
            times.append(f"{slot.at:%H:%M}{' next day' if slot.is_next_day else ''}={_slot_words(slot)}")
        else:
            texts[f"{name}_at_{slot.round_name}"] = _slot_words(slot)
            texts[f"{name}_offset"] = str(-slot.offset_minutes) if slot.offset_minutes else ""
    texts[f"{name}_times"] = ", ".join(times)
    pattern = pattern_to_json(phase.pattern)
    texts[f"{name}_pattern"] = pattern["kind"]
    ticks: dict[str, list[str]] = {}
    match pattern:
        case {"kind": "days_of_month", "days": days}:
            texts[f"{name}_month_days"] = ", ".join("last" if day == -1 else str(day) for day in days)
            texts[f"{name}_every_months"] = str(pattern.get("every_months", 1))
        case {"kind": "dates", "dates": dates}:
            texts[f"{name}_dates"] = ", ".join(dates)
        case {"kind": "cycle"}:
            texts |= {f"{name}_on": str(pattern["on_days"]), f"{name}_off": str(pattern["off_days"])}
        case {"kind": "weekday_of_month"}:
            texts |= {f"{name}_nth": str(pattern["nth"]), f"{name}_weekday": pattern["weekday"]}
        case _:
            texts[f"{name}_n"] = str(pattern.get("n", ""))
            ticks = {f"{name}_weekdays": pattern["days"]} if pattern.get("days") else {}
    return texts, ticks


def _slot_words(slot: Slot) -> str:
    return BY_SCALE if slot.scale else _words(slot.amount)


def _scale_fields(scale: Sequence[Step]) -> dict[str, str]:
    found = {}
    for row, step in enumerate(scale):
        found |= {
            f"s{row}_at_least": "" if step.at_least is None else plain(step.at_least),
            f"s{row}_below": "" if step.below is None else plain(step.below),
            f"s{row}_amount": "none" if step.amount is None else _words(step.amount),
            f"s{row}_words": step.words,
        }
    return found


def _interval_fields(plan: IntervalPlan) -> dict[str, str]:
    hours = plan.every // timedelta(hours=1)
    found = {
        "amount": _words(plan.amount),
        "every": str(hours),
        "every_unit": "hours",
        "starts_from": local(plan.first_at).strftime("%H:%M"),
        "check_at": plan.check_at.strftime("%H:%M") if plan.check_at else "",
        "interval_doses": _figure(plan.doses),
    }
    if plan.worn is not None:
        found["is_worn"] = "yes"
        found["worn_hours"] = "" if plan.worn == plan.every else str(plan.worn // timedelta(hours=1))
    return found


def _words(amount: Amount) -> str:
    return plain(amount.low) if amount.low == amount.high else f"{plain(amount.low)}-{plain(amount.high)}"


def _figure(number: int | None) -> str:
    return "" if number is None else str(number)
