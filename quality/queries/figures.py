"""What do a home's daily figures say: of a period, taken apart, over time, and how complete are they?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from emar.rules.wall_clock import ONE_DAY
from quality.models import DailyFigure, DailyFigurePart, DailyKind, Rebasing
from quality.rules.counting import COUNTS, Theme
from quality.rules.measures import Measure
from quality.rules.publication import month_of, next_month
from quality.rules.trends import Period, Point

SUMS = {name: Sum(name, default=0) for name in COUNTS}
#: What figures can be taken apart by, and which column of the parts says it.
DIMENSIONS = {
    "unit": "unit_id",
    "medicine_class": "medicine_class",
    "time_of_day": "time_of_day",
    "round": "round_name",
}


@dataclass(frozen=True, slots=True)
class Where:
    """Which part of a home's figures is meant; nothing chosen is the whole home."""

    unit_id: int | None = None
    medicine_class: str = ""
    time_of_day: str = ""
    round_name: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the whole home is meant."""
        return self == Where()

    def fields(self) -> dict[str, object]:
        """Return what is chosen, by column of the parts."""
        chosen = {
            "unit_id": self.unit_id,
            "medicine_class": self.medicine_class or None,
            "time_of_day": self.time_of_day or None,
            "round_name": self.round_name,
        }
        return {name: value for name, value in chosen.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Changed:
    """A day that late records or corrections changed, and which numbers: what it was when it closed, and is now."""

    day: date
    changed_at: datetime
    numbers: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Completeness:
    """How complete the figures of a period are.

    `days` of `of` have closed. `still_open` doses could still be answered when their day closed, `without_times`
    prescriptions of the worst day have no due times, `silent_devices` of the worst day had not been heard of since.
    """

    days: int
    of: int
    still_open: int
    without_times: int
    silent_devices: int
    changed: tuple[Changed, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is known to be missing."""
        return self.days == self.of and not (self.still_open or self.without_times or self.silent_devices)


def span(home_id: int) -> tuple[date, date] | None:
    """Return the first and last day with figures, None before the first day has closed."""
    found = DailyFigure.objects.filter(home_id=home_id).aggregate(first=Min("day_on"), last=Max("day_on"))
    return None if found["first"] is None else (found["first"], found["last"])


def figures(home_id: int, first: date, last: date, where: Where = Where()) -> dict[str, int]:
    """Return the numbers of a period, both days counted."""
    if where.is_whole:
        return _days(home_id, first, last).aggregate(**SUMS)
    return _parts(home_id, first, last, where).aggregate(**SUMS)


def taken_apart(home_id: int, first: date, last: date, by: str, where: Where) -> list[tuple[object, dict[str, int]]]:
    """Return the numbers of a period by one of DIMENSIONS; parts in which nothing happened are left out."""
    column = DIMENSIONS[by]
    rows = _parts(home_id, first, last, where).values(column).annotate(**SUMS).order_by(column)
    found = [(row[column], {name: row[name] for name in COUNTS}) for row in rows]
    return [(key, numbers) for key, numbers in found if any(numbers.values())]


def kinds(home_id: int, first: date, last: date, where: Where) -> dict[Theme, list[tuple[str, int, int]]]:
    """Return by theme how often each kind came, the most frequent first: code, how many, how many overridden."""
    rows = DailyKind.objects.filter(home_id=home_id, day_on__gte=first, day_on__lte=last, **where.fields())
    sums = rows.values("theme", "code").annotate(number=Sum("count"), again=Sum("overridden"))
    found: dict[Theme, list[tuple[str, int, int]]] = {}
    for row in sums.filter(number__gt=0).order_by("-number", "code"):
        found.setdefault(row["theme"], []).append((row["code"], row["number"], row["again"]))
    return found


def completeness(home_id: int, first: date, last: date) -> Completeness:
    """Return how complete the figures of a period are, with the days that changed, the latest first."""
    rows = _days(home_id, first, last)
    found = rows.aggregate(
        days=Count("pk"), still_open=Sum("still_open", default=0),
        without_times=Max("without_times", default=0), silent_devices=Max("silent_devices", default=0),
    )  # fmt: skip
    changed = tuple(_changed(each) for each in rows.filter(changed_at__isnull=False).order_by("-day_on"))
    return Completeness(**found, of=(last - first).days + 1, changed=changed)


def _changed(figure: DailyFigure) -> Changed:
    before, now = figure.as_closed or {}, figure.numbers
    numbers = {name: (before[name], now[name]) for name in COUNTS if name in before and before[name] != now[name]}
    return Changed(figure.day_on, figure.changed_at, numbers)


def series(home_id: int, measure: Measure, period: Period, first: date, last: date, where: Where) -> list[Point]:
    """Return a figure's periods from one day to another, each with its counts; the last may not be over yet."""
    rows = _days(home_id, first, last) if where.is_whole else _parts(home_id, first, last, where)
    names = [*measure.over, *measure.under]
    by_day = rows.values("day_on").annotate(**{name: Sum(name) for name in dict.fromkeys(names)})
    sums: dict[date, dict[str, int]] = {start: dict.fromkeys(names, 0) for start in periods(period, first, last)}
    for row in by_day:
        mine = sums[start_of(period, row["day_on"])]
        for name in mine:
            mine[name] += row[name]
    found = []
    for start, numbers in sums.items():
        rate = measure.rate(numbers)
        found.append(Point(start, rate.count, rate.of))
    return found


def gaps(
    home_id: int, measure: Measure, first: date, last: date, where: Where = Where()
) -> tuple[list[tuple[date, int]], list[tuple[date, int]]]:
    """Return the days, and the chances for one, between each two events of a rare figure, with the later's day.

    Two on one day lie nothing apart. The chances of a day are taken to lie before its events.
    """
    by_days: list[tuple[date, int]] = []
    by_chances: list[tuple[date, int]] = []
    before: date | None = None
    chances = 0
    for point in series(home_id, measure, "day", first, last, where):
        chances += point.of or 0
        for _ in range(point.count or 0):
            if before is not None:
                by_days.append((point.starts_on, (point.starts_on - before).days))
                by_chances.append((point.starts_on, chances))
            before, chances = point.starts_on, 0
    return by_days, by_chances


def start_of(period: Period, day: date) -> date:
    """Return the first day of the period that a day lies in: weeks begin on Monday."""
    match period:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return month_of(day)


def periods(period: Period, first: date, last: date) -> list[date]:
    """Return the first days of the periods that the days from one to another lie in."""
    found = []
    day = start_of(period, first)
    while day <= last:
        found.append(day)
        day = next_month(day) if period == "month" else day + (7 if period == "week" else 1) * ONE_DAY
    return found


def rebasings(home_id: int) -> list[Rebasing]:
    """Return the days from which the home's charts have new limits, first to last."""
    rows = Rebasing.objects.filter(home_id=home_id, withdrawn_at__isnull=True)
    return list(rows.select_related("set_by").order_by("from_on"))


def rebasing(home_id: int, pk: int) -> Rebasing | None:
    """Return one of them, or None."""
    return Rebasing.objects.filter(home_id=home_id, pk=pk, withdrawn_at__isnull=True).first()


def rebasing_reasons() -> Sequence[tuple[str, str]]:
    """Return the reasons for new limits, with their words."""
    return Rebasing.Why.choices


def round_names(home_id: int, first: date, last: date) -> list[str]:
    """Return the names of rounds that a period's figures know."""
    rows = DailyFigurePart.objects.filter(home_id=home_id, day_on__gte=first, day_on__lte=last)
    return list(rows.exclude(round_name="").values_list("round_name", flat=True).distinct().order_by("round_name"))


def _days(home_id: int, first: date, last: date) -> QuerySet[DailyFigure]:
    return DailyFigure.objects.filter(home_id=home_id, day_on__gte=first, day_on__lte=last)


def _parts(home_id: int, first: date, last: date, where: Where) -> QuerySet[DailyFigurePart]:
    chosen = Q(home_id=home_id, day_on__gte=first, day_on__lte=last)
    return DailyFigurePart.objects.filter(chosen, **where.fields())
