"""On which figures does the simulation of ordering rest, and which of them were measured?

The figures come from files that are no part of this project and are read where they lie. Each parameter says whether
somebody measured it, and who, or whether it is assumed. What is assumed is no evidence: the report varies it.
"""

import csv
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

MEASURED, ASSUMED = "measured", "assumed"
#: What dose patterns of general practice become in a home: how many times, and on which days.
PATTERNS: Mapping[str, tuple[str, int]] = {
    "1/day unspecified": ("daily", 1),
    "1/day night/evening": ("daily", 1),
    "1/day morning": ("daily", 1),
    "2/day": ("daily", 2),
    "3/day": ("daily", 3),
    "4/day": ("daily", 4),
    "weekly or less": ("weekly", 1),
    "cyclic": ("cycle", 1),
}
#: Sizes in which tablets and capsules are packed, by what the quantities prescribed are a multiple of.
WEEKLY_QUANTITIES = (4, 8)


class ParametersMissing(FileNotFoundError):
    """A file that the simulation reads is not there."""


@dataclass(frozen=True, slots=True)
class Product:
    """A product that is prescribed: how much is in a pack, and what one unit costs in pence."""

    name: str
    pack: int
    unit_pence: float
    kind: str = "tablet"


@dataclass(frozen=True, slots=True)
class Parameters:
    """Everything that generates a home. Rates are a year unless they say otherwise; shares lie between 0 and 1."""

    beds: int
    medicines_mean: float
    medicines_sd: float
    medicines_most: int
    prn_share: float
    prn_rate_a_day: float
    prn_shape: float
    prn_change: float
    refusal: float
    refusal_wasted: float
    dropped: float
    deaths: float
    vacant_days: int
    stops: float
    dose_changes: float
    courses: float
    hospital: float
    hospital_days: float
    changed_in_hospital: float
    lost_a_dose: float
    count_corrects: float
    late_shares: tuple[float, ...]
    short: float
    owing_days: tuple[int, int]
    lingers: float
    heard: float
    noticed: float
    shelf_full_days: int
    interim_days: tuple[int, int]
    expiry_days: tuple[int, int]
    patterns: Sequence[tuple[str, int, float]]
    products: Sequence[tuple[Product, float]]
    weekly: Sequence[tuple[Product, float]]

    def but(self, **changes: Any) -> "Parameters":
        """Return the same with some of them changed, to see what an assumption is worth."""
        return replace(self, **changes)


@dataclass(frozen=True, slots=True)
class Source:
    """Where one parameter comes from: `grade` is MEASURED or ASSUMED, `words` say by whom or why."""

    name: str
    value: str
    grade: str
    words: str


def read_parameters(folder: Path) -> tuple[Parameters, list[Source]]:
    """Read the parameters and their sources from the shared data. Raises ParametersMissing naming the file."""
    figures = json.loads(_text(folder / "simulation" / "simulation_parameters.json"))
    patterns = _patterns(folder / "simulation" / "dose_pattern_distribution_gp.csv")
    products, weekly = _products(folder / "prescribing" / "epd_presentation_mix.csv")
    prn = figures["prn"]
    prn_each = sum(prn["per_resident"]) / 2
    council = figures["council_liverpool"]
    beds = round(council["places"] / max(council["homes"]))
    refusal = sum(figures["refusal_rate"]["assumption"]) / 2
    found = Parameters(
        beds=beds, medicines_mean=figures["medicines"]["mean_per_resident"][1], medicines_sd=3.6, medicines_most=25,
        prn_share=prn["share_of_medicines"],
        prn_rate_a_day=prn["administrations_per_person_month"] / 30.4 / prn_each,
        prn_shape=0.5, prn_change=3.0, refusal=refusal, refusal_wasted=0.3, dropped=0.005, deaths=0.27, vacant_days=120,
        stops=0.2, dose_changes=0.12, courses=1.5, hospital=0.6, hospital_days=8.0, changed_in_hospital=0.5,
        lost_a_dose=0.001, count_corrects=0.8, late_shares=(0.85, 0.08, 0.04, 0.02, 0.01), short=0.03,
        owing_days=(2, 7), lingers=0.5, heard=0.9, noticed=0.7, shelf_full_days=10**6, interim_days=(1, 3),
        expiry_days=(200, 900),
        patterns=patterns, products=products, weekly=weekly,
    )  # fmt: skip
    return found, _sources(found, figures)


def _sources(found: Parameters, figures: Mapping[str, Any]) -> list[Source]:
    medicines, prn = figures["medicines"], figures["prn"]
    rows = [
        ("beds", f"{found.beds}", MEASURED, figures["council_liverpool"]["src"]),
        ("medicines a resident", f"{found.medicines_mean}", MEASURED, medicines["src"]),
        ("their spread (sd)", f"{found.medicines_sd}", ASSUMED, medicines["distribution_suggestion"]),
        ("share when required", f"{found.prn_share:.3f}", MEASURED, prn["src"]),
        ("when-required doses a day and medicine", f"{found.prn_rate_a_day:.3f}", MEASURED,
         "administrations per person and month over medicines per resident, of the same sources"),
        ("how much people differ in it (Gamma shape)", f"{found.prn_shape}", ASSUMED, "no distribution is published"),
        ("changes of the rate a year", f"{found.prn_change:g}", ASSUMED, "pain and agitation come and go"),
        ("dose patterns", f"{len(found.patterns)} kinds", MEASURED,
         "939 million records of general practice, not of care homes (dose_pattern_distribution_gp.csv)"),
        ("products, quantities and prices", f"{len(found.products)}", MEASURED,
         "96,109 items prescribed in 2017 (epd_presentation_mix.csv); pack sizes inferred from the quantities"),
        ("doses refused", f"{found.refusal:.3f}", ASSUMED, figures["refusal_rate"]["src"]),
        ("of these wasted (already in the pot)", f"{found.refusal_wasted}", ASSUMED, "not published"),
        ("doses dropped", f"{found.dropped}", ASSUMED, "not published"),
        ("deaths a resident and year", f"{found.deaths}", ASSUMED, "not in the data; a median stay of about two years"),
        ("days a bed is empty", f"{found.vacant_days}", ASSUMED,
         "gives about nine beds of ten occupied; published for Liverpool: 83 to 94 %"),
        ("regular medicines stopped or replaced a year", f"{found.stops}", ASSUMED,
         "not in the data; varied with --sensitivity"),
        ("doses changed a year", f"{found.dose_changes}", ASSUMED, "not in the data"),
        ("short courses a resident and year", f"{found.courses}", ASSUMED, "not in the data"),
        ("hospital stays a resident and year", f"{found.hospital}", ASSUMED, "not in the data"),
        ("days in hospital", f"{found.hospital_days:g}", ASSUMED, "not in the data"),
        ("stays after which a medicine is changed", f"{found.changed_in_hospital}", ASSUMED, "not in the data"),
        ("tablets lost unrecorded a dose", f"{found.lost_a_dose}", ASSUMED, "the book drifts from the cupboard"),
        ("monthly counts that put it right", f"{found.count_corrects}", ASSUMED, "not in the data"),
        ("delivery late by 0, 1, 2, 4, 7 days", ", ".join(f"{each:.2f}" for each in found.late_shares), ASSUMED,
         "not in the data"),
        ("items short and owed", f"{found.short}, {found.owing_days[0]} to {found.owing_days[1]} days", ASSUMED,
         "not in the data"),
        ("a stopped item is ordered once more, each month", f"{found.lingers}", ASSUMED,
         "usual rule only: the repeat list is not kept up to date; varied with --sensitivity"),
        ("the pharmacy acts when told of a stop before it dispenses", f"{found.heard}", ASSUMED,
         "ours only, which tells it the day a line ends; varied with --sensitivity"),
        ("day on which the pharmacy dispenses an item", "check to delivery", ASSUMED,
         "any day from the check of the prescriptions to the day before the delivery, all equally likely"),
        ("low stock noticed by eye, each day", f"{found.noticed}", ASSUMED,
         "usual and days-of-cover rules only; varied with --sensitivity"),
        ("the usual rule looks at the shelf before it orders", "no", ASSUMED,
         "everything is repeated, as the rule says; some homes do look, and that rule stands beside it"),
        ("days an interim order takes", f"{found.interim_days[0]} to {found.interim_days[1]}", ASSUMED,
         "not in the data"),
        ("shelf life on delivery", f"{found.expiry_days[0]} to {found.expiry_days[1]} days", ASSUMED,
         "not in the data"),
    ]  # fmt: skip
    return [Source(*row) for row in rows]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ParametersMissing(f"{path} is missing: the simulation reads its figures from there") from None


def _patterns(path: Path) -> list[tuple[str, int, float]]:
    rows = csv.DictReader(_text(path).splitlines())
    return [(*PATTERNS[row["pattern"]], float(row["share"])) for row in rows if row["pattern"] in PATTERNS]


def _products(path: Path) -> tuple[list[tuple[Product, float]], list[tuple[Product, float]]]:
    """Return the products of every day and the weekly ones, each with how often it is prescribed."""
    every_day, weekly = [], []
    for row in csv.DictReader(_text(path).splitlines()):
        if not row["unit_price_gbp"] or not row["commonest_quantity"]:
            continue
        name, quantity, share = row["description"], float(row["commonest_quantity"]), float(row["items"])
        pence = 100 * float(row["unit_price_gbp"])
        if not pence or quantity != int(quantity):
            continue
        if re.search(r"_(Tab|Cap|Capl|Orodisper)\b", name):
            if int(quantity) in WEEKLY_QUANTITIES:
                weekly.append((Product(name, 4, pence), share))
            elif pack := _pack(int(quantity)):
                every_day.append((Product(name, pack, pence), share))
        elif re.search(r"_Eye Dps\b", name):
            # A price a millilitre: a bottle holds 2.5 ml or 5 ml, at 20 drops each.
            every_day.append((Product(name, 100, pence / 20, "eye drops"), share))
        elif re.search(r"(Transdermal Patch|_Patch|T/Derm Patch)", name):
            every_day.append((Product(name, 5, pence, "patch"), share))
    return every_day, weekly


def _pack(quantity: int) -> int | None:
    if quantity % 7 == 0:
        return 28
    if quantity % 30 == 0:
        return 30
    return 100 if quantity % 50 == 0 else None
