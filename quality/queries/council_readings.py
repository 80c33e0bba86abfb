"""What do a council's months say: over time, between homes, and by their silence? Only what is shown is read.

Everything here is worked out from months that are suppressed already, so that no mean, limit or sign can give away a
hidden count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from quality.queries.council import HomeOfCouncil, Month
from quality.rules.funnel import Funnel, Placed, funnel
from quality.rules.publication import PUBLISHED, Published, Shown, rate_of, sum_of_months
from quality.rules.spc import Counted
from quality.rules.trends import Point, Trend, trend
from quality.rules.under_reporting import reports_too_little

#: Figures that only scanning and times of entry make: on paper there were none.
SINCE_LIVE = frozenset({"near_misses", "given_wrongly", "not_scanned", "late_entries", "overridden"})
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
    points = []
    for month in months:
        mine = month.homes.get(home.pk)
        if mine is not None and _is_measured(measure, home, month.month):
            points.append(Point(month.month, mine.columns[measure.word], mine.columns[measure.of]))
    return trend(measure, points, period="month", rebased_on=rebased_on, screen=screen)


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


def latest(home: HomeOfCouncil, months: Sequence[Month]) -> Mapping[str, Shown]:
    """Return a home's sums over the last months that homes are compared over."""
    nothing: Mapping[str, Shown] = {}
    return sum_of_months(
        month.homes[home.pk].columns if home.pk in month.homes else nothing for month in months[-COMPARED:]
    )


def compared(measure: Published, homes: Sequence[HomeOfCouncil], months: Sequence[Month]) -> Compared:
    """Return the homes around their average over the last months; one with a hidden count or none is left out."""
    drawn, counted, left_out = [], [], []
    first = months[-COMPARED:][0].month if months else date.max
    for home in homes:
        rate = rate_of(measure, latest(home, months)) if _is_measured(measure, home, first) else None
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
            of = latest(home, months).get(measure.of)
            if around.funnel is not None and of and _is_measured(measure, home, first):
                mean = around.funnel.average * of
                if mean >= EXPECTED_TO_ASK:
                    found.append((home, measure, round(mean)))
    return sorted(found, key=lambda each: (each[0].name, each[1].name))
