"""Which schedules have the very same doses from an instant on, so that they are worked out once for all of them?"""

from datetime import datetime

from emar.rules.patterns import DAILY
from emar.rules.regular import RegularPlan
from emar.rules.schedule import Schedule
from emar.rules.wall_clock import ONE_DAY, local_day


def like(schedule: Schedule, since: datetime) -> tuple[object, ...] | None:
    """Return what schedules with the very same doses from an instant on have in common; None for one of its own kind.

    Most of a home's medicines are one each morning, whenever they were begun: their doses need working out once.
    """
    plan, terms = schedule.plan, schedule.terms
    if not isinstance(plan, RegularPlan) or len(plan.phases) > 1 or terms.ends_on is not None:
        return None
    (phase,) = plan.phases
    is_endless = phase.days is None and phase.doses is None
    is_daily = phase.pattern == DAILY and all(slot.pattern is None for slot in phase.slots)
    has_begun = terms.starts_on < local_day(since) - ONE_DAY
    if not (is_endless and is_daily and has_begun):
        return None
    return plan, terms.unit, terms.strengths, terms.has_halves, terms.is_loose
