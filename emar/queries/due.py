"""Which doses fall due for whom, and what has become of each.

Due doses are computed from prescriptions and matched with records by the prescription's lineage and the
instant; nothing here is stored. How a MAR chart or a day's rounds arrange the answers is their own query's.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Literal
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from emar.models import Administration, MedicineRound, Prescription, Presence, Resident, ResidentPresence
from emar.rules.outcomes import OUTCOMES, Family
from emar.rules.schedule import DueDose, Schedule, due_doses
from emar.rules.timing import Window, is_overdue, timing, window_of

AWAY = frozenset(Presence.values) - {Presence.PRESENT}

#: What a due dose looks like to a reader now: answered, away (suspended), coming, due (its window is open),
#: late (its window has closed) or blank (late for so long that somebody must be told).
State = Literal["answered", "away", "coming", "due", "late", "blank"]


@dataclass(frozen=True, slots=True)
class Due:
    """One due dose of one prescription, with the records about it, first received first."""

    prescription: Prescription
    dose: DueDose
    window: Window
    state: State
    records: tuple[Administration, ...] = ()

    @property
    def answer(self) -> Administration | None:
        """The record that counts: the latest that nobody corrected, or None while the dose is unanswered."""
        counting = [record for record in self.records if not is_corrected(record)]
        return counting[-1] if counting else None


@dataclass(frozen=True, slots=True)
class Absence:
    """A time in which a resident is not in the home; `until` is None while it lasts."""

    presence: str
    since: datetime
    until: datetime | None

    def covers(self, moment: datetime) -> bool:
        """Return whether the resident was away at this instant."""
        return self.since <= moment and (self.until is None or moment < self.until)


def is_corrected(record: Administration) -> bool:
    """Return whether somebody said that this record was entered in error."""
    return hasattr(record, "correction")


def counts_as_answer(record: Administration) -> bool:
    """Return whether the record answers its dose: the closing job's "not recorded" does not."""
    return OUTCOMES[record.outcome].family is not Family.RECORD_FAILURE


def prescriptions_between(
    home_id: int, since: datetime, until: datetime, *, resident_ids: Iterable[int] | None = None
) -> QuerySet[Prescription]:
    """Return the checked prescriptions that were active at some time of a period, with their medicines."""
    found = (
        Prescription.objects.filter(
            Q(stopped_at__isnull=True) | Q(stopped_at__gt=since), home_id=home_id, checked_at__lt=until
        )
        .select_related("medicine")
        .order_by("medicine__name", "id")
    )
    return found if resident_ids is None else found.filter(resident_id__in=list(resident_ids))


def round_times(home_id: int) -> dict[int, dict[str, time]]:
    """Return the starting time of each round, by unit and name."""
    times: dict[int, dict[str, time]] = defaultdict(dict)
    rounds = MedicineRound.objects.filter(home_id=home_id).values_list("unit_id", "name", "starts")
    for unit_id, name, starts in rounds:
        times[unit_id][name] = starts
    return times


def absences(home_id: int, resident_ids: Iterable[int]) -> dict[int, list[Absence]]:
    """Return the times in which each resident was away, first to last."""
    changes = (
        ResidentPresence.objects.filter(home_id=home_id, resident_id__in=list(resident_ids))
        .order_by("resident_id", "since_at", "id")
        .values_list("resident_id", "presence", "since_at")
    )
    found: dict[int, list[Absence]] = defaultdict(list)
    for resident_id, presence, since_at in changes:
        mine = found[resident_id]
        if mine and mine[-1].until is None:
            mine[-1] = Absence(mine[-1].presence, mine[-1].since, since_at)
        if presence in AWAY:
            mine.append(Absence(presence, since_at, None))
    return found


def records_between(
    home_id: int, since: datetime, until: datetime, *, resident_ids: Iterable[int] | None = None
) -> QuerySet[Administration]:
    """Return the records about doses due in a period, or given in it where none was due, as received."""
    found = (
        Administration.objects.filter(
            Q(due_at__gte=since, due_at__lt=until)
            | Q(due_at__isnull=True, given_at__gte=since, given_at__lt=until),
            home_id=home_id,
        )
        .select_related("given_by", "correction", "correction__corrected_by")
        .order_by("received_at", "id")
    )
    return found if resident_ids is None else found.filter(resident_id__in=list(resident_ids))


def lineages(prescriptions: Iterable[Prescription]) -> dict[UUID, UUID]:
    """Return the first prescription of the chain of replacements that each one belongs to."""
    replaces = {prescription.pk: prescription.replaces_id for prescription in prescriptions}

    def first(pk: UUID) -> UUID:
        before = replaces.get(pk)
        return pk if before is None else first(before)

    return {pk: first(pk) for pk in replaces}


def expected(
    prescription: Prescription, rounds: Mapping[str, time], since: datetime, until: datetime
) -> tuple[Schedule, list[DueDose]]:
    """Return a prescription's schedule and the doses it expects in a period.

    A prescription expects nothing before a second person checked it or after it was stopped. Raises
    ScheduleError for a round that the unit does not have.
    """
    schedule = Schedule.from_json(prescription.schedule)
    if prescription.checked_at is None:
        return schedule, []
    since = max(since, prescription.checked_at)
    until = min(until, prescription.stopped_at or until)
    return schedule, due_doses(schedule, since, until, rounds) if since < until else []


def state_of(
    window: Window, now: datetime, records: Sequence[Administration], away: Sequence[Absence], due_at: datetime
) -> State:
    """Return what a due dose looks like now. An answer counts whether or not the resident was away."""
    if any(counts_as_answer(record) and not is_corrected(record) for record in records):
        return "answered"
    if any(absence.covers(due_at) for absence in away):
        return "away"
    if is_overdue(now, window):
        return "blank"
    match timing(now, window):
        case "late":
            return "late"
        case "on_time":
            return "due"
        case _:
            return "coming"


def due_between(
    home_id: int, since: datetime, until: datetime, now: datetime, *, resident_ids: Iterable[int] | None = None
) -> tuple[list[Due], list[Administration]]:
    """Return every dose due in a period with its records, and the records that answer none of them.

    For the whole home or the residents named. Seven statements, however many residents there are.
    """
    residents = Resident.objects.filter(home_id=home_id)
    if resident_ids is not None:
        residents = residents.filter(pk__in=list(resident_ids))
    unit_of = dict(residents.values_list("pk", "unit_id"))
    rounds = round_times(home_id)
    prescriptions = list(prescriptions_between(home_id, since, until, resident_ids=resident_ids))
    root = lineages(prescriptions)
    away = absences(home_id, unit_of)
    by_dose: dict[tuple[UUID, datetime | None], list[Administration]] = defaultdict(list)
    for record in records_between(home_id, since, until, resident_ids=resident_ids):
        by_dose[root.get(record.prescription_id, record.prescription_id), record.due_at].append(record)
    found = []
    for prescription in prescriptions:
        resident_id = prescription.resident_id
        schedule, doses = expected(prescription, rounds.get(unit_of[resident_id], {}), since, until)
        for dose in doses:
            records = by_dose.pop((root[prescription.pk], dose.due_at), [])
            window = window_of(dose, schedule)
            state = state_of(window, now, records, away.get(resident_id, ()), dose.due_at)
            found.append(Due(prescription, dose, window, state, tuple(records)))
    return found, [record for records in by_dose.values() for record in records]


def residents_with_names(home_id: int, *, unit_id: int | None = None) -> QuerySet[Resident]:
    """Return the residents who live in the home now, in the order of the corridor."""
    gone = Prefetch(
        "residentpresence_set",
        ResidentPresence.objects.order_by("-since_at", "-id"),
        to_attr="presences",
    )
    found = Resident.objects.filter(home_id=home_id).select_related("unit").prefetch_related(gone)
    if unit_id is not None:
        found = found.filter(unit_id=unit_id)
    return found.order_by("unit__name", "corridor_order", "room", "pk")
