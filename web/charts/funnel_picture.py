"""Where does each home stand on the picture of a funnel? Lengths are units of the view box.

Homes are told apart by what the table beside it says: no home is named on the picture that lies within the limits, and
none is ranked.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from quality.rules.chart_words import number
from quality.rules.funnel import Funnel
from web.charts.axes import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Tick, round_axis, triangle

POINTS_OF_A_CURVE = 60


@dataclass(frozen=True, slots=True)
class Spot:
    """One home on the picture."""

    x: float
    y: float
    shape: str
    points: str
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Curve:
    """One limit of the funnel."""

    kind: str
    points: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that is drawn."""

    spots: Sequence[Spot]
    curves: Sequence[Curve]
    average: float
    across: Sequence[Tick]
    up: Sequence[Tick]
    title: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def picture(funnel: Funnel, names: Sequence[str], *, times: float, unit: str, title: str) -> Picture:
    """Lay out a funnel: each home by its size and its rate, with the 95 % and 99.8 % limits as curves."""
    sizes = [each.counted.of for each in funnel.homes]
    widest = max(sizes) * 1.08
    narrowest = max(1.0, min(sizes) * 0.7)
    low_high = [funnel.limits(narrowest), funnel.limits(widest)]
    values = [each.counted.share for each in funnel.homes] + [each.high for each in low_high]
    bottom, top, steps = round_axis(0.0, max(values) * times, is_share=False)

    def x(of: float) -> float:
        return round(LEFT + (of - narrowest) / (widest - narrowest) * (WIDTH - LEFT - RIGHT), 1)

    def y(rate: float) -> float:
        share = (min(max(rate * times, bottom), top) - bottom) / (top - bottom)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    at = [narrowest + (widest - narrowest) * n / POINTS_OF_A_CURVE for n in range(POINTS_OF_A_CURVE + 1)]
    limits = [funnel.limits(of) for of in at]
    curves = [
        Curve(kind, " ".join(f"{x(of)},{y(getattr(each, name))}" for of, each in zip(at, limits, strict=True)))
        for name, kind in (("low", "limit"), ("high", "limit"), ("inner_low", "inner"), ("inner_high", "inner"))
    ]
    spots = []
    for home, name in zip(funnel.homes, names, strict=True):
        across, up = x(home.counted.of), y(home.counted.share)
        words = f"{name}: {number(home.counted.share * times)} {unit}"
        if home.outside:
            shape = triangle(across, up, is_up=home.outside > 0)
            spots.append(Spot(across, up, "outside", shape, name, f"{words}, outside the limits"))
        else:
            spots.append(Spot(across, up, "within", "", "", words))
    sizes_shown = [narrowest + (widest - narrowest) * n / 4 for n in range(5)]
    across = [Tick(x(of), f"{of:,.0f}", "end" if of == sizes_shown[-1] else "middle") for of in sizes_shown]
    up = [Tick(y(value / times), number(value), "end") for value in steps]
    return Picture(spots, curves, y(funnel.average), across, up, title)
