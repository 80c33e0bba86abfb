"""Which figures did somebody ask for in an address: which days, which part of the home, taken apart by what?

What cannot be read is passed over: an address that somebody shortened by hand still shows something sensible, and the
page says what it shows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from emar.queries.homes import units
from quality.queries import figures as queries
from quality.queries.figures import Where
from quality.rules.medicine_classes import CLASS_WORDS
from quality.rules.publication import month_of, next_month
from quality.rules.times_of_day import TIME_WORDS

#: Days back from the last closed one, with the words for them.
PERIODS = {"7": "Last 7 days", "28": "Last 28 days", "91": "Last 13 weeks", "365": "Last 12 months"}
USUAL = "28"
BY_WORDS = {"unit": "Unit", "medicine_class": "Class of medicines", "time_of_day": "Time of day", "round": "Round"}
BETWEEN_ROUNDS = "-"


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a list to choose from."""

    value: str
    words: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """What is shown: days, part, and what it is called; `options` are the lists to choose other things from."""

    first: date
    last: date
    where: Where
    by: str
    asked: Mapping[str, str]
    options: Mapping[str, Sequence[Option]]
    unit_names: Mapping[int, str]

    def address(self, **changes: str) -> str:
        """Return the same choice with some of it changed, as the end of an address."""
        kept = {name: value for name, value in (dict(self.asked) | changes).items() if value}
        return f"?{urlencode(kept)}" if kept else "?"

    @property
    def part_words(self) -> str:
        """Return which part of the home is shown, in words."""
        where = self.where
        words = [
            self.unit_names.get(where.unit_id or 0, ""),
            CLASS_WORDS.get(where.medicine_class, ""),
            TIME_WORDS.get(where.time_of_day, ""),
            "" if where.round_name is None else where.round_name or "between rounds",
        ]
        return ", ".join(each for each in words if each) or "the whole home"

    def name_of(self, by: str, key: object) -> str:
        """Return the name of one part that figures are taken apart into."""
        match by:
            case "unit":
                return self.unit_names.get(key, "No unit") if isinstance(key, int) else "No unit"
            case "medicine_class":
                return CLASS_WORDS.get(str(key), str(key))
            case "time_of_day":
                return TIME_WORDS.get(str(key), str(key))
            case _:
                return str(key) or "Between rounds"


def choice_of(home_id: int, sent: QueryDict, span: tuple[date, date]) -> Choice:
    """Return what was asked for of a home whose figures go from one day to another."""
    asked = {name: sent.get(name, "") for name in ("period", "unit", "medicine_class", "time_of_day", "round", "by")}
    first, last, asked["period"] = _days(asked["period"], span)
    names = {unit.pk: unit.name for unit in units(home_id)}
    rounds = queries.round_names(home_id, first, last)
    asked["unit"] = asked["unit"] if asked["unit"].isdecimal() and int(asked["unit"]) in names else ""
    asked["medicine_class"] = asked["medicine_class"] if asked["medicine_class"] in CLASS_WORDS else ""
    asked["time_of_day"] = asked["time_of_day"] if asked["time_of_day"] in TIME_WORDS else ""
    asked["round"] = asked["round"] if asked["round"] in (*rounds, BETWEEN_ROUNDS) else ""
    asked["by"] = asked["by"] if asked["by"] in BY_WORDS else ""
    where = Where(
        int(asked["unit"]) if asked["unit"] else None,
        asked["medicine_class"],
        asked["time_of_day"],
        {"": None, BETWEEN_ROUNDS: ""}.get(asked["round"], asked["round"]),
    )
    lists: dict[str, list[tuple[str, str]]] = {
        "period": [*PERIODS.items(), *((f"{each:%Y-%m}", f"{each:%B %Y}") for each in _months(span))],
        "unit": [("", "Every unit"), *((str(pk), name) for pk, name in names.items())],
        "medicine_class": [("", "Every class"), *CLASS_WORDS.items()],
        "time_of_day": [("", "All day"), *TIME_WORDS.items()],
        "round": [("", "Every round"), *((name, name) for name in rounds), (BETWEEN_ROUNDS, "Between rounds")],
        "by": [("", "Not taken apart"), *BY_WORDS.items()],
    }
    options = {name: [Option(*each, each[0] == asked[name]) for each in rows] for name, rows in lists.items()}
    return Choice(first, last, where, asked["by"], asked, options, names)


def _days(asked: str, span: tuple[date, date]) -> tuple[date, date, str]:
    first, last = span
    try:
        month = date.fromisoformat(f"{asked}-01")
    except ValueError:
        asked = asked if asked in PERIODS else USUAL
        return max(first, last - timedelta(days=int(asked) - 1)), last, asked
    if not month_of(first) <= month <= last:
        return _days(USUAL, span)
    return max(first, month), min(last, next_month(month) - timedelta(days=1)), asked


def _months(span: tuple[date, date]) -> list[date]:
    found, month = [], month_of(span[1])
    while month >= month_of(span[0]) and len(found) < 24:
        found.append(month)
        month = month_of(month - timedelta(days=1))
    return found


def days_words(first: date, last: date) -> str:
    """Return two days as people say them: 1 to 28 Oct 2026."""
    if first == last:
        return f"{first.day} {first:%b %Y}"
    if first.year == last.year:
        return f"{first.day} {first:%b} to {last.day} {last:%b %Y}"
    return f"{first.day} {first:%b %Y} to {last.day} {last:%b %Y}"


def kept(sent: Any, *names: str) -> dict[str, str]:
    """Return what was sent of these names."""
    return {name: sent.get(name, "") for name in names}
