"""What may a council see of its homes? Read from daily figures alone, suppressed before anything leaves here.

Everything here asks as the council: the scope must name it, and the database shows it no row of a resident, a
prescription or a record. (quality.migrations 0002)
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Min

from emar.models import CareHome
from emar.rules.wall_clock import local_day
from quality.models import Rebasing
from quality.rules.counting import Theme
from quality.rules.publication import (
    COLUMNS,
    MADE_OF,
    PUBLISHED,
    Shown,
    broken_down,
    by_columns,
    columns_of,
    is_published,
    months_between,
    next_month,
    quarter_of,
    round_shown,
    shown_total,
    sum_of_months,
)
from quality.rules.suppression import shown_alone

SUMS = ", ".join(f"sum({name})" for name in MADE_OF)
BY_MONTH = f"""
    SELECT home_id, date_trunc('month', day_on::timestamp)::date AS month, count(*), count(changed_at),
           max(silent_devices), max(residents), max(devices), {SUMS}
      FROM quality_dailyfigure
     WHERE home_id = ANY (%(homes)s) AND day_on >= %(first)s AND day_on < %(end)s
     GROUP BY home_id, month
"""  # noqa: S608  only names of columns of ours
#: The first and last day of each home by its index, instead of every day of all of them.
SPAN = """
    SELECT min(day.first), max(day.last) FROM unnest(%s::bigint[]) AS home (id),
           LATERAL (SELECT (SELECT day_on FROM quality_dailyfigure WHERE home_id = home.id ORDER BY day_on LIMIT 1),
                           (SELECT day_on FROM quality_dailyfigure WHERE home_id = home.id ORDER BY day_on DESC LIMIT 1)
           ) AS day (first, last)
"""
OPEN_ACTIONS = """
    SELECT DISTINCT ON (home_id) home_id, open_actions FROM quality_dailyfigure
     WHERE home_id = ANY (%(homes)s) AND day_on >= %(first)s AND day_on < %(end)s
     ORDER BY home_id, day_on DESC
"""
BY_PART = f"""
    SELECT medicine_class, time_of_day, round_name, {SUMS}
      FROM quality_dailyfigurepart
     WHERE home_id = ANY (%(homes)s) AND day_on >= %(first)s AND day_on < %(end)s
     GROUP BY medicine_class, time_of_day, round_name
"""  # noqa: S608
BY_KIND = """
    SELECT code, sum(count)::bigint, sum(overridden)::bigint
      FROM quality_dailykind
     WHERE home_id = ANY (%(homes)s) AND day_on >= %(first)s AND day_on < %(end)s AND theme = %(theme)s
     GROUP BY code
"""
#: A council of nearly a hundred homes has figures of a few hundred home months: none is kept between questions.
LONGEST = 36


@dataclass(frozen=True, slots=True)
class HomeOfCouncil:
    """One home as a council knows it."""

    pk: int
    name: str
    has_nursing: bool
    live_on: date | None = None


@dataclass(frozen=True, slots=True)
class HomeMonth:
    """One home's month as it may be shown: its columns, and how complete they are.

    `days` of the month have figures, `changed` of them were changed by late records, on the worst day `silent`
    devices had not been heard of. `residents` is the most who lived there on a day, hidden when small.
    """

    columns: Mapping[str, Shown]
    days: int
    changed: int
    silent: int
    residents: Shown
    devices: int


@dataclass(frozen=True, slots=True)
class Month:
    """One month of a council: the totals of all homes, and each home's columns by the home's number."""

    month: date
    totals: Mapping[str, Shown]
    homes: Mapping[int, HomeMonth]


@dataclass(frozen=True, slots=True)
class Cell:
    """One line of a breakdown: what it is, its columns as they may be shown."""

    key: str
    columns: Mapping[str, Shown]


def homes_of_council(council_id: int) -> list[HomeOfCouncil]:
    """Return a council's homes by name, with the day each went live. Two statements."""
    live = Rebasing.objects.filter(why=Rebasing.Why.GO_LIVE, withdrawn_at__isnull=True)
    live_on = dict(live.values_list("home_id").annotate(first=Min("from_on")))
    rows = CareHome.objects.filter(council_id=council_id).order_by("name")
    return [HomeOfCouncil(each.pk, each.name, each.has_nursing, live_on.get(each.pk)) for each in rows]


def rebased_days(homes: Sequence[int]) -> dict[int, list[date]]:
    """Return the days from which each home's charts have new limits."""
    found: dict[int, list[date]] = defaultdict(list)
    rows = Rebasing.objects.filter(home_id__in=homes, withdrawn_at__isnull=True).order_by("from_on")
    for home_id, from_on in rows.values_list("home_id", "from_on"):
        found[home_id].append(from_on)
    return found


def published_months(homes: Sequence[int], now: datetime) -> list[date]:
    """Return the months that a council may see, first to last: those over for a week, with any figures."""
    with connection.cursor() as cursor:
        cursor.execute(SPAN, [list(homes)])
        ((first, last),) = cursor.fetchall()
    if first is None:
        return []
    today = local_day(now)
    return [each for each in months_between(first, last) if is_published(each, today)][-LONGEST:]


def months(homes: Sequence[int], asked: Sequence[date]) -> list[Month]:
    """Return months of a council as they may be shown, in the order asked. One statement, however many homes."""
    if not asked:
        return []
    found: dict[date, dict[int, tuple[Any, ...]]] = {month: {} for month in asked}
    with connection.cursor() as cursor:
        cursor.execute(BY_MONTH, {"homes": list(homes), "first": min(asked), "end": next_month(max(asked))})
        for home_id, month, *facts in cursor.fetchall():
            if month in found:
                found[month][home_id] = tuple(facts)
    return [_month(month, rows) for month, rows in found.items()]


def _month(month: date, rows: Mapping[int, tuple[Any, ...]]) -> Month:
    columns = {pk: columns_of(dict(zip(MADE_OF, facts[5:], strict=True))) for pk, facts in rows.items()}
    totals, shown = by_columns(columns)
    return Month(
        month,
        totals,
        {
            pk: HomeMonth(shown[pk], days, changed, silent, shown_alone(residents), devices)
            for pk, (days, changed, silent, residents, devices, *_) in rows.items()
        },
    )


def open_actions(homes: Sequence[int], month: date) -> dict[int, Shown]:
    """Return how many actions of incidents each home had open at the end of a month, hidden where that is small.

    They stand in no sum with others, so that there is nothing to work a hidden one out from. One statement.
    """
    with connection.cursor() as cursor:
        cursor.execute(OPEN_ACTIONS, {"homes": list(homes), "first": month, "end": next_month(month)})
        return {home_id: shown_alone(number) for home_id, number in cursor.fetchall()}


def quarter(found: Sequence[Month]) -> tuple[dict[str, Shown], dict[int, dict[str, Shown]]]:
    """Return the sums of months that were published: of all homes, and of each home that has all of them."""
    everywhere = {pk for month in found for pk in month.homes}
    nothing: dict[str, Shown] = dict.fromkeys(COLUMNS)
    return sum_of_months(month.totals for month in found), {
        pk: sum_of_months(month.homes[pk].columns if pk in month.homes else nothing for month in found)
        for pk in everywhere
    }


def quarters(months_published: Sequence[date]) -> list[date]:
    """Return the quarters of which every month is published, the latest first."""
    by_quarter: dict[date, int] = defaultdict(int)
    for month in months_published:
        by_quarter[quarter_of(month)] += 1
    return sorted((quarter for quarter, number in by_quarter.items() if number == 3), reverse=True)


# Taking a figure apart


def breakdown(
    homes: Sequence[int], month: date, *, medicine_class: str = "", time_of_day: str = ""
) -> tuple[list[Cell], dict[str, Shown]] | None:
    """Return one level of a month taken apart over all homes, with the total it takes apart, as they may be shown.

    By class of medicines; within a class by part of the day; within that by round. None for a class or part of the day
    that the month does not have. A column that is hidden at a level has no cells below it.
    """
    parts = _parts(homes, month)
    total = {column: shown_total(sum(row[column] for row in parts.values())) for column in COLUMNS}
    path = [word for word in (medicine_class, time_of_day) if word]
    cells = _level(parts, total, 0)
    for depth, word in enumerate(path):
        if word not in cells:
            return None
        total = cells[word]
        parts = {key: row for key, row in parts.items() if key[depth] == word}
        cells = _level(parts, total, depth + 1)
    return [Cell(key, columns) for key, columns in cells.items()], total


def _parts(homes: Sequence[int], month: date) -> dict[tuple[str, str, str], dict[str, int]]:
    found: dict[tuple[str, str, str], dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(BY_PART, {"homes": list(homes), "first": month, "end": next_month(month)})
        for medicine_class, time_of_day, round_name, *numbers in cursor.fetchall():
            columns = columns_of(dict(zip(MADE_OF, numbers, strict=True)))
            mine = found.setdefault((medicine_class, time_of_day, round_shown(round_name)), dict.fromkeys(COLUMNS, 0))
            for column, number in columns.items():
                mine[column] += number
    return found


def _level(
    parts: Mapping[tuple[str, str, str], Mapping[str, int]], total: Mapping[str, Shown], depth: int
) -> dict[str, dict[str, Shown]]:
    sums: dict[str, dict[str, int]] = {}
    for key, row in parts.items():
        mine = sums.setdefault(key[depth], dict.fromkeys(COLUMNS, 0))
        for column in COLUMNS:
            mine[column] += row[column]
    shown: dict[str, dict[str, Shown]] = {key: {} for key in sorted(sums)}
    for column in COLUMNS:
        cells = broken_down(total[column], {key: sums[key][column] for key in shown})
        for key, columns in shown.items():
            columns[column] = None if cells is None else cells[key]
    return shown


def kinds(homes: Sequence[int], month: date, measure: str) -> list[tuple[str, Shown, Shown]] | None:
    """Return the kinds of a figure of a month over all homes: code, how many, and of questions how many overridden.

    None for a figure without kinds, or whose total is hidden.
    """
    theme: Theme | None = PUBLISHED[measure].theme
    if theme is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(BY_KIND, {"homes": list(homes), "first": month, "end": next_month(month), "theme": theme})
        rows = sorted((code, int(number), int(overridden)) for code, number, overridden in cursor.fetchall())
    counts = {code: number for code, number, _ in rows}
    shown = broken_down(shown_total(sum(counts.values())), counts)
    if shown is None:
        return None
    overridden = {code: number for code, _, number in rows}
    answered = broken_down(shown_total(sum(overridden.values())), overridden) or dict.fromkeys(overridden)
    return [(code, shown[code], answered[code]) for code in counts]
