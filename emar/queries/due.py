"""Which doses fall due for whom, and what has become of each.

Due doses are computed from prescriptions and matched with records by the prescription's lineage and the
instant; nothing here is stored. How a MAR chart or a day's rounds arrange the answers is their own query's.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from emar.models import Administration, MedicineRound, Prescription, Presence, ResidentPresence, Suspension
from emar.queries.schedules import schedule_of
from emar.rules.amounts import ScheduleError
from emar.rules.outcomes import GIVEN_WORDS, OUTCOMES, Family
from emar.rules.round_times import NO_ROUNDS, RoundTimes, round_times_of
from emar.rules.schedule import Answered, DueDose, depends_on_answers, due_doses
from emar.rules.timing import Window, is_overdue, timing, window_of
from stock.statements import Rows, Statement

#: What a due dose looks like to a reader now: answered, away, suspended, coming, due (its window is open),
#: late (its window has closed) or blank (late for so long that somebody must be told).
State = Literal["answered", "away", "suspended", "coming", "due", "late", "blank"]


#: From an instant until before another, None while it lasts.
Period = tuple[datetime, datetime | None]
#: A round's name, start, first day, and first day without these times.
RoundRow = tuple[str, time, date, date | None]

ROUNDS = Statement(
    "rounds_of_home",
    ("bigint",),
    """
    SELECT unit.id, named.name, named.starts, named.starts_on, named.ends_on
      FROM emar_unit AS unit LEFT JOIN emar_medicineround AS named ON named.unit_id = unit.id
     WHERE unit.home_id = $1 ORDER BY unit.id, named.id
    """,
    columns=5,
)


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
        """The record that counts: the latest that answers and was not corrected, None while there is none."""
        return _answer(self.records)


@dataclass(frozen=True, slots=True)
class Absence:
    """A time in which a resident is not in the home; `until` is None while it lasts."""

    presence: str
    since: datetime
    until: datetime | None

    def covers(self, moment: datetime) -> bool:
        """Return whether the resident was away at this instant."""
        return self.since <= moment and (self.until is None or moment < self.until)


@dataclass(frozen=True, slots=True)
class DosesBetween:
    """The doses due in a period, and what had to be read to know them, so that nobody reads it twice.

    `unmatched` are the records that answer none of the doses. `problems` says, for each prescription whose due
    times cannot be worked out (its round was renamed, say), why: its doses are in no list, so whoever shows such
    a list must show these words as well. `roots` are what `lineages` says, `answered` what `answered_doses` does,
    `suspended` and `away` what `suspensions` and `absences` do.
    """

    doses: list[Due]
    unmatched: list[Administration]
    prescriptions: list[Prescription]
    problems: dict[UUID, str]
    roots: dict[UUID, UUID]
    answered: dict[UUID, list[Answered]]
    suspended: dict[UUID, list[Period]]
    away: dict[int, list[Absence]]

    def is_suspended(self, prescription: Prescription, moment: datetime) -> bool:
        """Return whether a prescription was suspended at an instant of the period."""
        return _within(self.suspended.get(prescription.pk, ()), moment)


def is_corrected(record: Administration) -> bool:
    """Return whether somebody said that this record was entered in error."""
    return hasattr(record, "correction")


def counts_as_answer(record: Administration) -> bool:
    """Return whether the record answers its dose: the closing job's "not recorded" does not."""
    return OUTCOMES[record.outcome].family is not Family.RECORD_FAILURE


def _answer(records: Sequence[Administration]) -> Administration | None:
    return next((each for each in reversed(records) if counts_as_answer(each) and not is_corrected(each)), None)


def prescriptions_between(
    home_id: int, since: datetime, until: datetime, *, resident_ids: Iterable[int] | None = None
) -> QuerySet[Prescription]:
    """Return the checked prescriptions active at some time of a period, with their medicine and resident."""
    found = Prescription.objects.filter(
        Q(stopped_at__isnull=True) | Q(stopped_at__gt=since), home_id=home_id, checked_at__lt=until
    )
    if resident_ids is not None:
        found = found.filter(resident_id__in=list(resident_ids))
    return found.select_related("medicine", "resident").order_by("medicine__name", "id")


def round_times(home_id: int) -> dict[int, RoundTimes]:
    """Return the starting times of each unit's rounds, with the days from which they hold."""
    return times_of_rounds(ROUNDS.ask(home_id))


def times_of_rounds(rounds: Rows) -> dict[int, RoundTimes]:
    """Return the starting times of each unit's rounds, from the answer to ROUNDS.

    Each unit also answers for rounds that only another unit of the home has: somebody who moved there with
    a prescription for "Breakfast" still gets it at breakfast.
    """
    own: dict[int, list[RoundRow]] = defaultdict(list)
    anywhere: dict[str, list[RoundRow]] = defaultdict(list)
    lent_by: dict[str, int] = {}
    for unit_id, name, starts, first, last in rounds:
        mine = own[unit_id]
        if name is not None:
            mine.append((name, starts, first, last))
            if lent_by.setdefault(name, unit_id) == unit_id:
                anywhere[name].append((name, starts, first, last))
    return {unit_id: round_times_of(_with_lent(rows, anywhere)) for unit_id, rows in own.items()}


def rounds_on(home_id: int, day: date) -> list[MedicineRound]:
    """Return the rounds of a home with the times that hold on a day, earliest first."""
    held = MedicineRound.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gt=day), home_id=home_id, starts_on__lte=day
    )
    return list(held.order_by("starts", "pk"))


def _with_lent(rows: list[RoundRow], anywhere: Mapping[str, list[RoundRow]]) -> list[RoundRow]:
    names = {name for name, *_ in rows}
    return rows + [row for name, lent in anywhere.items() if name not in names for row in lent]


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
        if presence != Presence.PRESENT:
            mine.append(Absence(presence, since_at, None))
    return found


def absence_at(away: Sequence[Absence], moment: datetime) -> Absence | None:
    """Return the absence that an instant lies in, or None."""
    return next((absence for absence in away if absence.covers(moment)), None)


def records_between(
    home_id: int, since: datetime, until: datetime, *, resident_ids: Iterable[int] | None = None
) -> QuerySet[Administration]:
    """Return the records about doses due in a period, or given in it where none was due, as received."""
    found = Administration.objects.filter(
        Q(due_at__gte=since, due_at__lt=until) | Q(due_at__isnull=True, given_at__gte=since, given_at__lt=until),
        home_id=home_id,
    )
    if resident_ids is not None:
        found = found.filter(resident_id__in=list(resident_ids))
    # A few people give thousands of doses: fetched beside them, each is one object instead of thousands.
    found = found.select_related("correction__corrected_by", "corrects").prefetch_related("given_by")
    return found.order_by("received_at", "id")


def lineages(prescriptions: Iterable[Prescription]) -> dict[UUID, UUID]:
    """Return the earliest known prescription in the chain of replacements that each one belongs to."""
    replaces = {prescription.pk: prescription.replaces_id for prescription in prescriptions}
    unknown = {before for before in replaces.values() if before is not None and before not in replaces}
    if unknown:
        # A change that was sent back never gave a dose, yet joins the versions on either side of it.
        replaces |= _sent_back(unknown)

    def first(pk: UUID) -> UUID:
        before = replaces[pk]
        return first(before) if before in replaces else before or pk

    return {pk: first(pk) for pk in replaces}


def _sent_back(ids: Iterable[UUID]) -> dict[UUID, UUID | None]:
    """Return which of these, and of those before them, were never checked, each with what it was to replace."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE earlier (id, replaces_id) AS (
                 SELECT id, replaces_id FROM emar_prescription WHERE id = ANY (%s) AND checked_at IS NULL
                  UNION
                 SELECT line.id, line.replaces_id
                   FROM earlier JOIN emar_prescription AS line ON line.id = earlier.replaces_id
                  WHERE line.checked_at IS NULL)
            SELECT id, replaces_id FROM earlier
            """,
            [list(ids)],
        )
        return dict(cursor.fetchall())


def answered_doses(home_id: int, prescriptions: Iterable[Prescription]) -> dict[UUID, list[Answered]]:
    """Return the doses given so far of each prescription whose later doses depend on them.

    A patch put back on and a late weekly tablet move what comes after. One statement, and none where no
    schedule asks.
    """
    return answered_of(home_id, [each.pk for each in prescriptions if _asks_for_answers(each)])


def answered_of(home_id: int, ids: Collection[UUID | str]) -> dict[UUID, list[Answered]]:
    """Return the standing doses given so far of these prescriptions. One statement, and none for no prescriptions."""
    found: dict[UUID, list[Answered]] = defaultdict(list)
    if not ids:
        return found
    given = Administration.objects.filter(
        home_id=home_id, prescription_id__in=list(ids), outcome__in=GIVEN_WORDS, correction__isnull=True
    )
    for pk, due_at, given_at in given.order_by("given_at").values_list("prescription_id", "due_at", "given_at"):
        found[pk].append(Answered(due_at, given_at))
    return found


def _asks_for_answers(prescription: Prescription) -> bool:
    try:
        return depends_on_answers(schedule_of(prescription))
    except ScheduleError:
        return False


def suspensions(home_id: int, since: datetime, until: datetime) -> dict[UUID, list[Period]]:
    """Return the times in a period in which each prescription of a home was suspended, first to last."""
    found: dict[UUID, list[Period]] = defaultdict(list)
    rows = Suspension.objects.filter(
        Q(resumed_at__isnull=True) | Q(resumed_at__gt=since), home_id=home_id, since_at__lt=until
    )
    for pk, start, end in rows.order_by("since_at").values_list("prescription_id", "since_at", "resumed_at"):
        found[pk].append((start, end))
    return found


def _within(periods: Sequence[Period], moment: datetime) -> bool:
    return any(start <= moment and (end is None or moment < end) for start, end in periods)


def expected(
    prescription: Prescription,
    rounds: RoundTimes,
    since: datetime,
    until: datetime,
    answered: Sequence[Answered] = (),
) -> list[DueDose]:
    """Return the doses a prescription expects in a period.

    It expects nothing before a second person checked it or after it was stopped. `answered` is what
    answered_doses says of it. Raises ScheduleError for a round that the unit does not have.
    """
    if prescription.checked_at is None:
        return []
    since = max(since, prescription.checked_at)
    until = min(until, prescription.stopped_at or until)
    if since >= until:
        return []
    schedule = schedule_of(prescription)
    return [
        dose
        for start, end, clocks in rounds.between(since, until)
        for dose in due_doses(schedule, start, end, clocks, answered)
    ]


def state_of(
    window: Window,
    now: datetime,
    records: Sequence[Administration],
    away: Sequence[Absence],
    due_at: datetime,
    suspended: Sequence[Period] = (),
) -> State:
    """Return what a due dose looks like now. An answer counts whether or not the resident was away."""
    if _answer(records) is not None:
        return "answered"
    if absence_at(away, due_at):
        return "away"
    if _within(suspended, due_at):
        return "suspended"
    if is_overdue(now, window):
        return "blank"
    match timing(now, window):
        case "late":
            return "late"
        case "on_time":
            return "due"
        case _:
            return "coming"


def doses_between(
    home_id: int, since: datetime, until: datetime, now: datetime, *, resident_ids: Iterable[int] | None = None
) -> DosesBetween:
    """Return every dose due in a period with its records, and what had to be read to know them.

    For the whole home or the residents named. Seven statements, however many residents there are. One
    prescription without times does not hide the doses of everybody else: it stands in `problems`.
    """
    rounds = round_times(home_id)
    # Residents and medicines are few and prescriptions many: one object each, instead of one a prescription.
    found_lines = prescriptions_between(home_id, since, until, resident_ids=resident_ids).select_related(None)
    prescriptions = list(found_lines.prefetch_related("medicine", "resident"))
    roots = lineages(prescriptions)
    away = absences(home_id, {each.resident_id for each in prescriptions})
    by_dose: dict[tuple[UUID, datetime | None], list[Administration]] = defaultdict(list)
    for record in records_between(home_id, since, until, resident_ids=resident_ids):
        by_dose[roots.get(record.prescription_id, record.prescription_id), record.due_at].append(record)
    answered, paused = answered_doses(home_id, prescriptions), suspensions(home_id, since, until)
    found, problems = [], {}
    for prescription in prescriptions:
        mine = away.get(prescription.resident_id, ())
        times = rounds.get(prescription.resident.unit_id, NO_ROUNDS)
        try:
            schedule = schedule_of(prescription)
            doses = expected(prescription, times, since, until, answered.get(prescription.pk, ()))
        except ScheduleError as problem:
            problems[prescription.pk] = str(problem)
            continue
        for dose in doses:
            about = by_dose.pop((roots[prescription.pk], dose.due_at), [])
            window = window_of(dose, schedule)
            state = state_of(window, now, about, mine, dose.due_at, paused.get(prescription.pk, ()))
            found.append(Due(prescription, dose, window, state, tuple(about)))
    unmatched = [record for about in by_dose.values() for record in about]
    return DosesBetween(found, unmatched, prescriptions, problems, roots, answered, paused, away)


def due_between(
    home_id: int, since: datetime, until: datetime, now: datetime, *, resident_ids: Iterable[int] | None = None
) -> tuple[list[Due], list[Administration]]:
    """Return every dose due in a period with its records, and the records that answer none of them.

    Whoever shows them to people must also show why others have no times: see `doses_between`.
    """
    found = doses_between(home_id, since, until, now, resident_ids=resident_ids)
    return found.doses, found.unmatched
