"""What a council is shown of its homes' figures: months, and what may be seen of each.

Every column of a month is one tree: the total of all homes; that total by home; by class of medicines, then part of
the day, then round; by kind. There is no table of homes by class, and no total of several months but the sum of months
that are shown: either would be a second sum over hidden cells (rules.suppression). Rates are of shown counts only.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from quality.rules.counting import Theme
from quality.rules.measures import Better
from quality.rules.rates import Rate
from quality.rules.spc import Kind
from quality.rules.suppression import is_small, shown_cells

#: A month is published so long after its end: most late records are in by then.
PUBLISHED_AFTER = timedelta(days=7)
#: Names of rounds that may leave a home: others are the home's own words.
USUAL_ROUNDS = ("Breakfast", "Morning", "Lunch", "Tea", "Supper", "Evening", "Bedtime", "Night")
OTHER_ROUNDS, NO_ROUND = "Other rounds", "Between rounds"
Key = TypeVar("Key", bound=Hashable)
#: A column's number, None where it is hidden.
Shown = int | None


@dataclass(frozen=True, slots=True)
class Published:
    """One figure a council sees: a column out of another, how it is said and drawn, and into which kinds it falls."""

    word: str
    name: str
    of: str
    per: int
    of_what: str
    meaning: str
    better: Better | None
    chart: Kind
    theme: Theme | None = None

    @property
    def said_in(self) -> str:
        """How its values are said."""
        return "%" if self.per == 100 else f"per {self.per:,} {self.of_what}"


_DOSES = "doses"
_ALL = (
    Published("missed", "Missed, no record", "doses", 1000, _DOSES,
              "Doses that were due and that nobody answered.", "low", Kind.U),
    Published("supply_failure", "Not in stock", "doses", 1000, _DOSES,
              "Doses not given because the medicine was not there or not fit to be given.", "low", Kind.U),
    Published("given_wrongly", "Given with something wrong", "doses", 1000, _DOSES,
              "Doses that were given although the record itself found something wrong with them; nobody has judged "
              "these.", "low", Kind.U, "given_wrongly"),
    Published("reached", "Reached the person", "doses", 1000, _DOSES,
              "Incidents that somebody judged to have reached a person (NCC MERP C to I).", "low", Kind.U, "reached"),
    Published("near_misses", "Stopped by the scan", "doses", 1000, _DOSES,
              "Near misses that a scan stopped. Few may mean little scanning.", None, Kind.U, "near_miss"),
    Published("not_scanned", "Not scanned", "by_staff", 100, "doses given by staff",
              "Doses given by staff without scanning the pack.", "low", Kind.P, "not_scanned"),
    Published("late", "Given late", "doses", 1000, _DOSES,
              "Scheduled doses given after their window closed.", "low", Kind.U),
    Published("critical_late", "Time-critical, not within 30 minutes", "critical_due", 100, "time-critical doses",
              "Time-critical doses not given within 30 minutes of their time (NICE QS164).", "low", Kind.P),
    Published("refused", "Refused", "doses", 1000, _DOSES,
              "Doses the person refused. Not an error by itself.", None, Kind.U),
    Published("late_entries", "Entered late", "doses", 100, _DOSES,
              "Records typed more than 30 minutes after the time they give.", "low", Kind.P),
    Published("overridden", "Questions overridden", "alerts", 100, "questions asked",
              "Questions of the bedside app answered with “give it all the same”.", None, Kind.P, "alert"),
)  # fmt: skip
PUBLISHED = {each.word: each for each in _ALL}
#: What leaves a home: numerators, and what they are out of.
COLUMNS = ("doses", "by_staff", "critical_due", "alerts", *PUBLISHED)
#: The numbers of daily figures that these are made of.
MADE_OF = (
    "due", "unscheduled", "by_staff", "scanned", "critical_due", "critical_on_time", "alerts", "overridden", "missed",
    "supply_failure", "given_wrongly", "reached", "near_misses", "late", "refused", "late_entries",
)  # fmt: skip


def columns_of(numbers: Mapping[str, int]) -> dict[str, int]:
    """Return the columns a council may see from the numbers of daily figures."""
    return {
        "doses": numbers["due"] + numbers["unscheduled"],
        "by_staff": numbers["by_staff"],
        "critical_due": numbers["critical_due"],
        "alerts": numbers["alerts"],
        "missed": numbers["missed"],
        "supply_failure": numbers["supply_failure"],
        "given_wrongly": numbers["given_wrongly"],
        "reached": numbers["reached"],
        "near_misses": numbers["near_misses"],
        "not_scanned": numbers["by_staff"] - numbers["scanned"],
        "late": numbers["late"],
        "critical_late": numbers["critical_due"] - numbers["critical_on_time"],
        "refused": numbers["refused"],
        "late_entries": numbers["late_entries"],
        "overridden": numbers["overridden"],
    }


def broken_down(total: Shown, cells: Mapping[Key, int]) -> dict[Key, Shown] | None:
    """Return what may be shown of a total's cells, None where there may be no breakdown: the total is hidden."""
    return None if total is None else shown_cells(cells)


def shown_total(count: int) -> Shown:
    """Return a total as it may be shown."""
    return None if is_small(count) else count


def rate_of(measure: Published, shown: Mapping[str, Shown]) -> Rate | None:
    """Return a figure of shown counts, None where its numerator or denominator is hidden."""
    count, of = shown.get(measure.word), shown.get(measure.of)
    return None if count is None or of is None else Rate(count, of, measure.per)


def by_columns(rows: Mapping[Key, Mapping[str, int]]) -> tuple[dict[str, Shown], dict[Key, dict[str, Shown]]]:
    """Return the totals of each column, and each row's columns, as they may be shown together."""
    totals = {column: shown_total(sum(row[column] for row in rows.values())) for column in COLUMNS}
    shown: dict[Key, dict[str, Shown]] = {key: {} for key in rows}
    for column in COLUMNS:
        cells = broken_down(totals[column], {key: row[column] for key, row in rows.items()})
        for key, mine in shown.items():
            mine[column] = None if cells is None else cells[key]
    return totals, shown


def sum_of_months(months: Iterable[Mapping[str, Shown]], columns: Sequence[str] = COLUMNS) -> dict[str, Shown]:
    """Return the sums of columns over months, hidden wherever one of the months is: a sum must tell nothing new."""
    sums: dict[str, Shown] = dict.fromkeys(columns, 0)
    for month in months:
        for column, before in sums.items():
            value = month.get(column)
            sums[column] = None if before is None or value is None else before + value
    return sums


def round_shown(name: str) -> str:
    """Return the name of a round as it may leave a home."""
    if not name:
        return NO_ROUND
    return name if name in USUAL_ROUNDS else OTHER_ROUNDS


# Months


def month_of(day: date) -> date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """Return the first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def months_between(first: date, last: date) -> list[date]:
    """Return the first days of the months from one to another, both counted."""
    found, month = [], month_of(first)
    while month <= last:
        found.append(month)
        month = next_month(month)
    return found


def is_published(month: date, today: date) -> bool:
    """Return whether a month is over for so long that it is published."""
    return next_month(month) + PUBLISHED_AFTER <= today


def quarter_of(month: date) -> date:
    """Return the first day of the calendar quarter of a month."""
    return date(month.year, 3 * ((month.month - 1) // 3) + 1, 1)
