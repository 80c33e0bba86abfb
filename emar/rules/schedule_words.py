"""A schedule in words, whatever its kind: a label's own words where they are exact, plain sentences elsewhere.

A label has no words for warfarin by INR, sliding scales, patch-free gaps or a feed; a carer and whoever checks
a prescription still need every fact of it in one place. Reading words back is rules.direction_reading's job.
"""

from collections.abc import Sequence
from datetime import date, time, timedelta

from emar.rules.amounts import Amount, plain
from emar.rules.direction_schedule import schedule_words as label_words
from emar.rules.inr import InrPlan, InrRecord
from emar.rules.interval import IntervalPlan
from emar.rules.label_words import DAYS, FOOD_WORDS, PLURALS, listed
from emar.rules.patterns import (
    Cycle,
    Daily,
    EveryNDays,
    EveryNWeeks,
    OnDates,
    OnDaysOfMonth,
    OnWeekdayOfMonth,
    OnWeekdays,
    Pattern,
)
from emar.rules.readings import HoldRule, Step
from emar.rules.regular import Phase, RegularPlan, Slot
from emar.rules.schedule import DailyTotalPlan, Schedule, StandingPlan, WhenRequiredPlan
from emar.rules.terms import Taking, Terms
from emar.rules.wall_clock import local

_MEASURES = {"mg", "g", "ml", "mmol", "microgram", "nanogram"}
_NTH = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}


def schedule_words(schedule: Schedule, *, verb: str = "take") -> str:
    """Return the dose in words, for every schedule: never empty, and naming every amount it can give.

    Where a label has exact words for it they are used, so that rules.direction_reading reads them back to the
    same due doses. First and last days are terms_words' business, except where the plan itself has dates.
    """
    return label_words(schedule, verb=verb) or _own_words(schedule, verb)


def terms_words(terms: Terms) -> list[str]:
    """Return what holds for the whole schedule beside the dose: its days, window, readings, holds, strengths."""
    found = [f"From {day_words(terms.starts_on)}" + (f" at {_clock(terms.starts_from)}" if terms.starts_from else "")]
    if terms.ends_on is not None:
        found.append(f"Last day {day_words(terms.ends_on - timedelta(days=1))}")
    if terms.is_time_critical:
        found.append(f"Time-critical: within {terms.window_minutes} minutes of its time")
    if terms.is_loose:
        found.append("Any time of its part of the day")
    if terms.late is not None:
        what = "the later days stay as they are" if terms.late.rule == "keep" else "the later days move with it"
        found.append(f"When a dose is late, {what} (agreed by {terms.late.agreed_by})")
    if terms.reading is not None:
        unit = f" in {terms.reading_unit}" if terms.reading_unit else ""
        found.append(f"Measure the {_name(terms.reading)}{unit} first")
    found += [hold_words(rule) for rule in terms.holds]
    if terms.strengths:
        halves = ", halves allowed" if terms.has_halves else ""
        found.append(f"Made up from {listed([plain(each) for each in terms.strengths])} {terms.unit}{halves}")
    return found


def hold_words(rule: HoldRule) -> str:
    """Return when a dose is held, and what to do then."""
    limits = []
    if rule.below is not None:
        limits.append(f"below {plain(rule.below)}")
    if rule.above is not None:
        limits.append(f"above {plain(rule.above)}")
    then = f": {rule.words}" if rule.words else ""
    return f"Do not give when the {_name(rule.reading)} is {' or '.join(limits)}{then}"


def amount_words(amount: Amount, unit: str) -> str:
    """Return an amount with its unit as people say it: 1 tablet, 1 to 2 tablets, 2.5 ml."""
    return f"{amount} {unit_words(unit, amount)}"


def unit_words(unit: str, amount: Amount) -> str:
    """Return a unit as it follows an amount."""
    if unit in _MEASURES or amount.high <= 1 or not unit:
        return unit
    return PLURALS.get(unit, unit if unit.endswith("s") or "/" in unit else f"{unit}s")


def day_words(day: date) -> str:
    """Return a day so that nobody takes the month for the day: Wed 4 Mar 2026."""
    return f"{day:%a} {day.day} {day:%b} {day.year}"


def pattern_words(pattern: Pattern) -> str:
    """Return on which days: every day, every 3 days, on the first Monday of the month."""
    match pattern:
        case Daily():
            return "every day"
        case OnWeekdays(days):
            return "on " + _weekdays(days)
        case EveryNDays(n):
            return "every day" if n == 1 else f"every {n} days"
        case EveryNWeeks(n, days):
            weeks = "every week" if n == 1 else f"every {n} weeks"
            return weeks + (f" on {_weekdays(days)}" if days else "")
        case OnDaysOfMonth(days_of_month, every):
            named = ["the last day" if day == -1 else f"day {day}" for day in days_of_month]
            return f"on {listed(named)} of " + ("every month" if every == 1 else f"every {every} months")
        case OnWeekdayOfMonth(nth, day):
            return f"on the {_NTH[nth]} {DAYS[day]} of every month"
        case Cycle(on, off):
            return f"for {_days(on)}, then {_days(off)} without, again and again"
        case OnDates(dates):
            return "on " + listed([day_words(day) for day in sorted(dates)])


def _own_words(schedule: Schedule, verb: str) -> str:
    terms, plan, does = schedule.terms, schedule.plan, verb.capitalize()
    match plan:
        case RegularPlan():
            parts = [_phase(phase, terms.unit, does if place == 0 else verb) for place, phase in enumerate(plan.phases)]
            words = "; then ".join(parts)
        case WhenRequiredPlan():
            words = _when_required(plan, terms.unit, does)
        case IntervalPlan():
            words = _interval(plan, terms.unit, does)
        case InrPlan():
            words = _inr(plan, terms.unit, does)
        case DailyTotalPlan():
            words = f"{amount_words(plan.amount, terms.unit)} in the course of each day, starting at {_clock(plan.at)}"
        case StandingPlan():
            level = "" if plan.iddsi_level is None else f": thicken to IDDSI level {plan.iddsi_level}"
            words = f"Always, at no set time{level}"
    return ". ".join([words, *taking_words(terms.taking)])


def taking_words(taking: Taking | None) -> list[str]:
    """Return how a dose stands to meals and posture."""
    if taking is None:
        return []
    found = []
    if taking.food is not None:
        minutes = "" if taking.food_minutes is None else f"{taking.food_minutes} minutes "
        words = minutes + FOOD_WORDS[taking.food]
        found.append(words[0].upper() + words[1:])
    if taking.is_on_rising:
        found.append("On rising")
    if taking.upright_minutes is not None:
        found.append(f"Stay upright for {taking.upright_minutes} minutes")
    return found


def _phase(phase: Phase, unit: str, does: str) -> str:
    words = f"{does} {listed([_slot(slot, unit) for slot in phase.slots])}, {pattern_words(phase.pattern)}"
    if phase.anchor_on is not None:
        words += f", counted from {day_words(phase.anchor_on)}"
    if phase.days is not None:
        words += f", for {_days(phase.days)}"
    if phase.doses is not None:
        words += f", for {phase.doses} dose{'' if phase.doses == 1 else 's'}"
    return words


def _slot(slot: Slot, unit: str) -> str:
    when = _slot_time(slot)
    if slot.event == "take_off":
        words = f"taken off {when}"
    elif slot.scale:
        words = f"{when} by the scale ({_scale(slot.scale, unit)})"
    else:
        words = f"{amount_words(slot.amount, unit)} {when}" + (", put on" if slot.event == "put_on" else "")
    return words + (f" {pattern_words(slot.pattern)}" if slot.pattern is not None else "")


def _slot_time(slot: Slot) -> str:
    if slot.at is not None:
        return f"at {_clock(slot.at)}" + (" after midnight" if slot.is_next_day else "")
    if not slot.offset_minutes:
        return f"at the {slot.round_name} round"
    side = "before" if slot.offset_minutes < 0 else "after"
    return f"{abs(slot.offset_minutes)} minutes {side} the {slot.round_name} round"


def _scale(scale: Sequence[Step], unit: str) -> str:
    return "; ".join(_step(step, unit) for step in scale)


def _step(step: Step, unit: str) -> str:
    if step.at_least is None and step.below is None:
        span = "any reading"
    elif step.at_least is None:
        span = f"below {plain(step.below)}" if step.below is not None else ""
    elif step.below is None:
        span = f"{plain(step.at_least)} or more"
    else:
        span = f"{plain(step.at_least)} to below {plain(step.below)}"
    gives = "none" if step.amount is None else amount_words(step.amount, unit)
    return f"{span}: {gives}" + (f", {step.words}" if step.words else "")


def _when_required(plan: WhenRequiredPlan, unit: str, does: str) -> str:
    words = f"{does} {amount_words(plan.amount, unit)} when required"
    if plan.min_gap_minutes:
        words += f", at least {_length(timedelta(minutes=plan.min_gap_minutes))} apart"
    limits = []
    if plan.max_amount_24h is not None:
        limits.append(amount_words(Amount(plan.max_amount_24h, plan.max_amount_24h), unit))
    if plan.max_doses_24h is not None:
        limits.append(f"{plan.max_doses_24h} dose{'' if plan.max_doses_24h == 1 else 's'}")
    if limits:
        words += f", no more than {' and '.join(limits)} in 24 hours"
    return words


def _interval(plan: IntervalPlan, unit: str, does: str) -> str:
    at = local(plan.first_at)
    every = _length(plan.every).removeprefix("1 ")
    words = f"{does} {amount_words(plan.amount, unit)} every {every}, first at {_clock(at.time())}"
    words += f" on {day_words(at.date())}"
    if plan.worn is not None and plan.worn < plan.every:
        words += f", taken off after {_length(plan.worn)}"
    elif plan.worn is not None:
        words += ", the old one taken off when the new one goes on"
    if plan.sites:
        words += f". Change the place each time: {listed(plan.sites)}"
    if plan.check_at is not None:
        words += f". Look each day at {_clock(plan.check_at)} that it is in place"
    if plan.doses is not None:
        words += f". {plan.doses} in all"
    return words


def _inr(plan: InrPlan, unit: str, does: str) -> str:
    words = f"{does} by the latest INR record, {_slot_time(plan.slot)}. No record for a day: give none, ring the clinic"
    return ". ".join([words, *(inr_record_words(record, unit) for record in plan.records)])


def inr_record_words(record: InrRecord, unit: str) -> str:
    """Return one dosing record: its days, its daily amounts in turn, and the INR it rests on."""
    amounts = [amount_words(Amount(each, each), unit) if each else "none" for each in record.amounts]
    each = amounts[0] + " each day" if len(amounts) == 1 else ", ".join(amounts) + " on days in turn"
    rests = "" if record.inr is None else f" (INR {plain(record.inr)}"
    if rests:
        rests += f" on {day_words(record.tested_on)})" if record.tested_on is not None else ")"
    return f"From {day_words(record.from_on)} until before {day_words(record.until_on)}: {each}{rests}"


def _length(length: timedelta) -> str:
    minutes = length // timedelta(minutes=1)
    for size, name in ((10_080, "week"), (1440, "day"), (60, "hour")):
        # 72 hours are said in hours: patches count real hours, not days.
        if minutes % size == 0 and (size == 60 or minutes >= 7 * 1440):
            count = minutes // size
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def _weekdays(days: frozenset[int]) -> str:
    return listed([DAYS[day] for day in sorted(days)])


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"


def _clock(clock: time) -> str:
    return clock.strftime("%H:%M")


def _name(reading: str) -> str:
    return reading.replace("_", " ")
