"""Where do the daily figures say something else than the records do?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from emar.rules.wall_clock import ONE_DAY
from quality.models import DailyFigure, DailyFigurePart, DailyKind
from quality.queries.record_counts import count_days, first_day, last_closed_day
from quality.rules.counting import COUNTS, Counts, Place

AT_ONCE = 31


@dataclass(frozen=True, slots=True)
class Fault:
    """One number of a day that is not what the records say; `part` says which part, empty for the whole day."""

    day: date
    part: str
    name: str
    written: int
    counted: int


def figure_faults(home_id: int, now: datetime, *, first: date | None = None, last: date | None = None) -> list[Fault]:
    """Return every number of a home's daily figures that is not what its records say, the days closed so far.

    A day that was never written down is a fault of its number of doses due. The home must be in scope.
    """
    first = first or first_day(home_id)
    closed = last_closed_day(home_id, now)
    last = min(last or closed, closed)
    found: list[Fault] = []
    while first is not None and first <= last:
        until = min(first + (AT_ONCE - 1) * ONE_DAY, last)
        found += _faults_between(home_id, first, until, now)
        first = until + ONE_DAY
    return found


def _faults_between(home_id: int, first: date, last: date, now: datetime) -> Iterator[Fault]:
    counted = count_days(home_id, first, last, now)
    days = {"home_id": home_id, "day_on__gte": first, "day_on__lte": last}
    whole = {each.day_on: each.numbers for each in DailyFigure.objects.filter(**days)}
    parts: dict[tuple[date, Place], dict[str, int]] = {}
    for row in DailyFigurePart.objects.filter(**days):
        parts[row.day_on, _place(row)] = row.numbers
    kinds = {
        (row.day_on, _place(row), row.theme, row.code): (row.count, row.overridden)
        for row in DailyKind.objects.filter(**days)
    }
    for day, count in counted.items():
        yield from _between(day, "", whole.get(day), count.total)
        for place in count.parts.keys() | {place for at, place in parts if at == day}:
            yield from _between(day, str(place), parts.get((day, place)), count.parts.get(place, Counts()))
    wanted = {
        (day, place, theme, code): (number, counts.overridden[theme, code])
        for day, count in counted.items()
        for place, counts in count.parts.items()
        for (theme, code), number in counts.kinds.items()
    }
    for day, place, theme, code in kinds.keys() | wanted.keys():
        written, right = (each.get((day, place, theme, code), (0, 0)) for each in (kinds, wanted))
        if written != right:
            yield Fault(day, str(place), f"{theme} {code}", written[0], right[0])


def _between(day: date, part: str, written: dict[str, int] | None, counts: Counts) -> Iterator[Fault]:
    if written is None and part == "":
        yield Fault(day, part, "not written", 0, counts.numbers["due"])
        return
    for name in COUNTS:
        if (written or {}).get(name, 0) != counts.numbers[name]:
            yield Fault(day, part, name, (written or {}).get(name, 0), counts.numbers[name])


def _place(row: DailyFigurePart | DailyKind) -> Place:
    return Place(row.unit_id, row.medicine_class, row.time_of_day, row.round_name)
