"""What is counted of one dose and one scan, for the figures about errors.

The definitions, each once. A dose that was due falls into exactly one of: on time, early, late, refused, otherwise
not given, supply failure, missed. What reached a person and what a scan stopped are counted apart and never added.
(domain.md, Errors, incidents, reporting)
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from emar.rules.outcomes import OUTCOMES, Family
from quality.rules.incidents import HARMFUL, Kind
from quality.rules.incidents import NEAR_MISSES as JUDGED_NEAR_MISSES

#: A record typed longer than this after the time it gives was entered late.
LATE_ENTRY_AFTER = timedelta(minutes=30)
#: A time-critical dose is right within this much of its time, whatever its own window. (NICE QS164)
CRITICAL_WITHIN = timedelta(minutes=30)
#: What people judged and counted, rather than what the record itself found: incidents of quality.rules.incidents.
OF_INCIDENTS = ("reached", "harmed", "cd_discrepancies")
#: What each column counts; the first seven share out the doses that were due.
SHARES_OF_DUE = ("on_time", "early", "late", "refused", "other_not_given", "supply_failure", "missed")
COUNTS = (
    "due", *SHARES_OF_DUE, "given", "unscheduled", "given_wrongly", "near_misses", "by_staff", "scanned", "records",
    "late_entries", "critical_due", "critical_on_time", "alerts", "overridden", *OF_INCIDENTS,
)  # fmt: skip
#: Findings about a dose that was given which mean that the person had something wrong.
GIVEN_WRONGLY = {
    "wrong_resident": "Another person’s medicine",
    "wrong_medicine": "Wrong medicine",
    "wrong_strength": "Wrong strength",
    "wrong_amount": "Wrong amount",
    "wrong_unit": "Wrong unit",
    "double_dose": "Given twice",
    "allergy": "Against an allergy",
    "stopped_medicine": "Stopped medicine",
    "superseded_prescription": "Dose before a change",
    "not_active": "Not yet checked prescription",
    "not_due": "Not due",
    "quarantined": "Pack put aside",
    "expired": "Out of date",
    "opened_too_long": "Open too long",
    "prn_too_soon": "When-required too soon",
    "prn_over_maximum": "When-required over the maximum",
    "hold_rule": "Against its reading",
    "too_early": "Far too early",
}
#: Findings that, when a scan stopped at them, were an error that did not reach the person.
NEAR_MISSES = {
    "wrong_resident": "Another person’s pack",
    "wrong_medicine": "Wrong medicine",
    "wrong_strength": "Wrong strength",
    "allergy": "Allergy",
    "stopped_medicine": "Stopped medicine",
    "quarantined": "Pack put aside",
    "expired": "Out of date",
    "opened_too_long": "Open too long",
    "already_given": "Already given",
    "in_pot": "Already in the pot",
    "too_early": "Too early",
    "early": "Early, and left for later",
    "not_due": "Not due",
    "not_active": "Not yet checked prescription",
    "prn_too_soon": "When-required too soon",
    "prn_over_maximum": "When-required over the maximum",
    "hold_rule": "Against its reading",
}
#: Why a dose was recorded without a scan. Anybody's own words count as "other": words are never in figures.
NOT_SCANNED = {
    "no_barcode": "No barcode on it",
    "will_not_scan": "Barcode will not scan",
    "scanner_broken": "Scanner not working",
    "not_in_pack": "Not in its pack",
    "late_entry": "Entered later",
    "typed": "Digits typed in",
    "other": "Another reason",
    "not_said": "No reason given",
}
#: What the bedside app asks about.
ALERTS = {
    "early": "Early",
    "unknown_barcode": "Unknown barcode",
    "reading_first": "Reading first",
    "not_due": "Not due",
    "resident_away": "Resident away",
    "two_packs": "Two packs it could be",
    "whose_pack": "Whose pack",
    "not_booked_in": "Pack not booked in",
    "balance_differs": "Balance differs",
    "witness_unproven": "Second person not proven",
    "witness_apart": "Second person signed at another time",
    "parts_differ": "Tablets do not make up the dose",
}
_SCANNED = frozenset({"wedge", "camera", "photo"})
_BY_STAFF = frozenset({"given", "part_given"})
_LATE_WORDS = "entered late"
Theme = Literal["near_miss", "given_wrongly", "not_scanned", "alert", "reached"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a dose belongs in the figures: unit, class of medicine, part of the day, round ("" between rounds)."""

    unit_id: int | None
    medicine_class: str
    time_of_day: str
    round_name: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One standing record that a person made. `after` is how long after the time it gives it was entered."""

    outcome: str
    scan_source: str
    by_hand_reason: str = ""
    findings: Collection[str] = ()
    after: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class DueDose:
    """One dose that was due of somebody in the home, and what was recorded of it, first to last.

    `answer` is the record that counts, None where nobody answered in time. `timing` says how a given answer stands
    to its window, `apart` how far from its time.
    """

    place: Place
    is_time_critical: bool = False
    answer: Recorded | None = None
    timing: Literal["early", "on_time", "late"] | None = None
    apart: timedelta = timedelta(0)
    others: Sequence[Recorded] = ()


@dataclass(frozen=True, slots=True)
class Extra:
    """A record that answers no due dose: when required, or given though nothing was due."""

    place: Place
    record: Recorded


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan that did not simply put a dose in the pot: its result, its findings, worst first, and the answer."""

    place: Place
    result: str
    findings: Sequence[str]
    is_overridden: bool = False


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident of the home: what kind it is, and the NCC MERP category that stands, "" before anybody judged it."""

    place: Place
    kind: str
    merp: str = ""


@dataclass(slots=True)
class Counts:
    """The figures of one place: a number for each of COUNTS, and kinds (theme, code) with how often overridden."""

    numbers: Counter[str] = field(default_factory=Counter)
    kinds: Counter[tuple[Theme, str]] = field(default_factory=Counter)
    overridden: Counter[tuple[Theme, str]] = field(default_factory=Counter)

    def add(self, other: "Counts") -> None:
        """Add another place's figures to these."""
        self.numbers += other.numbers
        self.kinds += other.kinds
        self.overridden += other.overridden


def count(
    doses: Iterable[DueDose], extras: Iterable[Extra], scans: Iterable[Scan], incidents: Iterable[Incident] = ()
) -> dict[Place, Counts]:
    """Return the figures of each place from everything that happened in a day."""
    found: dict[Place, Counts] = {}

    def at(place: Place) -> Counts:
        return found.setdefault(place, Counts())

    for dose in doses:
        _count_due(dose, at(dose.place))
    for extra in extras:
        _count_record(extra.record, at(extra.place))
        if _is_given(extra.record):
            _count_given(extra.record, at(extra.place), is_scheduled=False)
    for scan in scans:
        _count_scan(scan, at(scan.place))
    for incident in incidents:
        _count_incident(incident, at(incident.place))
    return found


def _count_due(dose: DueDose, counts: Counts) -> None:
    answer, numbers = dose.answer, counts.numbers
    for other in dose.others:
        # Asleep at eight and given at nine is one dose and two records; given at eight and at nine is two doses.
        _count_record(other, counts)
        if _is_given(other):
            _count_given(other, counts, is_scheduled=False)
    family = None if answer is None else OUTCOMES[answer.outcome].family
    if answer is not None:
        _count_record(answer, counts)
    if family is Family.ABSENCE:
        return
    share = _share(dose, family)
    numbers["due"] += 1
    numbers[share] += 1
    if answer is not None and family is Family.GIVEN:
        _count_given(answer, counts, is_scheduled=True)
    if dose.is_time_critical and share not in ("refused", "other_not_given"):
        # A person's own no is not the home's being late.
        numbers["critical_due"] += 1
        numbers["critical_on_time"] += family is Family.GIVEN and dose.apart <= CRITICAL_WITHIN


def _share(dose: DueDose, family: Family | None) -> str:
    """Return which of SHARES_OF_DUE a due dose is."""
    match family:
        case None | Family.RECORD_FAILURE:
            return "missed"
        case Family.GIVEN:
            return dose.timing or "on_time"
        case Family.SUPPLY_FAILURE:
            return "supply_failure"
        case _:
            refused = dose.answer is not None and dose.answer.outcome == "refused"
            return "refused" if refused else "other_not_given"


def _is_given(record: Recorded) -> bool:
    return OUTCOMES[record.outcome].family is Family.GIVEN


def _count_record(record: Recorded, counts: Counts) -> None:
    counts.numbers["records"] += 1
    counts.numbers["late_entries"] += record.after > LATE_ENTRY_AFTER


def _count_given(record: Recorded, counts: Counts, *, is_scheduled: bool) -> None:
    numbers = counts.numbers
    numbers["given"] += 1
    numbers["unscheduled"] += not is_scheduled
    wrong = [code for code in dict.fromkeys(record.findings) if code in GIVEN_WRONGLY]
    if wrong:
        # One dose is one error, under the worst of what was wrong with it.
        numbers["given_wrongly"] += 1
        counts.kinds["given_wrongly", wrong[0]] += 1
    if record.outcome in _BY_STAFF:
        numbers["by_staff"] += 1
        if record.scan_source in _SCANNED:
            numbers["scanned"] += 1
        else:
            counts.kinds["not_scanned", why_not_scanned(record.scan_source, record.by_hand_reason)] += 1


def why_not_scanned(scan_source: str, reason: str) -> str:
    """Return the word of NOT_SCANNED for why a dose was recorded without a scan."""
    if scan_source == "typed":
        return "typed"
    if reason.strip().lower().startswith(_LATE_WORDS):
        return "late_entry"
    if not reason.strip():
        return "not_said"
    return reason if reason in NOT_SCANNED else "other"


def _count_incident(incident: Incident, counts: Counts) -> None:
    """Count an incident by how it was judged: a near miss (A, B) or one that nobody judged yet reached nobody."""
    counts.numbers["cd_discrepancies"] += incident.kind == Kind.CD_COUNT_DIFFERS
    if incident.merp and incident.merp not in JUDGED_NEAR_MISSES:
        counts.numbers["reached"] += 1
        counts.numbers["harmed"] += incident.merp in HARMFUL
        counts.kinds["reached", incident.kind] += 1


def _count_scan(scan: Scan, counts: Counts) -> None:
    """Count a stop as a near miss, and a question as an alert; a question that was heeded is both."""
    if not scan.findings:
        return
    worst = scan.findings[0]
    is_question = scan.result == "asked"
    if is_question:
        counts.numbers["alerts"] += 1
        counts.kinds["alert", worst] += 1
        counts.numbers["overridden"] += scan.is_overridden
        counts.overridden["alert", worst] += scan.is_overridden
    if (scan.result == "stopped" or is_question) and not scan.is_overridden and worst in NEAR_MISSES:
        counts.numbers["near_misses"] += 1
        counts.kinds["near_miss", worst] += 1
