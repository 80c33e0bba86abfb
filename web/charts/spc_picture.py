"""Where does each point and line of a control chart stand on its picture? Lengths are units of the view box.

Everything drawn stands in the table beside it. A signal is a shape besides a colour: a triangle that points the way it
went for a concern, a diamond for an improvement, a square where no way is better.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from quality.rules.chart_words import number
from quality.rules.spc import Kind, Placed, Signal
from quality.rules.trends import Row, Trend
from web.charts.axes import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Tick, diamond, round_axis, square, triangle

MOST_NAMES = 8


@dataclass(frozen=True, slots=True)
class Mark:
    """One point: where it is, its shape, and its words."""

    x: float
    y: float
    shape: str
    points: str
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """A stretch of a limit or mean, as the points of a polyline."""

    kind: str
    points: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that is drawn."""

    marks: Sequence[Mark]
    path: Sequence[str]
    lines: Sequence[Line]
    across: Sequence[Tick]
    up: Sequence[Tick]
    rebased: Sequence[float]
    target: float | None
    title: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def picture(trend: Trend, title: str, better: str | None, target: float | None = None) -> Picture | None:
    """Lay out a trend; None where there is nothing to draw."""
    rows = trend.drawn
    if not rows:
        return None
    placed = [row.placed for row in rows if row.placed is not None]
    edges = [edge * trend.times for each in placed for edge in (each.value, each.lower, each.upper)]
    if target is not None:
        edges.append(target)
    low, high, steps = round_axis(min(edges), max(edges), is_share=trend.chart.kind is Kind.P and trend.times == 100)

    def y(value: float) -> float:
        share = (min(max(value, low), high) - low) / (high - low)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    def x(place: float) -> float:
        return round(LEFT + (place + 0.5) / len(placed) * (WIDTH - LEFT - RIGHT), 1)

    spots = [(x(n), y(each.value * trend.times)) for n, each in enumerate(placed)]
    return Picture(
        marks=[_mark(row, spot, trend, better) for row, spot in zip(rows, spots, strict=True)],
        path=[" ".join(f"{across},{up}" for across, up in spots[part.start : part.end]) for part in trend.chart.parts],
        lines=list(_lines(trend, placed, x, y)),
        across=_names(rows, x),
        up=[Tick(y(value), number(value), "end") for value in steps],
        rebased=[x(place - 0.5) for place in trend.rebased],
        target=None if target is None else y(target),
        title=title,
    )


def _lines(trend: Trend, placed: Sequence[Placed], x, y):  # type: ignore[no-untyped-def]
    """Yield mean and limits of each part as steps: every point has its own limits."""
    for part in trend.chart.parts:
        for kind in ("mean", "lower", "upper"):
            corners = []
            for place in range(part.start, part.end):
                up = y(getattr(placed[place], kind) * trend.times)
                corners += [f"{x(place - 0.5)},{up}", f"{x(place + 0.5)},{up}"]
            yield Line("mean" if kind == "mean" else "limit", " ".join(corners))


def _mark(row: Row, spot: tuple[float, float], trend: Trend, better: str | None) -> Mark:
    placed = row.placed
    assert placed is not None  # noqa: S101  only drawn rows come here
    (x, y), value = spot, number(placed.value * trend.times)
    words = f"{row.name}: {value} {trend.unit}"
    if not placed.signals:
        return Mark(x, y, "usual", "", words)
    is_up = placed.value > placed.upper if Signal.OUTSIDE in placed.signals else placed.side > 0
    if better is None:
        return Mark(x, y, "changed", square(x, y), f"{words}, unusual")
    if (better == "high") == is_up:
        return Mark(x, y, "better", diamond(x, y), f"{words}, an improvement")
    return Mark(x, y, "worse", triangle(x, y, is_up=is_up), f"{words}, a concern")


def _names(rows: Sequence[Row], x) -> list[Tick]:  # type: ignore[no-untyped-def]
    step = ceil(len(rows) / MOST_NAMES)
    return [Tick(x(n), row.name.removeprefix("week of ")) for n, row in enumerate(rows) if n % step == 0]
