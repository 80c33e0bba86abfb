"""Which doses fall due for whom, and which records answer them.

Due doses are computed from prescriptions and matched with records by the prescription's lineage and the
instant; nothing here is stored. What a device is told of them is queries.snapshot's job, how a dose looks to
a reader at the desk queries.answers'.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Q

from emar.models import Administration, MedicineRound, Prescription
from emar.rules.outcomes import OUTCOMES, Family, is_given
from emar.rules.schedule import Answered, DueDose, Schedule, due_doses
from emar.rules.timing import Window, window_of
from emar.rules.wall_clock import round_at

#: How far back a dose can lie that a schedule counts from: a patch, a weekly or a four-weekly dose.
LONGEST_INTERVAL = timedelta(days=28)
#: A council's homes have some 30,000 prescriptions; a process meets those of the homes it serves.
KEPT_SCHEDULES = 20_000
_schedules: dict[UUID, Schedule] = {}


@dataclass(frozen=True)
class DueSlot:
    """One due dose of one prescription, with the records about it, in the order they were received.

    `round` is the round it is given in: the schedule's own, or for a clock time the one under way then.
    """

    prescription: Prescription
    due: DueDose
    window: Window
    round: MedicineRound | None
    records: tuple[Administration, ...] = ()

    @cached_property
    def answer(self) -> Administration | None:
        """The record that counts: the latest that answers and was not corrected, None while there is none."""
        standing = [each for each in self.records if answers(each) and not is_corrected(each)]
        return standing[-1] if standing else None


def is_corrected(record: Administration) -> bool:
    """Return whether somebody said that this record was entered in error."""
    return hasattr(record, "correction")


def answers(record: Administration) -> bool:
    """Return whether the record answers its dose: the closing job's "not recorded" does not."""
    return OUTCOMES[record.outcome].family is not Family.RECORD_FAILURE


def kept_schedule(prescription_id: UUID) -> Schedule | None:
    """Return the schedule read earlier in this process for this prescription, if any."""
    return _schedules.get(prescription_id)


def keep_schedule(prescription_id: UUID, value: Any) -> Schedule:
    """Read a prescription's schedule and keep it. What was prescribed never changes on a row, so it holds."""
    schedule = Schedule.from_json(value)
    if len(_schedules) >= KEPT_SCHEDULES:
        _schedules.clear()
    _schedules[prescription_id] = schedule
    return schedule


def schedule_of(prescription: Prescription) -> Schedule:
    """Return a prescription's schedule; raises emar.rules.schedule.ScheduleError."""
    return kept_schedule(prescription.pk) or keep_schedule(prescription.pk, prescription.schedule)


def prescriptions(
    home_id: int, *, since: datetime, until: datetime, resident_ids: Iterable[int] | None = None
) -> list[Prescription]:
    """Return the checked prescriptions active at some time of a period, with their medicine and resident."""
    found = Prescription.objects.filter(
        Q(stopped_at__isnull=True) | Q(stopped_at__gt=since), home_id=home_id, checked_at__lt=until
    )
    if resident_ids is not None:
        found = found.filter(resident_id__in=list(resident_ids))
    return list(found.select_related("medicine", "resident").order_by("medicine__name", "id"))


def records(
    home_id: int, *, since: datetime, until: datetime, resident_ids: Iterable[int] | None = None
) -> list[Administration]:
    """Return the records about doses due in a period, or given in it where none was due, as received."""
    found = Administration.objects.filter(
        Q(due_at__gte=since, due_at__lt=until)
        | Q(due_at__isnull=True, given_at__gte=since, given_at__lt=until),
        home_id=home_id,
    )
    if resident_ids is not None:
        found = found.filter(resident_id__in=list(resident_ids))
    people = ("given_by", "correction", "correction__corrected_by")
    return list(found.select_related(*people).order_by("received_at", "id"))


def rounds_of_units(home_id: int) -> dict[int, list[MedicineRound]]:
    """Return the rounds of each unit in the order of the day."""
    found: dict[int, list[MedicineRound]] = defaultdict(list)
    for each in MedicineRound.objects.filter(home_id=home_id).order_by("unit_id", "starts"):
        found[each.unit_id].append(each)
    return found


def lineages(prescriptions: Iterable[Prescription]) -> dict[UUID, UUID]:
    """Return the earliest of the given prescriptions in the chain of replacements that each belongs to."""
    replaces = {each.pk: each.replaces_id for each in prescriptions}

    def first(pk: UUID) -> UUID:
        before = replaces[pk]
        return first(before) if before in replaces else before or pk

    return {pk: first(pk) for pk in replaces}


def slots(
    lines: Sequence[Prescription],
    records: Iterable[Administration],
    rounds: Mapping[int, Sequence[MedicineRound]],
    *,
    since: datetime,
    until: datetime,
) -> list[DueSlot]:
    """Return the doses that fall due in a period, each with its records, in order of time.

    A prescription expects nothing before a second person checked it or after it was stopped. A dose given
    under the version before counts: the key is the lineage. Raises ScheduleError for a round that the
    resident's unit does not have.
    """
    roots = lineages(lines)
    by_dose, given = _by_dose(records, roots)
    found = []
    for line in lines:
        of_unit = rounds.get(line.resident.unit_id, ())
        starts = {each.name: each.starts for each in of_unit}
        spans = {each.name: (each.starts, each.ends) for each in of_unit}
        by_name = {each.name: each for each in of_unit}
        root = roots[line.pk]
        schedule = schedule_of(line)
        for dose in _expected(line, schedule, starts, given[root], since, until):
            name = dose.round_name
            if name is None and (under_way := round_at(dose.due_at, spans)):
                name = under_way[0]
            about = tuple(by_dose.get((root, dose.due_at), ()))
            found.append(DueSlot(line, dose, window_of(dose, schedule), by_name.get(name or ""), about))
    found.sort(key=lambda slot: slot.due.due_at)
    return found


def _expected(
    line: Prescription,
    schedule: Schedule,
    starts: Mapping[str, Any],
    given: Sequence[Answered],
    since: datetime,
    until: datetime,
) -> list[DueDose]:
    if line.checked_at is None:
        return []
    since = max(since, line.checked_at)
    until = min(until, line.stopped_at or until)
    return due_doses(schedule, since, until, starts, given) if since < until else []


def _by_dose(
    records: Iterable[Administration], roots: Mapping[UUID, UUID]
) -> tuple[dict[tuple[UUID, datetime | None], list[Administration]], dict[UUID, list[Answered]]]:
    """Return the records by lineage and instant, and what was given by lineage."""
    by_dose: dict[tuple[UUID, datetime | None], list[Administration]] = defaultdict(list)
    given: dict[UUID, list[Answered]] = defaultdict(list)
    for record in records:
        root = roots.get(record.prescription_id, record.prescription_id)
        by_dose[root, record.due_at].append(record)
        if is_given(record.outcome) and not is_corrected(record):
            given[root].append(Answered(record.due_at, record.given_at))
    return by_dose, given
