"""What would the daily figures of an invented council be, with changes planted that its charts must find?

Chance alone decides, from a seed: the same seed makes the same council. Homes differ from each other and months from
month to month by more than chance, as real ones do; on top of that a few homes have something planted. Nobody in it
exists, and no resident is made at all: a council sees counts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from quality.rules.counting import COUNTS
from quality.rules.publication import month_of, months_between, next_month

#: Scheduled doses of one resident in a day. (design notes, Size to plan for)
DOSES_A_DAY = 6.5
#: Class of medicines to its share of the doses.
CLASSES = {
    "heart": 0.30, "stomach": 0.16, "pain": 0.15, "mental_health": 0.13, "diabetes": 0.06, "epilepsy": 0.05,
    "parkinsons": 0.04, "anticoagulants": 0.04, "controlled": 0.03, "infection": 0.02, "other": 0.02,
}  # fmt: skip
#: Round to its part of the day and share of the doses.
ROUNDS = {
    "Morning": ("morning", 0.45), "Lunch": ("midday", 0.15), "Tea": ("afternoon", 0.15), "Night": ("evening", 0.25)
}  # fmt: skip
PLACES = [
    (medicine_class, time_of_day, round_name, share * part)
    for medicine_class, share in CLASSES.items()
    for round_name, (time_of_day, part) in ROUNDS.items()
]
#: How often each thing happens, per dose or per what the name says.
USUAL = {
    "missed": 0.006, "supply_failure": 0.004, "refused": 0.02, "other_not_given": 0.01, "late": 0.05, "early": 0.01,
    "unscheduled": 0.08, "given_wrongly": 0.0015, "near_misses": 0.0122, "not_scanned": 0.06, "late_entries": 0.03,
    "critical_late": 0.12, "alerts": 0.03, "overridden": 0.5, "reached": 0.0012,
}  # fmt: skip
NEAR_MISS_KINDS = {"too_early": 30, "wrong_resident": 24, "already_given": 16, "wrong_strength": 6,
                   "stopped_medicine": 6, "expired": 2}  # fmt: skip
WRONG_KINDS = {"wrong_amount": 3, "too_early": 3, "double_dose": 2, "wrong_resident": 1, "hold_rule": 1}
REACHED_KINDS = {"wrong_time": 5, "missed": 3, "wrong_dose": 2, "double_dose": 2, "critical_missed": 2,
                 "wrong_resident": 1}  # fmt: skip
#: Incidents that reached a person, to those with harm; discrepancies of controlled drugs in a home and month.
WITH_HARM, CD_DISCREPANCIES = 0.15, 0.5
#: Actions of incidents that a home has open at the end of a day, on average.
OPEN_ACTIONS = 4.0
NOT_SCANNED_KINDS = {"will_not_scan": 4, "not_in_pack": 3, "no_barcode": 2, "scanner_broken": 1}
ALERT_KINDS = {"early": 6, "unknown_barcode": 3, "reading_first": 2, "not_due": 1}
#: How much homes differ for good, and one month from another, in the logarithm of their rates.
BETWEEN_HOMES, BETWEEN_MONTHS = 0.12, 0.04
#: Twice as many doses were missed on paper, as far as its charts could tell.
STEP_AT_GO_LIVE = 0.5
UNDER_REPORTED, OUTLYING, SLOW = 0.12, 2.6, 4.0


@dataclass(frozen=True, slots=True)
class InventedHome:
    """One home: its size, when it went live, and what is planted in it."""

    name: str
    beds: int
    live_on: date
    is_under_reporting: bool = False
    is_outlier: bool = False
    has_slow_wifi: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """One home's figures: for each of COUNTS an array of days × places, and what only a whole day has.

    `kinds` holds rows of day, place, theme, code, how many, how many overridden.
    """

    days: list[date]
    numbers: dict[str, Any]
    kinds: list[tuple[int, int, str, str, int, int]]
    changed: Any
    silent: Any
    open_actions: Any


FIRST_WORDS = (
    "Alder",
    "Beech",
    "Cedar",
    "Dove",
    "Elder",
    "Fern",
    "Glen",
    "Hazel",
    "Ivy",
    "Juniper",
    "Kestrel",
    "Larch",
)
SECOND_WORDS = ("brook House", "dale Court", "field Lodge", "gate House", "hurst", "leigh Manor", "mead Rise", "wood")


def invent(*, homes: int, months: int, seed: int, until: date) -> list[InventedHome]:
    """Return the homes of an invented council whose figures end with the month before `until`.

    Every home went live a third into the time, within three months of the others, and fewer doses were missed from then
    on. One other home each under-reports, lies outside the others, and has a slow Wi-Fi, where there are enough homes.
    """
    chance = np.random.default_rng([seed, 0])
    span = _months(months, until)
    planted = [*chance.permutation(homes)[:3].tolist(), -1, -1, -1]
    names = [first + second for second in SECOND_WORDS for first in FIRST_WORDS]
    found = []
    for n in range(homes):
        name = names[n % len(names)] + (f" {n // len(names) + 1}" if n >= len(names) else "")
        live = span[min(len(span) - 1, len(span) // 3 + n % 3)]
        found.append(
            InventedHome(name, int(chance.integers(25, 56)), live, n == planted[0], n == planted[1], n == planted[2])
        )
    return found


def _months(months: int, until: date) -> list[date]:
    last = month_of(month_of(until) - timedelta(days=1))
    first = date(last.year + (last.month - months) // 12, (last.month - months) % 12 + 1, 1)
    return months_between(first, last)


def figures_of(home: InventedHome, place: int, *, months: int, seed: int, until: date) -> Figures:
    """Return the daily figures of the home at this place of the council."""
    chance = np.random.default_rng([seed, 1, place])
    span = _months(months, until)
    first, end = span[0], next_month(span[-1])
    days = [first + timedelta(days=n) for n in range((end - first).days)]
    month = np.array([span.index(month_of(day)) for day in days])
    is_live = np.array([day >= home.live_on for day in days])[:, None]
    rate = _rates(home, chance, len(span), month, is_live)
    shares = np.array([share for *_, share in PLACES])
    due = chance.poisson(home.beds * DOSES_A_DAY * shares, (len(days), len(PLACES)))
    numbers = _doses(due, rate, chance, is_live)
    kinds = [
        *_kinds("near_miss", NEAR_MISS_KINDS, numbers["near_misses"], chance),
        *_kinds("given_wrongly", WRONG_KINDS, numbers["given_wrongly"], chance),
        *_kinds("reached", REACHED_KINDS, numbers["reached"], chance),
        *_kinds("not_scanned", NOT_SCANNED_KINDS, numbers["by_staff"] - numbers["scanned"], chance),
    ]
    alerts = _kinds("alert", ALERT_KINDS, numbers["alerts"], chance)
    for row, (day, at, theme, code, number, _) in enumerate(alerts):
        overridden = int(chance.binomial(number, USUAL["overridden"]))
        numbers["overridden"][day, at] += overridden
        alerts[row] = (day, at, theme, code, number, overridden)
    often = 0.3 if home.has_slow_wifi else 0.02
    return Figures(
        days,
        {name: numbers[name] for name in COUNTS},
        kinds + alerts,
        chance.random(len(days)) < often,
        (chance.random(len(days)) < often).astype(int),
        chance.poisson(OPEN_ACTIONS, len(days)),
    )


def _rates(home: InventedHome, chance: Any, months: int, month: Any, is_live: Any) -> dict[str, Any]:
    """Return how often each thing happens on each day: usual, for this home, in this month, with what is planted."""
    found = {}
    for name, usual in USUAL.items():
        own = np.exp(chance.normal(0, BETWEEN_HOMES))
        monthly = np.exp(chance.normal(0, BETWEEN_MONTHS, months))
        found[name] = (usual * own * monthly)[month][:, None]
    found["missed"] = found["missed"] * np.where(is_live, STEP_AT_GO_LIVE, 1) * 2
    if home.is_outlier:
        found["missed"] = found["missed"] * OUTLYING
    if home.is_under_reporting:
        found["near_misses"] = found["near_misses"] * UNDER_REPORTED
        found["given_wrongly"] = found["given_wrongly"] * UNDER_REPORTED
        found["reached"] = found["reached"] * UNDER_REPORTED
    if home.has_slow_wifi:
        found["late_entries"] = found["late_entries"] * SLOW
    return found


def _doses(due: Any, rate: Mapping[str, Any], chance: Any, is_live: Any) -> dict[str, Any]:
    """Return every count from the doses due; on paper there was no scan, no question and no time of entry."""
    numbers: dict[str, Any] = {name: np.zeros_like(due) for name in COUNTS}
    numbers["due"] = left = due
    for name in ("missed", "supply_failure", "refused", "other_not_given", "late", "early"):
        numbers[name] = chance.binomial(left, np.minimum(rate[name] * due / np.maximum(left, 1), 1))
        left = left - numbers[name]
    numbers["on_time"] = left
    scheduled = left + numbers["late"] + numbers["early"]
    numbers["unscheduled"] = chance.binomial(due, rate["unscheduled"])
    numbers["given"] = scheduled + numbers["unscheduled"]
    live = np.broadcast_to(is_live, due.shape)
    handled = np.where(live, numbers["given"], 0)
    numbers["by_staff"] = handled
    numbers["scanned"] = handled - chance.binomial(handled, rate["not_scanned"])
    numbers["near_misses"] = chance.poisson(numbers["scanned"] * rate["near_misses"])
    numbers["given_wrongly"] = chance.binomial(handled, rate["given_wrongly"])
    numbers["records"] = np.where(live, numbers["given"] + due - scheduled - numbers["missed"], 0)
    numbers["late_entries"] = chance.binomial(numbers["records"], np.minimum(rate["late_entries"], 1))
    is_critical = np.array([medicine_class == "parkinsons" for medicine_class, *_ in PLACES])
    numbers["critical_due"] = np.where(is_critical, due - numbers["refused"] - numbers["other_not_given"], 0)
    given = np.where(is_critical, scheduled, 0)
    numbers["critical_on_time"] = given - chance.binomial(given, np.minimum(rate["critical_late"], 1))
    numbers["alerts"] = chance.poisson(numbers["scanned"] * rate["alerts"])
    numbers["reached"] = chance.binomial(handled, np.minimum(rate["reached"], 1))
    numbers["harmed"] = chance.binomial(numbers["reached"], WITH_HARM)
    is_controlled = np.array([medicine_class == "controlled" for medicine_class, *_ in PLACES])
    numbers["cd_discrepancies"] = chance.poisson(np.where(live & is_controlled, CD_DISCREPANCIES / 30 / len(ROUNDS), 0))
    return numbers


def _kinds(theme: str, codes: Mapping[str, int], counts: Any, chance: Any) -> list[tuple[int, int, str, str, int, int]]:
    """Share events out among kinds."""
    day, place = np.nonzero(counts)
    which = np.repeat(np.arange(len(day)), counts[day, place])
    weights = np.array(list(codes.values()), float)
    chosen = chance.choice(len(codes), len(which), p=weights / weights.sum())
    pairs, number = np.unique(which * len(codes) + chosen, return_counts=True)
    words = list(codes)
    return [
        (int(day[pair // len(words)]), int(place[pair // len(words)]), theme, words[pair % len(words)], int(many), 0)
        for pair, many in zip(pairs.tolist(), number.tolist(), strict=True)
    ]


def columns_by_month(figures: Figures) -> Iterator[tuple[date, dict[str, int]]]:
    """Yield each month with its counts, for tests that need no database."""
    month = [month_of(day) for day in figures.days]
    for first in dict.fromkeys(month):
        chosen = np.array([each == first for each in month])
        yield first, {name: int(array[chosen].sum()) for name, array in figures.numbers.items()}
