"""When is what due in the ordering cycle of a home?

Everything is counted backwards from the change-over, the day on which the new packs come into use: that day cannot
move, so a bank holiday moves what comes before it. Which bank holidays there are is the `holidays` package's to say.
What is ordered is rules.forecast's business. (domain.md, The 28-day ordering cycle)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import holidays

ONE_DAY = timedelta(days=1)
MONDAY_TO_FRIDAY = frozenset(range(5))
#: The nations of the United Kingdom, whose bank holidays differ, as the `holidays` package names them.
NATIONS = {"ENG": "England", "WLS": "Wales", "SCT": "Scotland", "NIR": "Northern Ireland"}


@dataclass(frozen=True, slots=True)
class CyclePlan:
    """How a home, its surgeries and its pharmacy have agreed to order. Days are numbered from a change-over, day 1.

    `change_over_on` is any one change-over; the others lie `cycle_days` apart. `weekdays` are those on which surgery
    and pharmacy work (Monday is 0); `closed_days` are days on which they do not beside bank holidays.
    """

    change_over_on: date
    cycle_days: int = 28
    order_day: int = 8
    check_first_day: int = 14
    check_last_day: int = 16
    review_working_days: int = 2
    issue_working_days: int = 2
    dispense_working_days: int = 4
    delivery_working_days: int = 3
    weekdays: frozenset[int] = MONDAY_TO_FRIDAY
    nation: str = "ENG"
    closed_days: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The days of one cycle. Each `_by_on` is the last day on which it is in time.

    The cycle starts with the change-over before (`starts_on`, day 1) and ends with its own (`change_over_on`); what is
    ordered in it covers the days from then until `cover_until_on`, which is not part of it.
    """

    starts_on: date
    draft_on: date
    order_by_on: date
    issue_by_on: date
    check_from_on: date
    check_by_on: date
    deliver_by_on: date
    change_over_on: date
    cover_until_on: date

    def day_number(self, day: date) -> int:
        """Return which day of the cycle a day is: the first is day 1."""
        return (day - self.starts_on).days + 1


@cache
def bank_holidays(nation: str, year: int) -> dict[date, str]:
    """Return the bank holidays of a nation in a year, with their names, substitute days included."""
    return dict(holidays.country_holidays("GB", subdiv=nation, years=year))


def why_closed(plan: CyclePlan, day: date) -> str:
    """Say why surgery and pharmacy do not work on a day; empty when they do."""
    if day.weekday() not in plan.weekdays:
        return f"{day:%A}"
    if name := bank_holidays(plan.nation, day.year).get(day):
        return name
    return "Closed" if day in plan.closed_days else ""


def is_working_day(plan: CyclePlan, day: date) -> bool:
    """Return whether surgery and pharmacy work on a day."""
    return not why_closed(plan, day)


def working_day_by(plan: CyclePlan, day: date) -> date:
    """Return the day itself when it is a working day, else the last working day before it."""
    return next(each for each in _back_from(day) if is_working_day(plan, each))


def working_days_before(plan: CyclePlan, day: date, count: int) -> date:
    """Return the day that lies `count` working days before another: 3 before a Monday is the Wednesday."""
    if count == 0:
        return day
    worked = (each for each in _back_from(day - ONE_DAY) if is_working_day(plan, each))
    for _ in range(count - 1):
        next(worked)
    return next(worked)


def working_days_between(plan: CyclePlan, first: date, last: date) -> int:
    """Return how many working days lie after the first day, up to and with the last."""
    return sum(is_working_day(plan, first + place * ONE_DAY) for place in range(1, (last - first).days + 1))


def deadlines(plan: CyclePlan, change_over_on: date) -> Deadlines:
    """Work out the days of the cycle that ends with a change-over, each early enough for the one after it.

    A day that falls on a weekend or bank holiday moves to the working day before. Where holidays take the time that
    the pharmacy needs to dispense, the check moves forward, and with it the day to order by.
    """
    starts_on = change_over_on - plan.cycle_days * ONE_DAY
    deliver_by = working_days_before(plan, change_over_on, plan.delivery_working_days)
    check_by = min(
        working_day_by(plan, starts_on + (plan.check_last_day - 1) * ONE_DAY),
        working_days_before(plan, deliver_by, plan.dispense_working_days),
    )
    check_from = min(working_day_by(plan, starts_on + (plan.check_first_day - 1) * ONE_DAY), check_by)
    order_by = min(
        working_day_by(plan, starts_on + (plan.order_day - 1) * ONE_DAY),
        working_days_before(plan, check_from, plan.issue_working_days),
    )
    return Deadlines(
        starts_on=starts_on,
        draft_on=working_days_before(plan, order_by, plan.review_working_days),
        order_by_on=order_by,
        issue_by_on=check_from,
        check_from_on=check_from,
        check_by_on=check_by,
        deliver_by_on=deliver_by,
        change_over_on=change_over_on,
        cover_until_on=change_over_on + plan.cycle_days * ONE_DAY,
    )


def cycle_on(plan: CyclePlan, day: date) -> Deadlines:
    """Return the cycle that a day lies in: it began with a change-over on or before the day."""
    passed = (day - plan.change_over_on).days // plan.cycle_days
    return deadlines(plan, plan.change_over_on + (passed + 1) * plan.cycle_days * ONE_DAY)


def cycle_to_order(plan: CyclePlan, day: date) -> Deadlines:
    """Return the earliest cycle whose delivery has not come due by a day: the one that somebody can still order in."""
    found = cycle_on(plan, day)
    return found if day <= found.deliver_by_on else deadlines(plan, found.cover_until_on)


def next_delivery(plan: CyclePlan, day: date) -> date:
    """Return the day by which the next ordinary delivery is here, after a day."""
    found = cycle_on(plan, day)
    return found.deliver_by_on if day < found.deliver_by_on else deadlines(plan, found.cover_until_on).deliver_by_on


def days_closed(plan: CyclePlan, since: date, until: date) -> list[tuple[date, str]]:
    """Return the bank holidays and closed days on working weekdays from one day until before another."""
    days = (since + place * ONE_DAY for place in range((until - since).days))
    return [(day, why_closed(plan, day)) for day in days if day.weekday() in plan.weekdays and why_closed(plan, day)]


def faults_of(plan: CyclePlan) -> list[str]:
    """Say in plain words why a plan cannot work; an empty list when it can."""
    faults = []
    if not plan.weekdays:
        faults.append("choose at least one day of the week on which the surgery and the pharmacy work")
        return faults
    if not 1 <= plan.order_day < plan.check_first_day <= plan.check_last_day < plan.cycle_days:
        faults.append("the order comes before the check of the prescriptions, and both before the change-over")
        return faults
    found = cycle_on(plan, plan.change_over_on)
    if found.draft_on < found.starts_on - plan.cycle_days * ONE_DAY // 2:
        faults.append("the steps need more working days than the cycle has")
    return faults


def _back_from(day: date) -> Iterator[date]:
    # A year and more without one working day is no plan that anybody can keep.
    for place in range(400):
        yield day - place * ONE_DAY
    raise ValueError("no working day in more than a year")
