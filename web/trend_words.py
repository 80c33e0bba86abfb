"""How a trend is said: its sign, the lines of its table, and the same lines for a file."""

from dataclasses import dataclass

from quality.rules.chart_words import (
    ASSURANCE_WORDS,
    VARIATION_WORDS,
    Assurance,
    Variation,
    number,
    signal_words,
)
from quality.rules.trends import Trend
from web.figure_words import NOT_SHOWN


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign of Making Data Count's logic, drawn our own way: a shape, an arrow and words."""

    shape: str
    arrow: str
    words: str


@dataclass(frozen=True, slots=True)
class Signs:
    """What a chart's two signs are."""

    variation: Sign
    assurance: Sign | None


_SHAPES = {
    Variation.USUAL: ("usual", ""),
    Variation.BETTER_HIGH: ("better", "up"),
    Variation.BETTER_LOW: ("better", "down"),
    Variation.WORSE_HIGH: ("worse", "up"),
    Variation.WORSE_LOW: ("worse", "down"),
    Variation.CHANGED_UP: ("changed", "up"),
    Variation.CHANGED_DOWN: ("changed", "down"),
    Variation.TOO_FEW: ("too-few", ""),
}
_TARGETS = {Assurance.MEETS: "meets", Assurance.MISSES: "misses", Assurance.COMES_AND_GOES: "comes-and-goes"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table beside a chart."""

    name: str
    count: str
    of: str
    value: str
    mean: str
    limits: str
    why: str


def sign_of(trend: Trend) -> Signs:
    """Return the signs of a trend."""
    said = trend.said
    variation = Sign(*_SHAPES[said.variation], VARIATION_WORDS[said.variation])
    if said.assurance is Assurance.NO_TARGET:
        return Signs(variation, None)
    return Signs(variation, Sign(_TARGETS[said.assurance], "", ASSURANCE_WORDS[said.assurance]))


def lines_of(trend: Trend) -> list[Line]:
    """Return the lines of a trend's table, the latest first."""
    found = []
    for row in reversed(trend.rows):
        point, placed = row.point, row.placed
        count, of = (NOT_SHOWN if each is None else f"{each:,}" for each in (point.count, point.of))
        if placed is None:
            value = NOT_SHOWN if point.count is None or point.of is None else "–"
            found.append(Line(row.name, count, of, value, "", "", ""))
            continue
        value, mean, low, high = (
            number(each * trend.times) for each in (placed.value, placed.mean, placed.lower, placed.upper)
        )
        found.append(Line(row.name, count, of, value, mean, f"{low} to {high}", signal_words(placed)))
    return found


def table_of(trend: Trend) -> list[tuple[object, ...]]:
    """Return the lines of a trend's file, the earliest first; a hidden count is left empty."""
    rows: list[tuple[object, ...]] = []
    for row in trend.rows:
        placed = row.placed
        values = (
            [""] * 4
            if placed is None
            else [round(each * trend.times, 4) for each in (placed.value, placed.mean, placed.lower, placed.upper)]
        )
        rows.append((row.name, row.point.count, row.point.of, *values, signal_words(placed) if placed else ""))
    return rows
