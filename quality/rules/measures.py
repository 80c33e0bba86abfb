"""Which figures there are: of what, out of what, how they are said, and which way is better."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from quality.rules.counting import Theme
from quality.rules.rates import Rate
from quality.rules.spc import Kind

Better = Literal["low", "high"]
#: What scanning stops, and what observers see go wrong, in published studies. (domain.md)
STOPPED_ELSEWHERE = "12.2 of 1,000 attempts were stopped by barcode in 13 English homes"


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure: the columns that are its numerator and its denominator, and how it is said and drawn.

    `meaning` says in a sentence what is counted. `better` is None where more may be better reporting or worse care.
    `theme` is the kinds it can be taken apart into. One whose `chart` is a t-chart is so rare that a rate of a week
    says nothing: the time between two is drawn.
    """

    word: str
    name: str
    over: tuple[str, ...]
    under: tuple[str, ...]
    per: int
    of_what: str
    meaning: str
    better: Better | None
    chart: Kind
    theme: Theme | None = None

    def rate(self, counts: Mapping[str, int]) -> Rate:
        """Return the figure of these counts."""
        return Rate(sum(counts[each] for each in self.over), sum(counts[each] for each in self.under), self.per)

    @property
    def said_in(self) -> str:
        """How its values are said: "%", or "per 1,000 doses"."""
        return "%" if self.per == 100 else f"per {self.per:,} {self.of_what}"


#: Doses given and doses due that were not: every chance of an error. (domain.md)
OPPORTUNITIES = ("due", "unscheduled")
#: Packs that were scanned for a dose: those that went in the pot and those that were stopped.
ATTEMPTS = ("scanned", "near_misses")
GIVEN_ON_SCHEDULE = ("on_time", "early", "late")
_DOSES = "doses given or due"

_ALL = (
    Measure(
        "on_time", "Given on time", ("on_time",), GIVEN_ON_SCHEDULE, 100, "scheduled doses given",
        "Scheduled doses given inside their window, of those given.", "high", Kind.P,
    ),
    Measure(
        "late", "Given late", ("late",), OPPORTUNITIES, 1000, _DOSES,
        "Scheduled doses given after their window closed.", "low", Kind.U,
    ),
    Measure(
        "missed", "Missed, no record", ("missed",), OPPORTUNITIES, 1000, _DOSES,
        "Doses that were due and that nobody answered before the day closed.", "low", Kind.U,
    ),
    Measure(
        "supply_failure", "Not in stock", ("supply_failure",), OPPORTUNITIES, 1000, _DOSES,
        "Doses not given because the medicine was out of stock, awaited, spoilt or out of date.", "low", Kind.U,
    ),
    Measure(
        "refused", "Refused", ("refused",), OPPORTUNITIES, 1000, _DOSES,
        "Doses the person refused. Not an error by itself.", None, Kind.U,
    ),
    Measure(
        "given_wrongly", "Given with something wrong", ("given_wrongly",), OPPORTUNITIES, 1000, _DOSES,
        "Doses that were given although the record itself found something wrong with them; nobody has judged these.",
        "low", Kind.U, "given_wrongly",
    ),
    Measure(
        "reached", "Incidents that reached the person", ("reached",), OPPORTUNITIES, 1000, _DOSES,
        "Incidents that somebody judged to have reached a person: NCC MERP C to I. Near misses are A and B.",
        "low", Kind.U, "reached",
    ),
    Measure(
        "harmed", "Incidents with harm", ("harmed",), OPPORTUNITIES, 1000, _DOSES,
        "Incidents that somebody judged to have harmed a person: NCC MERP E to I. They are among those that reached "
        "the person.", "low", Kind.T,
    ),
    Measure(
        "cd_discrepancies", "CD discrepancies", ("cd_discrepancies",), OPPORTUNITIES, 1000, _DOSES,
        "Counts of controlled drugs that were not what the register says: losses, and what was found over.",
        "low", Kind.T,
    ),
    Measure(
        "near_misses", "Stopped by the scan", ("near_misses",), ATTEMPTS, 1000, "scans for a dose",
        "Near misses: errors that a scan stopped before they reached a person. A home without any may not be scanning.",
        None, Kind.U, "near_miss",
    ),
    Measure(
        "scanned", "Scanned", ("scanned",), ("by_staff",), 100, "doses given by staff",
        "Doses given by staff whose pack was scanned.", "high", Kind.P, "not_scanned",
    ),
    Measure(
        "overridden", "Questions overridden", ("overridden",), ("alerts",), 100, "questions asked",
        "Questions of the bedside app that were answered with “give it all the same”.", None, Kind.P, "alert",
    ),
    Measure(
        "late_entries", "Entered late", ("late_entries",), ("records",), 100, "records",
        "Records typed more than 30 minutes after the time they give.", "low", Kind.P,
    ),
    Measure(
        "critical_on_time", "Time-critical within 30 minutes", ("critical_on_time",), ("critical_due",), 100,
        "time-critical doses",
        "Time-critical doses given within 30 minutes of their time; refused ones are left out (NICE QS164).",
        "high", Kind.P,
    ),
)  # fmt: skip
MEASURES = {measure.word: measure for measure in _ALL}
