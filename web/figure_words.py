"""How figures are said on pages, in files and in print: a rate, what it is out of, and how sure it is."""

from collections.abc import Mapping
from dataclasses import dataclass

from quality.rules.chart_words import number
from quality.rules.counting import ALERTS, GIVEN_WRONGLY, NEAR_MISSES, NOT_SCANNED, Theme
from quality.rules.incidents import KIND_WORDS
from quality.rules.measures import MEASURES, Measure
from quality.rules.rates import Rate

#: Figures under the headings they are shown with: what reached people and what was stopped stand apart.
GROUPS: dict[str, tuple[str, ...]] = {
    "On time": ("on_time", "late", "critical_on_time"),
    "Reached the person": ("reached", "harmed", "cd_discrepancies"),
    "Not as prescribed, by the record": ("missed", "supply_failure", "given_wrongly", "refused"),
    "Stopped before the person": ("near_misses", "overridden"),
    "How it was recorded": ("scanned", "late_entries"),
}
THEME_NAMES: dict[Theme, str] = {
    "near_miss": "What the scan stopped",
    "reached": "Incidents that reached the person",
    "given_wrongly": "What was wrong with doses that were given",
    "not_scanned": "Why doses were not scanned",
    "alert": "Questions asked, and how often they were overridden",
}
NOT_SHOWN = "not shown"


@dataclass(frozen=True, slots=True)
class Shown:
    """One figure as it is shown."""

    measure: Measure
    value: str
    unit: str
    out_of: str
    interval: str


def shown(measure: Measure, numbers: Mapping[str, int]) -> Shown:
    """Return one figure of a period in words."""
    rate = measure.rate(numbers)
    is_share = measure.said_in == "%"
    unit = "" if is_share else measure.said_in
    return Shown(measure, rate_words(rate, "%" if is_share else ""), unit, out_of(rate), interval_words(rate))


def groups(numbers: Mapping[str, int]) -> list[tuple[str, list[Shown]]]:
    """Return every figure of a period, under its heading."""
    return [(heading, [shown(MEASURES[word], numbers) for word in words]) for heading, words in GROUPS.items()]


def rate_words(rate: Rate | None, said_in: str = "") -> str:
    """Return a rate in words: 12.3 per 1,000 doses; a dash where nothing could have happened."""
    if rate is None:
        return NOT_SHOWN
    if rate.value is None:
        return "–"
    value = number(rate.value)
    return f"{value}%" if said_in == "%" else f"{value} {said_in}".strip()


def out_of(rate: Rate) -> str:
    """Return the numerator and the denominator: 45 of 3,650."""
    return f"{rate.count:,} of {rate.of:,}"


def interval_words(rate: Rate) -> str:
    """Return the 95 % interval: 9.1 to 16.4."""
    if rate.interval is None:
        return "–"
    low, high = rate.interval
    return f"{number(low)} to {number(high)}"


def kind_words(theme: Theme, code: str) -> str:
    """Return a kind in words."""
    match theme:
        case "near_miss":
            return NEAR_MISSES.get(code, _plain(code))
        case "given_wrongly":
            return GIVEN_WRONGLY.get(code, _plain(code))
        case "not_scanned":
            return NOT_SCANNED.get(code, _plain(code))
        case "alert":
            return ALERTS.get(code, _plain(code))
        case "reached":
            return KIND_WORDS.get(code, _plain(code))


def _plain(code: str) -> str:
    return code.replace("_", " ").capitalize()
