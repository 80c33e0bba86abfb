"""What does a chart say, in one sentence, and which of the signs of "Making Data Count" stands for it?

The variation sign tells what the latest point is part of; the assurance sign tells whether a target will be met by
a process that goes on as it is. Each sign is a shape and words, never a colour alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from quality.rules.measures import Better
from quality.rules.spc import IN_A_ROW, Chart, Kind, Part, Placed, Signal


class Variation(StrEnum):
    """What the latest point is part of."""

    USUAL = "usual"
    BETTER_HIGH = "better_high"
    BETTER_LOW = "better_low"
    WORSE_HIGH = "worse_high"
    WORSE_LOW = "worse_low"
    CHANGED_UP = "changed_up"
    CHANGED_DOWN = "changed_down"
    TOO_FEW = "too_few"


class Assurance(StrEnum):
    """Whether a target will be met if nothing changes."""

    MEETS = "meets"
    MISSES = "misses"
    COMES_AND_GOES = "comes_and_goes"
    NO_TARGET = "no_target"


VARIATION_WORDS = {
    Variation.USUAL: "No change beyond the usual",
    Variation.BETTER_HIGH: "Improving: higher",
    Variation.BETTER_LOW: "Improving: lower",
    Variation.WORSE_HIGH: "Concern: higher",
    Variation.WORSE_LOW: "Concern: lower",
    Variation.CHANGED_UP: "Changed: higher",
    Variation.CHANGED_DOWN: "Changed: lower",
    Variation.TOO_FEW: "Too few points to say",
}
ASSURANCE_WORDS = {
    Assurance.MEETS: "Will meet the target",
    Assurance.MISSES: "Will miss the target",
    Assurance.COMES_AND_GOES: "Meets the target by chance",
    Assurance.NO_TARGET: "No target",
}
#: Fewer points than this have no limits worth drawing.
FEWEST_POINTS = 3


@dataclass(frozen=True, slots=True)
class Said:
    """What a chart says."""

    variation: Variation
    assurance: Assurance
    sentence: str


def variation_of(chart: Chart, better: Better | None) -> Variation:
    """Return what the latest point is part of; a point that is no signal is the usual variation."""
    last = chart.last
    if last is None or len(chart.points) < FEWEST_POINTS:
        return Variation.TOO_FEW
    if not last.signals:
        return Variation.USUAL
    is_up = _direction(chart, len(chart.points) - 1) > 0
    if better is None:
        return Variation.CHANGED_UP if is_up else Variation.CHANGED_DOWN
    if (better == "high") == is_up:
        return Variation.BETTER_HIGH if is_up else Variation.BETTER_LOW
    return Variation.WORSE_HIGH if is_up else Variation.WORSE_LOW


def assurance_of(chart: Chart, target: float | None, better: Better | None) -> Assurance:
    """Return whether the process, as its latest limits have it, will meet a target in the chart's own scale."""
    last = chart.last
    if last is None or target is None or better is None:
        return Assurance.NO_TARGET
    if last.lower <= target <= last.upper:
        return Assurance.COMES_AND_GOES
    is_above = last.lower > target
    return Assurance.MEETS if is_above == (better == "high") else Assurance.MISSES


def say(
    chart: Chart,
    names: Sequence[str],
    better: Better | None,
    *,
    unit: str,
    times: float = 1,
    target: float | None = None,
    point: str = "point",
) -> Said:
    """Return what a chart says. `names` name its points; values are said × `times` with their `unit`."""
    variation = variation_of(chart, better)
    return Said(
        variation,
        assurance_of(chart, None if target is None else target / times, better),
        _sentence(chart, names, variation, unit, times, point),
    )


def _sentence(chart: Chart, names: Sequence[str], variation: Variation, unit: str, times: float, point: str) -> str:
    last = chart.last
    if last is None:
        return "There is nothing to show yet."
    if variation is Variation.TOO_FEW:
        count = len(chart.points)
        return f"Only {count} {_many(point, count)} so far: too few to say whether anything changed."
    part = chart.parts[-1]
    trial = f" The limits are trial limits, from {part.end - part.start} {_many(point, part.end - part.start)}."
    tail = trial if part.is_trial else ""
    around = _said(last.mean * times, unit, is_short=True)
    if not last.signals:
        earlier = _earlier(chart, part, names)
        return (
            f"Nothing unusual in the latest {point}: {_said(last.value * times, unit)} lies where this process "
            f"usually does, around {around}.{earlier}{tail}"
        )
    what = {"better": "An improvement", "worse": "A concern", "changed": "A change"}[variation.value.split("_")[0]]
    return f"{what}: {_why(chart, names, unit, times, point)}.{tail}"


def _why(chart: Chart, names: Sequence[str], unit: str, times: float, point: str) -> str:
    """Return the reason of the latest point's signal, the plainest one."""
    place, last = len(chart.points) - 1, chart.points[-1]
    above = "above" if last.side > 0 else "below"
    middle = _said(last.mean * times, unit, is_short=True)
    if Signal.OUTSIDE in last.signals:
        edge = last.upper if last.value > last.upper else last.lower
        is_high = last.value > last.upper
        return (
            f"{names[place]}, at {_said(last.value * times, unit)}, lies {'above' if is_high else 'below'} the "
            f"{'upper' if is_high else 'lower'} limit of {number(edge * times)}"
        )
    if Signal.SHIFT in last.signals:
        row = _row(chart, place)
        return f"{row} {_many(point, row)} in a row, since {names[place - row + 1]}, lie {above} the mean of {middle}"
    if Signal.TREND in last.signals:
        way = "rising" if last.value > chart.points[place - 1].value else "falling"
        return f"the last {IN_A_ROW} {_many(point, IN_A_ROW)} or more have been {way}"
    return f"two of the last three {_many(point, 3)} lie far {above} the mean of {middle}, close to the limit"


def _earlier(chart: Chart, part: Part, names: Sequence[str]) -> str:
    """Return what was unusual before, among the points that share the latest limits."""
    places = [at for at in range(part.start, part.end) if chart.points[at].signals]
    if not places:
        return ""
    first, last = names[places[0]], names[places[-1]]
    when = f"in {first}" if first == last else f"between {first} and {last}"
    return f" Something was unusual {when}: the marked points."


def _row(chart: Chart, place: int) -> int:
    """Return how many points in a row, up to this one, lie on its side of the mean under the same limits."""
    start = next(part.start for part in chart.parts if part.start <= place < part.end)
    row = 0
    for at in range(place, start - 1, -1):
        if chart.points[at].side != chart.points[place].side:
            break
        row += 1
    return row


def _direction(chart: Chart, place: int) -> int:
    point = chart.points[place]
    if point.signals == {Signal.TREND} and place:
        return 1 if point.value > chart.points[place - 1].value else -1
    if Signal.OUTSIDE in point.signals:
        return 1 if point.value > point.upper else -1
    return point.side


def signal_words(point: Placed) -> str:
    """Return why a point is marked, for its row of the table; nothing for one that is not."""
    if not point.signals:
        return ""
    way = "above" if point.side > 0 else "below"
    words = {
        Signal.OUTSIDE: f"{'above the upper' if point.value > point.upper else 'below the lower'} limit",
        Signal.SHIFT: f"one of {IN_A_ROW} or more in a row {way} the mean",
        Signal.TREND: f"one of {IN_A_ROW} or more rising or falling",
        Signal.TWO_OF_THREE: "one of two in three close to the limit",
    }
    return "; ".join(words[each] for each in Signal if each in point.signals)


def settings_words(chart: Chart) -> str:
    """Return how the limits were made, to be said on the chart."""
    how = {
        Kind.XMR: "XmR chart: limits are the mean ± 2.66 × the mean moving range",
        Kind.P: "p-chart, widened by Laney’s method where figures vary more than chance does",
        Kind.U: "u-chart, widened by Laney’s method where figures vary more than chance does",
        Kind.T: "t-chart: days between events; a high point is a long time without one",
        Kind.G: "g-chart: doses between events; a high point is many doses without one",
    }[chart.kind]
    if chart.kind in (Kind.P, Kind.U):
        spread = max((part.spread for part in chart.parts), default=1.0)
        how += f" (here by {spread:.1f})" if spread > 1 else " (not needed here)"
    if chart.kind is Kind.G:
        return f"{how}."
    if not chart.is_screened:
        return f"{how}. No moving range was left out."
    left_out = chart.screened
    return (
        f"{how}. Moving ranges of 3.267 times their mean or more are left out of the limits: "
        f"{left_out or 'none'} {'was' if left_out == 1 else 'were'}."
    )


def _said(value: float, unit: str, *, is_short: bool = False) -> str:
    """Return a value with its unit, which is said once in a sentence."""
    if unit == "%":
        return f"{number(value)}%"
    return number(value) if is_short else f"{number(value)} {unit}"


def number(value: float) -> str:
    """Return a value with as many decimals as help: 97, 12.3, 0.42."""
    size = abs(value)
    if size >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}"


def _many(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"
