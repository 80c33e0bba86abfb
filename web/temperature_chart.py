"""Where does each reading of a thermometer stand on the picture of four weeks? Lengths are units of its view box.

What is drawn here stands in words in the table beside it; out of range has a shape of its own besides its colour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from emar.rules.wall_clock import instant, local
from stock.queries.storage import Judged
from stock.rules.temperature import Range
from web.charts.axes import SIZE, Tick, diamond

WIDTH, HEIGHT = 760, 280
LEFT, RIGHT, TOP, BOTTOM = 48, 12, 14, 34
ROOM_BELOW = 10
FEWEST_STEPS = 4


@dataclass(frozen=True, slots=True)
class Mark:
    """One reading: a line from its lowest to its highest and a dot at what it was then."""

    x: float
    low: float
    high: float
    now: float
    is_out: bool
    words: str

    @property
    def diamond(self) -> str:
        """The four corners of the diamond that stands for a reading out of range."""
        return diamond(self.x, self.now, SIZE)


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that the picture shows."""

    marks: Sequence[Mark]
    temperatures: Sequence[Tick]
    days: Sequence[Tick]
    band_top: float
    band_height: float
    band_width: int = WIDTH - LEFT - RIGHT
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM
    day_words_at: int = HEIGHT - ROOM_BELOW


def chart(readings: Sequence[Judged], allowed: Range, first: date, days: int) -> Chart:
    """Lay out the readings that stand, over `days` days from `first`, with the range that holds now."""
    shown = [each for each in readings if each.stands]
    seen = [value for each in shown for value in (each.reading.lowest, each.reading.highest)]
    edges = [*seen, allowed.high, allowed.low if allowed.low is not None else allowed.high - 15]
    bottom = (min(edges) - 1).to_integral_value(ROUND_FLOOR)
    top = (max(edges) + 1).to_integral_value(ROUND_CEILING)

    def y(temperature: Decimal) -> float:
        share = (min(max(temperature, bottom), top) - bottom) / (top - bottom)
        return round(HEIGHT - BOTTOM - float(share) * (HEIGHT - TOP - BOTTOM), 1)

    def x(moment: datetime) -> float:
        since = local(moment).replace(tzinfo=None) - datetime.combine(first, time(0))
        return round(LEFT + since / timedelta(days=days) * (WIDTH - LEFT - RIGHT), 1)

    step = max(Decimal(1), ((top - bottom) / FEWEST_STEPS).to_integral_value(ROUND_FLOOR))
    lines = [bottom + step * n for n in range(int((top - bottom) / step) + 1)]
    band_top = y(allowed.high)
    band_bottom = y(allowed.low) if allowed.low is not None else y(bottom)
    return Chart(
        marks=[
            Mark(
                x(each.reading.read_at), y(each.reading.lowest), y(each.reading.highest), y(each.reading.current),
                each.is_out_of_range, _words(each),
            )
            for each in shown
        ],
        temperatures=[Tick(y(each), f"{each:f}") for each in lines],
        days=[
            Tick(x(instant(day, time(0))), f"{day.day} {day:%b}")
            for n in range(0, days, 7)
            if (day := first + timedelta(days=n))
        ],
        band_top=band_top,
        band_height=round(band_bottom - band_top, 1),
    )  # fmt: skip


def _words(each: Judged) -> str:
    reading, at = each.reading, local(each.reading.read_at)
    fault = ": out of range" if each.is_out_of_range else ""
    return f"{at.day} {at:%b %H:%M}, {reading.current} °C, {reading.lowest} to {reading.highest} °C{fault}"
