"""Does a series of figures vary as it always did, or did something change?

Statistical process control by the rules of NHS England's "Making Data Count": a chart has a mean and process
limits, and four kinds of signal. Limits may be rebased, from a point on, where a known change (going live)
made another process. Which figures go on which chart is rules.measures', what a chart says in words is
rules.chart_words'.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from math import sqrt
from statistics import fmean, median
from typing import Literal

#: Mean moving range to limits: 3 / 1.128, as NHS charts round it.
XMR = 2.66
#: The mean moving range of a normal process, in standard deviations.
D2 = 1.128
#: A moving range of at least this many mean moving ranges is no ordinary one: D4 of a moving range of two.
SCREEN_FROM = 3.267
#: How many points in a row make a shift, and how many rising or falling make a trend.
IN_A_ROW = 7
#: Limits from fewer points than this are only trial limits.
ENOUGH_POINTS = 12
#: Turns times between events, which are exponential, into nearly normal ones (Nelson 1994; Montgomery 7.3.5).
TO_NORMAL = 1 / 3.6


#: How Laney's sigma z is used on p- and u-charts.
Laney = Literal["widen", "as_published", "no"]


class Signal(StrEnum):
    """The four signs that something changed."""

    OUTSIDE = "outside"
    SHIFT = "shift"
    TREND = "trend"
    TWO_OF_THREE = "two_of_three"


class Kind(StrEnum):
    """The charts there are."""

    XMR = "xmr"
    P = "p"
    U = "u"
    T = "t"
    G = "g"


@dataclass(frozen=True, slots=True)
class Counted:
    """So many of so many: one point of a p- or u-chart."""

    count: int
    of: int

    @property
    def share(self) -> float:
        """The proportion or rate."""
        return self.count / self.of


@dataclass(frozen=True, slots=True)
class Placed:
    """One point: its value, the mean and limits that hold there, and its signals.

    `side` is 1 above the mean, -1 below, 0 on it.
    """

    value: float
    mean: float
    lower: float
    upper: float
    side: int
    signals: frozenset[Signal] = frozenset()


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of points that share their limits: from `start` until before `end`.

    `screened` moving ranges were left out; `spread` is Laney's sigma z of a p- or u-chart, else 1. Fewer than
    twelve points make trial limits.
    """

    start: int
    end: int
    screened: int = 0
    spread: float = 1.0

    @property
    def is_trial(self) -> bool:
        """Whether the limits rest on too few points to be relied on."""
        return self.end - self.start < ENOUGH_POINTS


@dataclass(frozen=True, slots=True)
class Chart:
    """A series with its limits and signals, in the order of time."""

    kind: Kind
    points: tuple[Placed, ...]
    parts: tuple[Part, ...]
    is_screened: bool = False

    @property
    def last(self) -> Placed | None:
        """The latest point."""
        return self.points[-1] if self.points else None

    @property
    def screened(self) -> int:
        """How many moving ranges were left out in all."""
        return sum(part.screened for part in self.parts)


# Not frozen: an overview makes one for each of ten thousand points, and freezing trebles what that takes.
@dataclass(slots=True)
class _Limits:
    mean: float
    lower: float
    upper: float
    inner_lower: float
    inner_upper: float


@dataclass(slots=True)
class _Drawn:
    limits: list[_Limits] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)


def parts_of(length: int, rebased_at: Collection[int]) -> Iterator[tuple[int, int]]:
    """Yield from where until where each stretch between rebasings goes; places outside the series are passed over."""
    edges = [0, *sorted({at for at in rebased_at if 0 < at < length}), length]
    yield from ((start, end) for start, end in pairwise(edges) if end > start)


def moving_ranges(values: Sequence[float]) -> list[float]:
    """Return how far each value lies from the one before it."""
    return [abs(after - before) for before, after in pairwise(values)]


def mean_moving_range(values: Sequence[float], *, screen: bool) -> tuple[float, int]:
    """Return the mean moving range, and how many freak ranges were left out of it.

    With `screen`, ranges of at least 3.267 times the mean of all are left out, once. One value has no range.
    """
    ranges = moving_ranges(values)
    if not ranges:
        return 0.0, 0
    mean = fmean(ranges)
    kept = [each for each in ranges if each < SCREEN_FROM * mean] if screen else ranges
    if not kept:
        return mean, 0
    return fmean(kept), len(ranges) - len(kept)


def xmr(values: Sequence[float], *, rebased_at: Collection[int] = (), screen: bool = True) -> Chart:
    """Return the XmR chart of single values: mean ± 2.66 × mean moving range in each part."""
    drawn = _Drawn()
    for start, end in parts_of(len(values), rebased_at):
        mine = values[start:end]
        mean = fmean(mine)
        spread, screened = mean_moving_range(mine, screen=screen)
        reach = XMR * spread
        drawn.limits += [_around(mean, reach)] * len(mine)
        drawn.parts.append(Part(start, end, screened))
    return _chart(Kind.XMR, values, drawn, screen=screen)


def p_chart(
    counts: Sequence[Counted], *, rebased_at: Collection[int] = (), screen: bool = True, laney: Laney = "widen"
) -> Chart:
    """Return the p-chart of proportions, limits widened by Laney's sigma z where they vary more than chance does.

    With thousands of doses a day the binomial limits are narrower than any real process. Limits are only ever
    widened, unless `laney` asks for the chart "as_published", which narrows them too, or for "no" adjustment at all.
    (Laney, Improved control charts for attributes, Quality Engineering 2002)
    """
    return _shares(Kind.P, counts, rebased_at, screen=screen, laney=laney)


def u_chart(
    counts: Sequence[Counted], *, rebased_at: Collection[int] = (), screen: bool = True, laney: Laney = "widen"
) -> Chart:
    """Return the u-chart of rates (counts per so many), limits widened as those of `p_chart`."""
    return _shares(Kind.U, counts, rebased_at, screen=screen, laney=laney)


def t_chart(times: Sequence[float], *, rebased_at: Collection[int] = (), screen: bool = True) -> Chart:
    """Return the t-chart of times between rare events: an XmR chart of their 3.6th roots, drawn in days again.

    Long times are good: a point above is an improvement. A negative time raises ValueError.
    """
    if any(each < 0 for each in times):
        raise ValueError("a time between two events is not negative")
    roots = [each**TO_NORMAL for each in times]
    drawn = _Drawn()
    for start, end in parts_of(len(roots), rebased_at):
        mine = roots[start:end]
        spread, screened = mean_moving_range(mine, screen=screen)
        limits = _around(fmean(mine), XMR * spread)
        drawn.limits += [_Limits(*(_back(each) for each in _edges(limits)))] * len(mine)
        drawn.parts.append(Part(start, end, screened))
    return _chart(Kind.T, times, drawn, screen=screen)


def g_chart(counts: Sequence[int], *, rebased_at: Collection[int] = ()) -> Chart:
    """Return the g-chart of the number of doses between two rare events.

    The counts are geometric: mean ± 3 √(mean × (mean + 1)), never below nothing; the middle line is the median,
    because most of such counts lie below their mean. (Benneyan 2001) A negative count raises ValueError.
    """
    if any(each < 0 for each in counts):
        raise ValueError("a number of doses between two events is not negative")
    drawn = _Drawn()
    for start, end in parts_of(len(counts), rebased_at):
        mine = counts[start:end]
        mean, middle = fmean(mine), float(median(mine))
        sigma = sqrt(mean * (mean + 1))
        limits = _Limits(
            middle, max(0.0, mean - 3 * sigma), mean + 3 * sigma, max(0.0, mean - 2 * sigma), mean + 2 * sigma
        )
        drawn.limits += [limits] * len(mine)
        drawn.parts.append(Part(start, end))
    return _chart(Kind.G, [float(each) for each in counts], drawn, screen=False)


def _shares(kind: Kind, counts: Sequence[Counted], rebased_at: Collection[int], *, screen: bool, laney: Laney) -> Chart:
    if any(each.of <= 0 for each in counts):
        raise ValueError("a proportion needs a denominator above nothing")
    drawn = _Drawn()
    for start, end in parts_of(len(counts), rebased_at):
        mine = counts[start:end]
        mean = sum(each.count for each in mine) / sum(each.of for each in mine)
        errors = [sqrt((mean * (1 - mean) if kind is Kind.P else mean) / each.of) for each in mine]
        spread, screened = (1.0, 0) if laney == "no" else _laney(mine, mean, errors, screen=screen)
        spread = max(1.0, spread) if laney == "widen" else spread
        for error in errors:
            limits = _around(mean, 3 * error * spread)
            limits.lower = max(0.0, limits.lower)
            if kind is Kind.P:
                limits.upper = min(1.0, limits.upper)
            drawn.limits.append(limits)
        drawn.parts.append(Part(start, end, screened, spread))
    return _chart(kind, [each.share for each in counts], drawn, screen=screen)


def _laney(counts: Sequence[Counted], mean: float, errors: Sequence[float], *, screen: bool) -> tuple[float, int]:
    """Return sigma z, how much more the shares vary from point to point than chance alone, and ranges left out."""
    if len(counts) < 2 or not all(errors):
        return 1.0, 0
    scores = [(each.share - mean) / error for each, error in zip(counts, errors, strict=True)]
    spread, screened = mean_moving_range(scores, screen=screen)
    return spread / D2, screened


def _around(mean: float, reach: float) -> _Limits:
    inner = reach * 2 / 3
    return _Limits(mean, mean - reach, mean + reach, mean - inner, mean + inner)


def _edges(limits: _Limits) -> tuple[float, float, float, float, float]:
    return limits.mean, limits.lower, limits.upper, limits.inner_lower, limits.inner_upper


def _back(root: float) -> float:
    return float(max(0.0, root) ** (1 / TO_NORMAL))


# Signals


def _chart(kind: Kind, values: Sequence[float], drawn: _Drawn, *, screen: bool) -> Chart:
    signals: list[set[Signal]] = [set() for _ in values]
    sides = [_side(value, limits.mean) for value, limits in zip(values, drawn.limits, strict=True)]
    for part in drawn.parts:
        places = range(part.start, part.end)
        _mark_outside(values, drawn.limits, places, signals)
        _mark_shifts(sides, places, signals)
        _mark_trends(values, places, signals)
        if kind is not Kind.G:
            _mark_two_of_three(values, drawn.limits, places, signals)
    points = tuple(
        Placed(value, limits.mean, limits.lower, limits.upper, side, frozenset(found))
        for value, limits, side, found in zip(values, drawn.limits, sides, signals, strict=True)
    )
    return Chart(kind, points, tuple(drawn.parts), screen)


def _side(value: float, mean: float) -> int:
    return (value > mean) - (value < mean)


def _mark_outside(
    values: Sequence[float], limits: Sequence[_Limits], places: range, signals: Sequence[set[Signal]]
) -> None:
    for at in places:
        if values[at] > limits[at].upper or values[at] < limits[at].lower:
            signals[at].add(Signal.OUTSIDE)


def _mark_shifts(sides: Sequence[int], places: range, signals: Sequence[set[Signal]]) -> None:
    """Mark every point of seven or more in a row on one side; a point on the mean ends the row."""
    row: list[int] = []
    for at in places:
        if row and sides[at] != sides[row[-1]]:
            row = []
        row = [*row, at] if sides[at] else []
        if len(row) >= IN_A_ROW:
            for each in row:
                signals[each].add(Signal.SHIFT)


def _mark_trends(values: Sequence[float], places: range, signals: Sequence[set[Signal]]) -> None:
    """Mark every point of seven or more that each lie above, or each below, the one before; equal ones end it."""
    row: list[int] = []
    direction = 0
    for at in places:
        step = _side(values[at], values[row[-1]]) if row else 0
        if row and step and (direction in (0, step)):
            row.append(at)
        else:
            row = [at - 1, at] if row and step else [at]
        direction = step
        if len(row) >= IN_A_ROW:
            for each in row:
                signals[each].add(Signal.TREND)


def _mark_two_of_three(
    values: Sequence[float], limits: Sequence[_Limits], places: range, signals: Sequence[set[Signal]]
) -> None:
    """Mark points in the outer third, on one side, where two of three in a row lie there."""
    for side in (1, -1):
        near = [at for at in places if _outer_third(values[at], limits[at]) == side]
        for before, after in pairwise(near):
            # Two of one side with at most one between them lie among three in a row, if there are three.
            if after - before <= 2 and len(places) > 2:
                signals[before].add(Signal.TWO_OF_THREE)
                signals[after].add(Signal.TWO_OF_THREE)


def _outer_third(value: float, limits: _Limits) -> int:
    if limits.inner_upper < value <= limits.upper:
        return 1
    return -1 if limits.lower <= value < limits.inner_lower else 0
