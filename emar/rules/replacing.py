"""When one version of a prescription ends and the next begins: at one instant, no dose twice and none missing.

A change is meant for a time ("from tomorrow", "from 14:00 today"). A dose after midnight that belongs to the
night before is still the old version's, so the change is moved behind it.
"""

from dataclasses import replace
from datetime import datetime, time, timedelta

from emar.rules.interval import IntervalPlan
from emar.rules.regular import RegularPlan
from emar.rules.schedule import DailyTotalPlan, Schedule
from emar.rules.wall_clock import instant, local, local_day

MINUTE = timedelta(minutes=1)


def begins(schedule: Schedule) -> datetime:
    """Return the instant from which a schedule can have doses."""
    if isinstance(schedule.plan, IntervalPlan):
        return schedule.plan.first_at
    return instant(schedule.starts_on, schedule.terms.starts_from or time())


def change_over(old: Schedule, wanted: datetime) -> datetime:
    """Return the instant of a change wanted at a time: behind doses after midnight of the night before."""
    day = local_day(wanted)
    if not isinstance(old.plan, RegularPlan):
        return wanted
    nights = [slot.at for phase in old.plan.phases for slot in phase.slots if slot.is_next_day and slot.at is not None]
    return max([wanted, *(instant(day, at) + MINUTE for at in nights)])


def starting_at(new: Schedule, moment: datetime) -> Schedule:
    """Return the schedule with nothing due before an instant; what it says from then on stays as it is.

    A plan in real hours keeps its own first time, which must not be earlier. What is counted from the first
    day (courses, every N days) is counted from the day of the instant.
    """
    day, clock = local_day(moment), local(moment).time()
    if isinstance(new.plan, IntervalPlan):
        return new
    if isinstance(new.plan, DailyTotalPlan) and clock > new.plan.at:
        day, clock = day + timedelta(days=1), time()
    return Schedule(replace(new.terms, starts_on=day, starts_from=clock if clock > time() else None), new.plan)
