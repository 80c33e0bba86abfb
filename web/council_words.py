"""How a council's figures are said: a cell of a table, a mark beside it, and which months there are to choose from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.http import Http404, HttpRequest

from quality.queries import council as queries
from quality.queries.council import HomeOfCouncil, Month
from quality.rules.chart_words import VARIATION_WORDS, Variation
from quality.rules.counting import Theme
from quality.rules.medicine_classes import CLASS_WORDS
from quality.rules.publication import NO_ROUND, PUBLISHED, Published, Shown, next_month, rate_of
from quality.rules.rates import Rate
from quality.rules.times_of_day import TIME_WORDS
from web.figure_choice import Option
from web.figure_words import NOT_SHOWN, kind_words, out_of, rate_words

#: The columns of the overview, in the order shown: what reached people, what was stopped, how it was recorded.
OVERVIEW = ("missed", "supply_failure", "reached", "near_misses", "not_scanned", "late_entries")
#: A mark is a shape, its words stand beside it for who does not see it.
MARKS = {
    Variation.WORSE_HIGH: "▲", Variation.WORSE_LOW: "▼", Variation.BETTER_HIGH: "◆", Variation.BETTER_LOW: "◆",
    Variation.CHANGED_UP: "■", Variation.CHANGED_DOWN: "■",
}  # fmt: skip
#: What is not scanned is counted; it is read as a scan rate, which rises where the other falls.
AS_SCAN_RATE = {
    Variation.WORSE_HIGH: Variation.WORSE_LOW, Variation.BETTER_LOW: Variation.BETTER_HIGH,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure in a table: its rate, what it is out of, and a mark with its words where it changed."""

    value: str
    out_of: str
    mark: str = ""
    mark_words: str = ""
    is_outside: bool = False


def figure(
    measure: Published, columns: Mapping[str, Shown], variation: Variation = Variation.USUAL, outside: int = 0
) -> Figure:
    """Return a figure as a council sees it."""
    rate = rate_of(measure, columns)
    if rate is None:
        return Figure(NOT_SHOWN, "")
    mark = MARKS.get(variation, "")
    value = f"{rate_words(rate, measure.said_in if measure.per == 100 else '')}"
    return Figure(value, out_of(rate), mark, VARIATION_WORDS[variation] if mark else "", bool(outside))


def in_overview(
    word: str, columns: Mapping[str, Shown], variation: Variation = Variation.USUAL, outside: int = 0
) -> Figure:
    """Return a figure of the overview: a scan rate in place of what was not scanned, every other as it is."""
    said = figure(PUBLISHED[word], columns, variation, outside)
    rate = rate_of(PUBLISHED[word], columns)
    if word != "not_scanned" or rate is None:
        return said
    scanned = Rate(rate.of - rate.count, rate.of, rate.per)
    variation = AS_SCAN_RATE.get(variation, variation)
    mark = MARKS.get(variation, "")
    return replace(
        said, value=rate_words(scanned, "%"), out_of=out_of(scanned), mark=mark,
        mark_words=VARIATION_WORDS[variation] if mark else "",
    )  # fmt: skip


def overview_names() -> list[tuple[str, str, str]]:
    """Return the headings of the overview: a figure's word, its name there, and how it is said."""
    return [
        ("not_scanned", "Scan rate", "% of doses given by staff")
        if word == "not_scanned"
        else (word, PUBLISHED[word].name, PUBLISHED[word].said_in)
        for word in OVERVIEW
    ]


def count_words(count: Shown) -> str:
    """Return a count as it is shown."""
    return NOT_SHOWN if count is None else f"{count:,}"


def cell_name(depth: int, key: str) -> str:
    """Return the name of a line of a breakdown: class, part of the day, round."""
    return (CLASS_WORDS, TIME_WORDS, {"": NO_ROUND})[depth].get(key, key)


def kind_name(theme: Theme | None, code: str) -> str:
    """Return the name of a kind."""
    return kind_words(theme, code) if theme else code


@dataclass(frozen=True, slots=True)
class Asked:
    """What a council's page shows: its homes, the months published, and the one chosen."""

    homes: list[HomeOfCouncil]
    published: list[date]
    month: date | None

    @property
    def pks(self) -> list[int]:
        """The homes' numbers."""
        return [home.pk for home in self.homes]

    @property
    def options(self) -> list[Option]:
        """The months to choose from, the latest first."""
        return [Option(f"{each:%Y-%m}", f"{each:%B %Y}", each == self.month) for each in reversed(self.published)]

    def months(self) -> list[Month]:
        """Return every month up to the chosen one."""
        if self.month is None:
            return []
        return queries.months(self.pks, [each for each in self.published if each <= self.month])


def asked_for(request: HttpRequest, council: tuple[int, str], now) -> Asked:  # type: ignore[no-untyped-def]
    """Return which month of a council was asked for: the latest published unless another is."""
    homes = queries.homes_of_council(council[0])
    published = queries.published_months([home.pk for home in homes], now)
    chosen = next((each for each in published if f"{each:%Y-%m}" == request.GET.get("month")), None)
    return Asked(homes, published, chosen or (published[-1] if published else None))


def measure_or_404(word: str) -> Published:
    """Return a figure that is published."""
    if word not in PUBLISHED:
        raise Http404("there is no such figure")
    return PUBLISHED[word]


def home_or_404(asked: Asked, pk: int) -> HomeOfCouncil:
    """Return one of the council's homes; another council's is none."""
    found = next((home for home in asked.homes if home.pk == pk), None)
    if found is None:
        raise Http404("this council has no such home")
    return found


def quarter_words(quarter: date) -> str:
    """Return a quarter in words: July to September 2026."""
    last = next_month(next_month(quarter))
    return f"{quarter:%B} to {last:%B %Y}"


def months_words(months: Sequence[Month]) -> str:
    """Return which months are shown together."""
    if not months:
        return ""
    first, last = months[0].month, months[-1].month
    return f"{first:%B %Y}" if first == last else f"{first:%B %Y} to {last:%B %Y}"
