"""How does one figure go over time: which points, on which chart, with which limits, and what does that say?"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, Protocol

from quality.rules.chart_words import Said, say
from quality.rules.measures import Better
from quality.rules.spc import Chart, Counted, Kind, Placed, g_chart, p_chart, t_chart, u_chart, xmr

Period = Literal["day", "week", "month"]
#: About how many days a period has.
DAYS: dict[Period, int] = {"day": 1, "week": 7, "month": 30}
#: How a period is named on a chart.
FORMATS = {"day": "{0.day} {0:%b %Y}", "week": "week of {0.day} {0:%b %Y}", "month": "{0:%b %Y}"}


class Figure(Protocol):
    """What a trend needs to know of a figure: a Measure of a home or a Published one of a council."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def per(self) -> int:
        """100 for a percentage, 1,000 for a rate."""

    @property
    def said_in(self) -> str:
        """How its values are said."""

    @property
    def better(self) -> Better | None:
        """Which way is better."""

    @property
    def chart(self) -> Kind:
        """The chart it belongs on."""


@dataclass(frozen=True, slots=True)
class Point:
    """One period: its first day, how many of how many; None where a count is hidden."""

    starts_on: date
    count: int | None
    of: int | None

    @property
    def is_drawn(self) -> bool:
        """Whether there is a value to draw."""
        return self.count is not None and self.of is not None and self.of > 0


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a trend's table: the period, and where it is drawn its place on the chart."""

    name: str
    point: Point
    placed: Placed | None


@dataclass(frozen=True, slots=True)
class Trend:
    """A figure over time. `rows` has every period, drawn or not, `rebased` the places where limits begin anew."""

    chart: Chart
    said: Said
    rows: tuple[Row, ...]
    rebased: tuple[int, ...]
    times: float
    unit: str

    @property
    def drawn(self) -> list[Row]:
        """The periods with a point."""
        return [row for row in self.rows if row.placed is not None]

    @property
    def hidden(self) -> int:
        """How many periods have a count that is hidden."""
        return sum(1 for row in self.rows if row.point.count is None or row.point.of is None)


def chart_of(
    kind: Kind, counted: Sequence[Counted], *, rebased_at: Collection[int] = (), screen: bool = True
) -> Chart:  # fmt: skip
    """Return counts on a p- or u-chart, or their shares on an XmR chart."""
    match kind:
        case Kind.P:
            return p_chart(counted, rebased_at=rebased_at, screen=screen)
        case Kind.U:
            return u_chart(counted, rebased_at=rebased_at, screen=screen)
        case _:
            return xmr([each.share for each in counted], rebased_at=rebased_at, screen=screen)


def trend(
    figure: Figure,
    points: Sequence[Point],
    *,
    period: Period,
    rebased_on: Collection[date] = (),
    screen: bool = True,
    kind: Kind | None = None,
    target: float | None = None,
) -> Trend:
    """Return a figure's periods on its chart (or on an XmR chart), limits begun anew where a rebased day says.

    A period that a rebased day falls into belongs to the side on which more of its days lie. Periods without a value
    are left out of the chart and its limits and stay in the table. `target` is in the figure's own scale.
    """
    drawn = [point for point in points if point.is_drawn]
    half = timedelta(days=DAYS[period] // 2)
    starts = (next((n for n, each in enumerate(drawn) if each.starts_on + half >= day), 0) for day in rebased_on)
    rebased = tuple(sorted({at for at in starts if at}))
    counted = [Counted(each.count or 0, each.of or 0) for each in drawn]
    chart = chart_of(kind or figure.chart, counted, rebased_at=rebased, screen=screen)
    names = [name_of(each.starts_on, period) for each in drawn]
    said = say(chart, names, figure.better, unit=figure.said_in, times=figure.per, target=target, point=period)
    placed = iter(chart.points)
    rows = tuple(Row(name_of(each.starts_on, period), each, next(placed) if each.is_drawn else None) for each in points)
    return Trend(chart, said, rows, rebased, figure.per, figure.said_in)


def rare_events(
    name: str, gaps: Sequence[tuple[date, int]], *, kind: Literal[Kind.T, Kind.G], screen: bool = True
) -> Trend:
    """Return the time (days, t-chart) or the number of doses (g-chart) between events too rare for rates.

    `gaps` are the days of the second and later events with what lay between each and the one before. More is better.
    """
    values = [gap for _, gap in gaps]
    chart = t_chart(values, screen=screen) if kind is Kind.T else g_chart(values)
    unit = "days between" if kind is Kind.T else "doses between"
    said = say(chart, [name_of(day, "day") for day, _ in gaps], "high", unit=unit, point="event")
    if not gaps:
        said = replace(said, sentence="There was none, or one only: nothing lies between.")
    rows = tuple(
        Row(name_of(day, "day"), Point(day, gap, 1), placed)
        for (day, gap), placed in zip(gaps, chart.points, strict=True)
    )
    # "Missed" in the middle of a sentence is "missed", "CD discrepancies" stay.
    small = name if name[:2].isupper() else name[:1].lower() + name[1:]
    return Trend(chart, said, rows, (), 1, f"{unit} {small}")


@lru_cache(maxsize=8192)
def name_of(day: date, period: Period) -> str:
    """Return how a period that begins on a day is named."""
    return FORMATS[period].format(day)
