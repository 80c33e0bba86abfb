"""What does the record of a home say of each day, in counts?

Everything is counted again from the records, in a number of statements that does not grow with them; nothing of the
daily figures is read. What is counted as what is quality.rules.counting's to say; writing it down is
operations.figures'.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Literal
from uuid import UUID

from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, NullIf

from emar.models import (
    Administration,
    Device,
    HomePolicy,
    Medicine,
    MedicineRound,
    Prescription,
    Presence,
    Resident,
    ScanEvent,
)
from emar.operations.devices import LEASE
from emar.queries.due import (
    DosesBetween,
    Due,
    absence_at,
    absences,
    counts_as_answer,
    doses_between,
    is_corrected,
)
from emar.queries.policy import policy_of
from emar.queries.schedules import schedule_of
from emar.rules.timing import timing
from emar.rules.wall_clock import ONE_DAY, instant, local, local_day, round_at
from quality.models import Incident, IncidentAction, IncidentAssessment
from quality.rules import counting
from quality.rules.counting import Counts, DueDose, Extra, Place, Recorded, Scan, count
from quality.rules.incidents import Kind
from quality.rules.medicine_classes import CONTROLLED, OTHER, class_of
from quality.rules.times_of_day import time_of_day

#: A home's day is closed this long after the last of its doses must be answered.
SPARE = timedelta(minutes=30)


@dataclass(slots=True)
class DayCount:
    """One day of a home: the figures of its parts, who lived there, and what makes them incomplete."""

    parts: dict[Place, Counts] = field(default_factory=dict)
    residents: int = 0
    devices: int = 0
    still_open: int = 0
    without_times: int = 0
    silent_devices: int = 0
    open_actions: int = 0

    @property
    def total(self) -> Counts:
        """The sum of the parts."""
        total = Counts()
        for part in self.parts.values():
            total.add(part)
        return total


def closes_at(day: date, policy: HomePolicy) -> datetime:
    """Return when a home's day can be counted: when every dose of it has an answer or is written down as without."""
    after = timedelta(minutes=policy.window_minutes + policy.close_after_minutes)
    return instant(day + ONE_DAY, time(0)) + after + SPARE


def last_closed_day(home_id: int, now: datetime) -> date:
    """Return the latest day that is over and closed."""
    policy, day = policy_of(home_id), local_day(now) - ONE_DAY
    while closes_at(day, policy) > now:
        day -= ONE_DAY
    return day


def first_day(home_id: int) -> date | None:
    """Return the first day of which the record says anything, None for an empty record."""
    first = Administration.objects.filter(home_id=home_id).order_by("given_at").values_list("given_at", flat=True)
    return local_day(first[0]) if first[:1] else None


def days_touched(home_id: int, since: datetime) -> set[date]:
    """Return the days that what came in since an instant is about: doses, corrections, scans and incidents."""
    found: set[date] = set()
    records = Administration.objects.filter(home_id=home_id, received_at__gte=since)
    corrected = Administration.objects.filter(home_id=home_id, correction__corrected_at__gte=since)
    for rows in (records, corrected):
        found |= {local_day(due_at or given_at) for due_at, given_at in rows.values_list("due_at", "given_at")}
    scans = ScanEvent.objects.filter(home_id=home_id, received_at__gte=since).values_list("entered_at", flat=True)
    found |= {local_day(each) for each in scans}
    incidents = Incident.objects.filter(home_id=home_id).filter(
        Q(reported_at__gte=since) | Q(merged_at__gte=since) | Q(incidentassessment__assessed_at__gte=since)
    )
    return found | {local_day(each) for each in incidents.values_list("happened_at", flat=True)}


def count_days(home_id: int, first: date, last: date, now: datetime) -> dict[date, DayCount]:
    """Return the figures of each day from `first` to `last`, both counted, as the record has them now."""
    since, until = instant(first, time(0)), instant(last + ONE_DAY, time(0))
    found = {first + n * ONE_DAY: DayCount() for n in range((last - first).days + 1)}
    of_day = _Sorted(_Where(home_id), timedelta(minutes=policy_of(home_id).close_after_minutes), now)
    due = doses_between(home_id, since, until, now)
    of_day.take_doses(due.doses)
    of_day.take_rest(due.unmatched)
    of_day.take_scans(home_id, since, until)
    of_day.take_incidents(home_id, since, until)
    for day, counted in found.items():
        counted.parts = count(of_day.doses[day], of_day.extras[day], of_day.scans[day], of_day.incidents[day])
        counted.still_open = of_day.still_open[day]
    _add_people(home_id, found)
    _add_devices(home_id, found)
    _add_without_times(due, found)
    _add_open_actions(home_id, found)
    return found


class _Where:
    """Where in the figures a dose belongs: what a home's rounds and medicines say about it."""

    def __init__(self, home_id: int) -> None:
        rounds = list(MedicineRound.objects.filter(home_id=home_id))
        self.rounds = {each.pk: each for each in rounds}
        self.of_unit: dict[int, list[MedicineRound]] = defaultdict(list)
        for each in rounds:
            self.of_unit[each.unit_id].append(each)
        self.spans: dict[tuple[int, date], dict[str, tuple[time, time]]] = {}
        used = Medicine.objects.filter(prescription__home_id=home_id).distinct()
        codes = used.annotate(atc=Coalesce(NullIf(F("atc_code"), Value("")), F("generic__atc_code"), Value("")))
        self.atc: dict[str, str] = dict(codes.values_list("pk", "atc"))

    def place(
        self, line: Prescription | None, unit_id: int | None, at: datetime, round_name: str | None, round_id: int | None
    ) -> Place:
        """Return the part of the figures for something about a prescription at an instant.

        What was recorded in a round belongs to that round's unit, wherever its resident has moved since.
        """
        moment = local(at)
        held_in = self.rounds.get(round_id) if round_id else None
        if held_in is not None:
            unit_id, round_name = held_in.unit_id, round_name or held_in.name
        medicine_class = OTHER
        if line is not None:
            medicine_class = class_of(self.atc.get(line.medicine_id, ""), is_controlled=line.is_controlled)
        return Place(unit_id, medicine_class, time_of_day(moment.time()), round_name or self._under_way(unit_id, at))

    def _under_way(self, unit_id: int | None, at: datetime) -> str:
        if unit_id is None:
            return ""
        spans = {
            name: span for day in (local_day(at) - ONE_DAY, local_day(at)) for name, span in self._on(unit_id, day)
        }
        under_way = round_at(at, spans)
        return under_way[0] if under_way else ""

    def _on(self, unit_id: int, day: date) -> Iterable[tuple[str, tuple[time, time]]]:
        key = (unit_id, day)
        if key not in self.spans:
            self.spans[key] = {
                each.name: (each.starts, each.ends)
                for each in self.of_unit[unit_id]
                if each.starts_on <= day and (each.ends_on is None or day < each.ends_on)
            }
        return self.spans[key].items()


class _Sorted:
    """What happened, sorted by day, as the rules for counting want it."""

    def __init__(self, where: _Where, after: timedelta, now: datetime) -> None:
        self.where, self.after, self.now = where, after, now
        self.doses: dict[date, list[DueDose]] = defaultdict(list)
        self.extras: dict[date, list[Extra]] = defaultdict(list)
        self.scans: dict[date, list[Scan]] = defaultdict(list)
        self.incidents: dict[date, list[counting.Incident]] = defaultdict(list)
        self.still_open: dict[date, int] = defaultdict(int)
        self.lines: dict[UUID, Prescription] = {}

    def take_doses(self, doses: Iterable[Due]) -> None:
        """Take the due doses with what was recorded of them."""
        for each in doses:
            due_at, line = each.dose.due_at, each.prescription
            answer = each.answer
            self.lines[line.pk] = line
            if answer is None and each.state in ("away", "suspended"):
                continue
            if answer is None and self.now - each.window.closes_at <= self.after:
                self.still_open[local_day(due_at)] += 1
                continue
            others = [record for record in each.records if record is not answer and _stands(record)]
            round_id = answer.round_id if answer else None
            place = self.where.place(line, line.resident.unit_id, due_at, each.dose.round_name, round_id)
            self.doses[local_day(due_at)].append(
                DueDose(
                    place,
                    line.is_time_critical or schedule_of(line).is_time_critical,
                    None if answer is None else _recorded(answer),
                    None if answer is None else _timing(answer.given_at, each),
                    timedelta(0) if answer is None else abs(answer.given_at - due_at),
                    [_recorded(record) for record in others],
                )
            )

    def take_rest(self, records: Iterable[Administration]) -> None:
        """Take the records that answer no due dose of the home."""
        standing = [record for record in records if _stands(record)]
        asked = {record.prescription_id for record in standing} - self.lines.keys()
        if asked:
            self.lines |= Prescription.objects.select_related("resident").in_bulk(asked)
        for record in standing:
            line = self.lines[record.prescription_id]
            at = record.due_at or record.given_at
            place = self.where.place(line, line.resident.unit_id, at, None, record.round_id)
            self.extras[local_day(at)].append(Extra(place, _recorded(record)))

    def take_scans(self, home_id: int, since: datetime, until: datetime) -> None:
        """Take the scans that did not simply put a dose in the pot."""
        found = ScanEvent.objects.filter(home_id=home_id, entered_at__gte=since, entered_at__lt=until)
        for each in found.select_related("prescription__resident", "resident"):
            line = each.prescription
            person = each.resident or (line.resident if line else None)
            place = self.where.place(line, person.unit_id if person else None, each.entered_at, None, None)
            scan = Scan(place, each.result, each.findings, each.is_overridden)
            self.scans[local_day(each.entered_at)].append(scan)

    def take_incidents(self, home_id: int, since: datetime, until: datetime) -> None:
        """Take the incidents that happened, each once however many were merged into it, as they are judged now."""
        judged = IncidentAssessment.objects.filter(incident=OuterRef("pk")).order_by("-assessed_at", "-id")
        found = Incident.objects.filter(home_id=home_id, merged_into__isnull=True, happened_at__gte=since)
        found = found.filter(happened_at__lt=until).annotate(merp=Subquery(judged.values("merp")[:1]))
        for each in found.select_related("prescription__resident", "resident"):
            person = each.resident
            place = self.where.place(
                each.prescription, person.unit_id if person else None, each.happened_at, None, None
            )  # fmt: skip
            if each.kind == Kind.CD_COUNT_DIFFERS:
                place = replace(place, medicine_class=CONTROLLED)
            incident = counting.Incident(place, each.kind, each.merp or "")
            self.incidents[local_day(each.happened_at)].append(incident)


def _stands(record: Administration) -> bool:
    return counts_as_answer(record) and not is_corrected(record)


def _recorded(record: Administration) -> Recorded:
    return Recorded(
        record.outcome,
        record.scan_source,
        record.by_hand_reason,
        [str(each.get("code", "")) for each in record.findings],
        record.entered_at - record.given_at,
    )


def _timing(given_at: datetime, due: Due) -> Literal["early", "on_time", "late"]:
    how = timing(given_at, due.window)
    return "early" if how == "too_early" else how


def _add_people(home_id: int, days: Mapping[date, DayCount]) -> None:
    people = list(Resident.objects.filter(home_id=home_id).values_list("pk", "admitted_on"))
    gone = {Presence.LEFT, Presence.DIED}
    away = absences(home_id, [pk for pk, _ in people])
    for day, counted in days.items():
        end = instant(day + ONE_DAY, time(0)) - timedelta(microseconds=1)
        for pk, admitted_on in people:
            absence = absence_at(away.get(pk, ()), end)
            counted.residents += admitted_on <= day and (absence is None or absence.presence not in gone)


def _add_devices(home_id: int, days: Mapping[date, DayCount]) -> None:
    devices = Device.objects.filter(home_id=home_id).values_list("enrolled_at", "revoked_at", "lease_expires_at")
    known = list(devices)
    for day, counted in days.items():
        start, end = instant(day, time(0)), instant(day + ONE_DAY, time(0))
        for enrolled_at, revoked_at, lease_expires_at in known:
            if enrolled_at < end and (revoked_at is None or revoked_at > start):
                counted.devices += 1
                # Records made on it later that day may still lie on it.
                counted.silent_devices += revoked_at is None and lease_expires_at - LEASE < end


def _add_without_times(due: DosesBetween, days: Mapping[date, DayCount]) -> None:
    for line in (each for each in due.prescriptions if each.pk in due.problems):
        for day, counted in days.items():
            start, end = instant(day, time(0)), instant(day + ONE_DAY, time(0))
            is_active = line.checked_at is not None and line.checked_at < end
            counted.without_times += is_active and (line.stopped_at is None or line.stopped_at > start)


def _add_open_actions(home_id: int, days: Mapping[date, DayCount]) -> None:
    actions = list(IncidentAction.objects.filter(home_id=home_id).values_list("written_at", "done_at"))
    for day, counted in days.items():
        end = instant(day + ONE_DAY, time(0))
        counted.open_actions = sum(1 for written, done in actions if written < end and (done is None or done >= end))
