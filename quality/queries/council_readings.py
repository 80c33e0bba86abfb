"""What do a council's months say: over time, between homes, and by their silence? Only what is shown is read.

Everything here is worked out from months that are suppressed already, so that no mean, limit or sign can give away a
hidden count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from quality.queries.council import HomeOfCouncil, Month
from quality.rules.chart_words import FEWEST_POINTS, Variation, variation_of
from quality.rules.funnel import Funnel, Placed, funnel
from quality.rules.publication import PUBLISHED, Published, Shown, rate_of, sum_of_months
from quality.rules.spc import Counted
from quality.rules.trends import DAYS, Point, Trend, chart_of, trend
from quality.rules.under_reporting import reports_too_little

#: Figures that only scanning and times of entry make: on paper there were none.
SINCE_LIVE = frozenset({"near_misses", "given_wrongly", "reached", "not_scanned", "late_entries", "overridden"})
#: Months that homes are compared over.
COMPARED = 3
#: What a home reports when it looks: a home that reports next to none of these is asked about.
REPORTED = ("near_misses", "given_wrongly")
#: Where so many are expected in the months compared, a month under five is worth a question.
EXPECTED_TO_ASK = 30


@dataclass(frozen=True)
class Compared:
    """Homes around their average: those in the funnel in the order of their names, and those that cannot be drawn."""

    funnel: Funnel | None
    homes: tuple[HomeOfCouncil, ...]
    left_out: tuple[HomeOfCouncil, ...]

    @cached_property
    def placed(self) -> dict[int, Placed]:
        """Where each home in the funnel lies, by the home's number."""
        drawn = self.funnel.homes if self.funnel else ()
        return {home.pk: placed for home, placed in zip(self.homes, drawn, strict=False)}


def _is_measured(measure: Published, home: HomeOfCouncil, month: date) -> bool:
    return measure.word not in SINCE_LIVE or home.live_on is None or month >= home.live_on


def home_trend(
    measure: Published, home: HomeOfCouncil, months: Sequence[Month], rebased_on: Sequence[date] = (), *,
    screen: bool = True,
) -> Trend:  # fmt: skip
    """Return a home's figure month by month, limits begun anew where its home says so."""
    return trend(measure, _points(measure, home, months), period="month", rebased_on=rebased_on, screen=screen)


def _points(measure: Published, home: HomeOfCouncil, months: Sequence[Month]) -> list[Point]:
    found = []
    for month in months:
        mine = month.homes.get(home.pk)
        if mine is not None and _is_measured(measure, home, month.month):
            found.append(Point(month.month, mine.columns[measure.word], mine.columns[measure.of]))
    return found


def home_variation(
    measure: Published, home: HomeOfCouncil, months: Sequence[Month], rebased_on: Sequence[date] = ()
) -> Variation:
    """Return what the latest month of a home's figure is part of: what `home_trend` says of it, without its words.

    A chart's parts have nothing to do with each other, so only the months since the limits last began are looked at.
    """
    points = [each for each in _points(measure, home, months) if each.is_drawn]
    half = timedelta(days=DAYS["month"] // 2)
    began = [day for day in rebased_on if points and day <= points[-1].starts_on + half]
    mine = [each for each in points if not began or each.starts_on + half >= max(began)]
    counted = [Counted(each.count or 0, each.of or 0) for each in mine]
    if len(points) < FEWEST_POINTS:
        return Variation.TOO_FEW
    found = variation_of(chart_of(measure.chart, counted), measure.better)
    return Variation.USUAL if found is Variation.TOO_FEW else found


def council_trend(
    measure: Published, homes: Sequence[HomeOfCouncil], months: Sequence[Month], *, screen: bool = True
) -> Trend:
    """Return a figure of all homes together month by month, since the last of them went live where that matters."""
    live = [home.live_on for home in homes if home.live_on is not None]
    since = max(live) if live and measure.word in SINCE_LIVE else date.min
    points = [
        Point(each.month, each.totals[measure.word], each.totals[measure.of]) for each in months if each.month >= since
    ]
    return trend(measure, points, period="month", screen=screen)


def latest(home: HomeOfCouncil, months: Sequence[Month], measure: Published) -> Mapping[str, Shown]:
    """Return a home's sums of a figure over the last months that homes are compared over."""
    nothing: Mapping[str, Shown] = {}
    mine = (month.homes[home.pk].columns if home.pk in month.homes else nothing for month in months[-COMPARED:])
    return sum_of_months(mine, (measure.word, measure.of))


def compared(measure: Published, homes: Sequence[HomeOfCouncil], months: Sequence[Month]) -> Compared:
    """Return the homes around their average over the last months; one with a hidden count or none is left out."""
    drawn, counted, left_out = [], [], []
    first = months[-COMPARED:][0].month if months else date.max
    for home in homes:
        rate = rate_of(measure, latest(home, months, measure)) if _is_measured(measure, home, first) else None
        if rate is None or not rate.of:
            left_out.append(home)
        else:
            drawn.append(home)
            counted.append(Counted(rate.count, rate.of))
    return Compared(funnel(counted), tuple(drawn), tuple(left_out))


def silent_homes(homes: Sequence[HomeOfCouncil], months: Sequence[Month]) -> list[tuple[HomeOfCouncil, Published]]:
    """Return the homes that report so little that somebody should ask, with what they report so little of."""
    found = []
    for word in REPORTED:
        around = compared(PUBLISHED[word], homes, months)
        if around.funnel is None:
            continue
        silent = reports_too_little([each.counted for each in around.funnel.homes])
        found += [(home, PUBLISHED[word]) for home, is_silent in zip(around.homes, silent, strict=True) if is_silent]
    return sorted(found, key=lambda each: (each[0].name, each[1].name))


def unclear_homes(
    homes: Sequence[HomeOfCouncil], months: Sequence[Month]
) -> list[tuple[HomeOfCouncil, Published, int]]:
    """Return the homes whose silence cannot be told, because a count of theirs is hidden where many are expected.

    A hidden count is small, or stands beside a small one. With each home what it reports so little of, and how many
    the others lead one to expect of it in these months.
    """
    found = []
    first = months[-COMPARED:][0].month if months else date.max
    for word in REPORTED:
        measure = PUBLISHED[word]
        around = compared(measure, homes, months)
        for home in around.left_out:
            of = latest(home, months, measure).get(measure.of)
            if around.funnel is not None and of and _is_measured(measure, home, first):
                mean = around.funnel.average * of
                if mean >= EXPECTED_TO_ASK:
                    found.append((home, measure, round(mean)))
    return sorted(found, key=lambda each: (each[0].name, each[1].name))
