"""Which doses will a prescription take from stock, as far as its schedule says?

The due doses are emar.rules.schedule's own, so that a course that ends, reduces or pauses is ordered as it will be
given. Two things are added for a forecast: a warfarin dose beyond the last INR is expected to go on as it is now,
because nobody knows the next one and an empty box would be worse; and a dose made up of several strengths is counted
in tablets of each.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from emar.rules.due import Answered, DueDose
from emar.rules.inr import InrPlan
from emar.rules.interval import IntervalPlan
from emar.rules.regular import RegularPlan
from emar.rules.round_times import RoundTimes
from emar.rules.schedule import Schedule, StandingPlan, WhenRequiredPlan, due_doses
from emar.rules.wall_clock import ONE_DAY, local_day


def doses_to_come(
    schedule: Schedule, rounds: RoundTimes, since: datetime, until: datetime, answered: Sequence[Answered] = ()
) -> list[DueDose]:
    """Return the doses that will leave stock from `since` until before `until`, in order of time.

    Raises ScheduleError for a round that the unit does not have.
    """
    if isinstance(schedule.plan, WhenRequiredPlan | StandingPlan):
        return []
    schedule = _going_on(schedule, local_day(until))
    return [
        dose
        for start, end, clocks in rounds.between(since, until)
        for dose in due_doses(schedule, start, end, clocks, answered)
        if dose.event != "take_off"
    ]


def _going_on(schedule: Schedule, last: date) -> Schedule:
    plan = schedule.plan
    if not isinstance(plan, InrPlan) or not plan.records:
        return schedule
    place, latest = max(enumerate(plan.records), key=lambda each: (each[1].from_on, each[0]))
    if latest.until_on > last:
        return schedule
    records = list(plan.records)
    records[place] = replace(latest, until_on=last + ONE_DAY)
    return replace(schedule, plan=replace(plan, records=tuple(records)))


def strengths_of(doses: Sequence[DueDose]) -> dict[Decimal, list[tuple[datetime, Decimal]]]:
    """Return how many of each strength the doses take, each at its time."""
    found: dict[Decimal, list[tuple[datetime, Decimal]]] = {}
    for dose in doses:
        for part in dose.parts:
            found.setdefault(part.strength, []).append((dose.due_at, part.count))
    return found


def amounts_of(doses: Sequence[DueDose]) -> list[tuple[datetime, Decimal]]:
    """Return what each dose takes; of a range the larger amount, so that nobody runs out by the smaller one."""
    return [(dose.due_at, dose.amount.high) for dose in doses]


def course_end(schedule: Schedule, doses: Sequence[DueDose]) -> date | None:
    """Return the first day without a dose of a course that ends, None for one that goes on.

    `doses` are those still to come; the last of them says when a course by number of doses ends.
    """
    ends_on = schedule.ends_on
    if ends_on is None and doses and _is_counted(schedule):
        return local_day(doses[-1].due_at) + ONE_DAY
    return ends_on


def _is_counted(schedule: Schedule) -> bool:
    plan = schedule.plan
    if isinstance(plan, RegularPlan):
        return plan.phases[-1].days is not None or plan.phases[-1].doses is not None
    return isinstance(plan, IntervalPlan) and plan.doses is not None


def why_not_counted(schedule: Schedule) -> str:
    """Say why nobody but a person can tell how much of it is used; empty when its doses can be counted."""
    plan = schedule.plan
    if isinstance(plan, StandingPlan):
        return "It is used whenever it is needed and no dose is counted: look how much is left, and say how many packs."
    if isinstance(plan, InrPlan) and not plan.records:
        return "No INR dose is recorded yet: ask the clinic which tablets are needed."
    return ""


def most_a_day(schedule: Schedule) -> Decimal | None:
    """Return the most that a when-required protocol allows in 24 hours, None where it sets no limit."""
    plan = schedule.plan
    if not isinstance(plan, WhenRequiredPlan):
        return None
    limits = [] if plan.max_amount_24h is None else [plan.max_amount_24h]
    if plan.max_doses_24h is not None:
        limits.append(plan.max_doses_24h * plan.amount.high)
    if plan.min_gap_minutes:
        limits.append(Decimal(1440 // plan.min_gap_minutes) * plan.amount.high)
    return min(limits, default=None)
