"""Writing down each home's day in counts once it is over, and again when what came later changes it.

May run at any time and twice: a day is counted from its records, and a row is written only where it differs. What a
day was when it closed is kept beside what it became.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import connection, transaction

from emar.rules.wall_clock import ONE_DAY
from quality.models import DailyFigure, DailyFigurePart, DailyKind
from quality.queries import record_counts
from quality.queries.record_counts import DayCount
from quality.rules.counting import COUNTS, Place, Theme

#: A day is counted again after the next ones close, for what leaves no record of when it was said (an absence).
AGAIN_FOR_DAYS = 3
#: Writers that began before the last count may have ended after it.
OVERLAP = timedelta(hours=1)
#: So many days are counted at once, which bounds what is held in memory.
AT_ONCE = 31
#: What only a whole day has.
OF_WHOLE_DAY = ("residents", "devices", "still_open", "without_times", "silent_devices", "open_actions")
PLACE = ("unit_id", "medicine_class", "time_of_day", "round_name")
COUNTING_LOCK = 7_001

PartKey = tuple[date, Place]
KindKey = tuple[date, Place, Theme, str]


@dataclass(frozen=True, slots=True)
class CountedDays:
    """What one run wrote: so many days for the first time, so many that changed."""

    closed: int = 0
    changed: int = 0


def close_days(*, home_id: int, at: datetime) -> CountedDays:
    """Count the days of a home that have closed since, and those that late records changed.

    The home must be in scope. Two runs at once wait for each other.
    """
    with transaction.atomic():
        _lock(home_id)
        last = record_counts.last_closed_day(home_id, at)
        known = DailyFigure.objects.filter(home_id=home_id)
        newest = known.order_by("-day_on").first()
        if newest is None:
            first = record_counts.first_day(home_id)
            return CountedDays() if first is None else _count(home_id, _days(first, last), at)
        days = set(_days(newest.day_on + ONE_DAY, last))
        if days:
            again = known.filter(day_on__gt=newest.day_on - AGAIN_FOR_DAYS * ONE_DAY)
            days |= set(again.values_list("day_on", flat=True))
        looked_at = known.order_by("-counted_at").values_list("counted_at", flat=True)[0]
        first = known.order_by("day_on").values_list("day_on", flat=True)[0]
        days |= {day for day in record_counts.days_touched(home_id, looked_at - OVERLAP) if first <= day <= last}
        days |= set(known.filter(still_open__gt=0).values_list("day_on", flat=True))
        return _count(home_id, days, at)


def rebuild_figures(*, home_id: int, at: datetime, first: date | None = None, last: date | None = None) -> CountedDays:
    """Count days of a home again from its records, all that have closed unless told from and until when.

    The home must be in scope.
    """
    with transaction.atomic():
        _lock(home_id)
        first = first or record_counts.first_day(home_id)
        closed = record_counts.last_closed_day(home_id, at)
        if first is None:
            return CountedDays()
        return _count(home_id, _days(first, min(last or closed, closed)), at)


def _lock(home_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [COUNTING_LOCK, home_id])


def _days(first: date, last: date) -> list[date]:
    return [first + n * ONE_DAY for n in range((last - first).days + 1)]


def _together(days: Collection[date]) -> Iterator[list[date]]:
    """Yield the days in runs without a gap, none longer than is counted at once."""
    numbered = enumerate(sorted(days))
    for _, run in groupby(numbered, key=lambda each: each[1].toordinal() - each[0]):
        row = [day for _, day in run]
        yield from (row[n : n + AT_ONCE] for n in range(0, len(row), AT_ONCE))


def _count(home_id: int, days: Collection[date], at: datetime) -> CountedDays:
    closed = changed = 0
    for row in _together(days):
        counted = record_counts.count_days(home_id, row[0], row[-1], at)
        altered = _write_parts(home_id, counted) | _write_kinds(home_id, counted)
        new, other = _write_days(home_id, counted, altered, at)
        closed, changed = closed + new, changed + other
    return CountedDays(closed, changed)


def _write_days(home_id: int, counted: dict[date, DayCount], altered: set[date], at: datetime) -> tuple[int, int]:
    known = {each.day_on: each for each in DailyFigure.objects.filter(home_id=home_id, day_on__in=counted)}
    new, changed, looked_at = [], 0, []
    for day, count in counted.items():
        facts = _facts(count)
        row = known.get(day)
        if row is None:
            new.append(DailyFigure(home_id=home_id, day_on=day, closed_at=at, counted_at=at, **facts))
            continue
        if altered & {day} or any(getattr(row, name) != facts[name] for name in COUNTS):
            changed += 1
            row.changed_at = at
            row.as_closed = row.as_closed or row.numbers
        for name, value in facts.items():
            setattr(row, name, value)
        row.counted_at = at
        looked_at.append(row)
    DailyFigure.objects.bulk_create(new)
    DailyFigure.objects.bulk_update(looked_at, [*_facts(DayCount()), "changed_at", "as_closed", "counted_at"])
    return len(new), changed


def _facts(count: DayCount) -> dict[str, int]:
    numbers = count.total.numbers
    return {name: numbers[name] for name in COUNTS} | {name: getattr(count, name) for name in OF_WHOLE_DAY}


def _write_parts(home_id: int, counted: dict[date, DayCount]) -> set[date]:
    """Write the parts that differ from what is there, zeros where nothing is left, and return their days."""
    wanted = {
        (day, place): {name: counts.numbers[name] for name in COUNTS}
        for day, count in counted.items()
        for place, counts in count.parts.items()
    }
    known = {_part_key(each): each for each in DailyFigurePart.objects.filter(home_id=home_id, day_on__in=counted)}
    nothing = dict.fromkeys(COUNTS, 0)
    new = [
        DailyFigurePart(home_id=home_id, **_place_fields(key), **numbers)
        for key, numbers in wanted.items()
        if key not in known and any(numbers.values())
    ]
    other = []
    for key, row in known.items():
        numbers = wanted.get(key, nothing)
        if row.numbers != numbers:
            for name, value in numbers.items():
                setattr(row, name, value)
            other.append(row)
    DailyFigurePart.objects.bulk_create(new)
    DailyFigurePart.objects.bulk_update(other, COUNTS)
    return {each.day_on for each in (*new, *other)}


def _write_kinds(home_id: int, counted: dict[date, DayCount]) -> set[date]:
    """Write the kinds that differ from what is there, and return their days."""
    wanted = {
        (day, place, theme, code): (number, counts.overridden[theme, code])
        for day, count in counted.items()
        for place, counts in count.parts.items()
        for (theme, code), number in counts.kinds.items()
    }
    known: dict[KindKey, DailyKind] = {
        (*_part_key(each), each.theme, each.code): each  # type: ignore[misc]
        for each in DailyKind.objects.filter(home_id=home_id, day_on__in=counted)
    }
    new = [
        DailyKind(
            home_id=home_id, theme=key[2], code=key[3], count=number, overridden=overridden, **_place_fields(key[:2])
        )
        for key, (number, overridden) in wanted.items()
        if key not in known
    ]
    other = []
    for key, row in known.items():
        number, overridden = wanted.get(key, (0, 0))
        if (row.count, row.overridden) != (number, overridden):
            row.count, row.overridden = number, overridden
            other.append(row)
    DailyKind.objects.bulk_create(new)
    DailyKind.objects.bulk_update(other, ["count", "overridden"])
    return {each.day_on for each in (*new, *other)}


def _part_key(row: DailyFigurePart | DailyKind) -> PartKey:
    return row.day_on, Place(row.unit_id, row.medicine_class, row.time_of_day, row.round_name)


def _place_fields(key: PartKey) -> dict[str, Any]:
    day, place = key
    return {"day_on": day} | {name: getattr(place, name) for name in PLACE}
