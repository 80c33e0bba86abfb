"""When the use of a when-required medicine, or of a homely remedy, needs somebody to look at it.

Used every day it is perhaps a regular medicine; unused for weeks it is perhaps not needed; and a homely
remedy that goes on for days hides something the GP should see. Each answer names since when, so that one
cause is raised once. (NICE SC1 1.14.21; domain.md, When-required)
"""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, timedelta

from emar.rules.wall_clock import ONE_DAY


def used_daily_since(given_on: Collection[date], today: date, days: int) -> date | None:
    """Return the first day of unbroken daily use up to today or yesterday, when it has lasted so many days.

    Today counts where there was a dose already, and is not held against the row where there was none yet.
    """
    day = today if today in given_on else today - ONE_DAY
    first = None
    while day in given_on:
        first = day
        day -= ONE_DAY
    last = today if today in given_on else today - ONE_DAY
    return first if first is not None and (last - first).days + 1 >= days else None


def unused_since(last_on: date | None, started_on: date, today: date, days: int) -> date | None:
    """Return since when a medicine has not been used, when that is so many days ago: its last dose or its start."""
    since = started_on if last_on is None else max(last_on, started_on)
    return since if (today - since).days >= days else None


def course_of(given_at: Iterable[datetime], gap: timedelta) -> tuple[datetime, datetime] | None:
    """Return the first and last dose of the latest course: doses less than `gap` of real hours apart."""
    times = sorted((each.astimezone(UTC) for each in given_at), reverse=True)
    if not times:
        return None
    first = times[0]
    for each in times[1:]:
        if first - each >= gap:
            break
        first = each
    return first, times[0]


def homely_remedy_since(given_at: Iterable[datetime], now: datetime, hours: int) -> datetime | None:
    """Return when a homely remedy's course began, when the GP should be asked about it now.

    It is still going on (its last dose less than `hours` ago) and its doses span `hours` or more of real time.
    """
    allowed = timedelta(hours=hours)
    course = course_of(given_at, allowed)
    if course is None:
        return None
    first, last = course
    return first if last - first >= allowed and now.astimezone(UTC) - last < allowed else None


def effect_due_at(given_at: datetime, after_minutes: int) -> datetime:
    """Return when somebody looks whether a dose worked: so many real minutes after it."""
    return given_at.astimezone(UTC) + timedelta(minutes=after_minutes)
