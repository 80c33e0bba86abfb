"""What instant a wall-clock time in the home is, on any day, clock changes included.

Breakfast is at 08:00 on both sides of a clock change, so a schedule keeps wall-clock times and this file
turns one day and one time into the one instant meant. Fixed gaps in real hours are rules.interval's job.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
ONE_DAY = timedelta(days=1)


def instant(day: date, clock: time) -> datetime:
    """Return the instant, in UTC, at which a home's clocks show this time on this day.

    A time that the spring change skips (01:00 to 01:59 on the last Sunday of March) is given at the next
    real time, 02:00 BST: the person is owed the dose, an earlier instant would be early, which is blocked,
    and a later one would be late for no reason. A time that the autumn change shows twice is one dose, at
    its first showing: the second would be an hour late on the prescription's own clock, and a dose must
    not be given twice because a clock was.
    """
    return instant_of(day.toordinal(), clock)


@lru_cache(maxsize=65536)
def instant_of(ordinal: int, clock: time) -> datetime:
    """Return what `instant` returns, for the ordinal of a day."""
    day = date.fromordinal(ordinal)
    # fold=0 is the first of two showings. For a skipped time it is the reading before the change,
    # so the way back gives another wall clock, which is how a skipped time is known.
    moment = datetime.combine(day, clock, tzinfo=LONDON).astimezone(UTC)
    shown = moment.astimezone(LONDON)
    if shown.time() == clock and shown.date() == day:
        return moment
    return _end_of_gap(moment)


def is_skipped(day: date, clock: time) -> bool:
    """Return whether the clocks of the home never show this time on this day."""
    shown = datetime.combine(day, clock, tzinfo=LONDON).astimezone(UTC).astimezone(LONDON)
    return shown.replace(tzinfo=None) != datetime.combine(day, clock)


def _end_of_gap(moment: datetime) -> datetime:
    """Return the clock change that this instant, up to an hour after it, was reckoned across."""
    after = moment.astimezone(LONDON).utcoffset()
    change = moment.replace(second=0, microsecond=0)
    while (change - timedelta(minutes=1)).astimezone(LONDON).utcoffset() == after:
        change -= timedelta(minutes=1)
    return change


def local(moment: datetime) -> datetime:
    """Return this instant as the home's clocks show it."""
    return moment.astimezone(LONDON)


def local_day(moment: datetime) -> date:
    """Return the calendar day in the home at this instant."""
    return moment.astimezone(LONDON).date()


def round_at(moment: datetime, rounds: Mapping[str, tuple[time, time]]) -> tuple[str, date] | None:
    """Return the round under way at this instant and the day it belongs to, or None between rounds.

    A round whose end is earlier on the clock than its start runs past midnight, and the part after midnight
    belongs to the day the round started. Ends are outside the round. Of overlapping rounds the one that
    started last is meant.
    """
    today = local_day(moment)
    best: tuple[datetime, str, date] | None = None
    for name, (starts, ends) in rounds.items():
        for day in (today - ONE_DAY, today):
            opens = instant(day, starts)
            closes = instant(day if starts < ends else day + ONE_DAY, ends)
            if opens <= moment < closes and (best is None or opens > best[0]):
                best = (opens, name, day)
    return None if best is None else (best[1], best[2])


#: When few people are on duty in a home, by the clock on the wall.
NIGHT_FROM, NIGHT_UNTIL = time(20), time(8)


def is_night(moment: datetime) -> bool:
    """Return whether an instant lies in the night shift of the home: from 20:00 until 08:00."""
    clock = local(moment).time()
    return clock >= NIGHT_FROM or clock < NIGHT_UNTIL


def zulu(moment: datetime) -> str:
    """Return an instant as the device API writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
