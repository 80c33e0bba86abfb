"""What people have to do because of the record, and what raising it must know."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Protocol, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Prefetch, QuerySet

from emar.models import Task, TaskNote
from emar.rules.refusals import Offered
from emar.rules.wall_clock import ONE_DAY, instant, local_day

#: Refusals in a row are looked for as far back as this: three weeks of a weekly tablet and more.
ROW_BACK = timedelta(days=120)
CLOSED_FOR = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class TaskGroup:
    """What is done with one call: a single task, or the doses of one resident left unrecorded at one time."""

    tasks: tuple[Task, ...]

    @property
    def first(self) -> Task:
        """The task that stands for them all."""
        return self.tasks[0]

    @property
    def is_urgent(self) -> bool:
        """Whether one of them cannot wait."""
        return any(each.is_urgent for each in self.tasks)

    @property
    def notes(self) -> list[TaskNote]:
        """What was tried so far, first to last."""
        return sorted(
            (note for each in self.tasks for note in each.tasknote_set.all()), key=lambda note: note.written_at
        )


class Named(Protocol):
    """What a task is raised for, by its kind and its cause."""

    @property
    def kind(self) -> str:
        """A Task.Kind."""
        ...

    @property
    def cause(self) -> str:
        """The same words whenever it is found again."""
        ...


Raisable = TypeVar("Raisable", bound=Named)


@dataclass(slots=True)
class OfferedLine:
    """One line of the MAR as far as refusals are concerned: its standing records, and how critical it is."""

    is_time_critical: bool
    atc_code: str
    offered: list[Offered] = field(default_factory=list)


def open_groups(
    home_id: int, now: datetime, *, resident_id: int | None = None, is_urgent_only: bool = False
) -> list[TaskGroup]:
    """Return what is open and due by the end of today: urgent first, then the longest due. Two statements."""
    found = _open(home_id, now)
    if resident_id is not None:
        found = found.filter(resident_id=resident_id)
    groups = _grouped(found.order_by("due_at", "id"))
    if is_urgent_only:
        groups = [each for each in groups if each.is_urgent]
    return sorted(groups, key=lambda each: (not each.is_urgent, each.first.due_at))


def coming(home_id: int, now: datetime, *, resident_id: int | None = None) -> list[TaskGroup]:
    """Return what is open and due after today, soonest first."""
    found = _detailed(Task.objects.filter(home_id=home_id, closed_at__isnull=True, due_at__gte=_end_of_day(now)))
    if resident_id is not None:
        found = found.filter(resident_id=resident_id)
    return _grouped(found.order_by("due_at", "id"))


def closed(home_id: int, now: datetime, *, resident_id: int | None = None, limit: int = 50) -> list[Task]:
    """Return what was closed in the last four weeks with what came of it, newest first."""
    found = _detailed(Task.objects.filter(home_id=home_id, closed_at__gt=now - CLOSED_FOR))
    if resident_id is not None:
        found = found.filter(resident_id=resident_id)
    return list(found.order_by("-closed_at", "-id")[:limit])


def open_count(home_id: int, now: datetime) -> int:
    """Return how many things are open and due by the end of today, counted as the page groups them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(DISTINCT CASE WHEN kind = 'not_recorded' THEN resident_id || ' ' || (facts ->> 'due_at')
                                       ELSE id::text END)
              FROM emar_task WHERE home_id = %s AND closed_at IS NULL AND due_at < %s
            """,
            [home_id, _end_of_day(now)],
        )
        return int(cursor.fetchone()[0])


def has_open(home_id: int, kind: str) -> bool:
    """Return whether a task of this kind is open in the home."""
    return Task.objects.filter(home_id=home_id, kind=kind, closed_at__isnull=True).exists()


def open_causes(home_id: int, kinds: Collection[str]) -> dict[str, list[str]]:
    """Return the causes of the open tasks of some kinds, by kind. One statement."""
    found: dict[str, list[str]] = defaultdict(list)
    rows = Task.objects.filter(home_id=home_id, kind__in=[str(each) for each in kinds], closed_at__isnull=True)
    for kind, cause in rows.order_by("id").values_list("kind", "cause"):
        found[kind].append(cause)
    return found


def not_raised(home_id: int, causes: Sequence[Raisable]) -> list[Raisable]:
    """Return which of these causes have no task yet, open or closed. One statement."""
    if not causes:
        return []
    known = Task.objects.filter(
        home_id=home_id, kind__in={each.kind for each in causes}, cause__in={each.cause for each in causes}
    )
    raised = set(known.values_list("kind", "cause"))
    return [each for each in causes if (each.kind, each.cause) not in raised]


def tasks(home_id: int, ids: Collection[UUID]) -> list[Task]:
    """Return the home's tasks with these ids; one of another home is not found."""
    return list(Task.objects.filter(home_id=home_id, pk__in=list(ids)).order_by("id"))


def offered_doses(home_id: int, lineages: Collection[str], due_at: datetime) -> dict[str, OfferedLine]:
    """Return what became of the doses of these lines, and of those that replaced them, around an instant.

    Corrected records do not stand. One statement.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE chain (lineage, id) AS (
                 SELECT asked.id, asked.id FROM unnest(%s::uuid[]) AS asked (id)
                  UNION
                 SELECT chain.lineage, line.id
                   FROM chain JOIN emar_prescription AS line ON line.replaces_id = chain.id)
            SELECT chain.lineage::text,
                   line.is_time_critical OR coalesce((line.schedule ->> 'time_critical')::boolean, false),
                   coalesce(nullif(medicine.atc_code, ''), generic.atc_code, ''),
                   record.due_at, record.outcome
              FROM chain
              JOIN emar_prescription AS line ON line.id = chain.id
              JOIN emar_medicine AS medicine ON medicine.id = line.medicine_id
              LEFT JOIN emar_medicine AS generic ON generic.id = medicine.generic_id
              LEFT JOIN emar_administration AS record
                     ON record.home_id = %s AND record.prescription_id = chain.id AND record.due_at > %s
                    AND NOT EXISTS (SELECT FROM emar_correction WHERE administration_id = record.id)
            """,
            [list(lineages), home_id, due_at - ROW_BACK],
        )
        found: dict[str, OfferedLine] = {}
        for lineage, is_time_critical, atc_code, record_due_at, outcome in cursor.fetchall():
            line = found.setdefault(lineage, OfferedLine(is_time_critical, atc_code))
            line.is_time_critical = line.is_time_critical or is_time_critical
            line.atc_code = line.atc_code or atc_code
            if record_due_at is not None:
                line.offered.append(Offered(record_due_at, outcome))
        return found


def _open(home_id: int, now: datetime) -> QuerySet[Task]:
    return _detailed(Task.objects.filter(home_id=home_id, closed_at__isnull=True, due_at__lt=_end_of_day(now)))


def _detailed(found: QuerySet[Task]) -> QuerySet[Task]:
    notes = Prefetch("tasknote_set", TaskNote.objects.select_related("written_by").order_by("written_at"))
    return found.select_related("resident__gp_practice", "prescription__medicine", "closed_by").prefetch_related(notes)


def _end_of_day(now: datetime) -> datetime:
    return instant(local_day(now) + ONE_DAY, time(0))


def _grouped(found: Sequence[Task]) -> list[TaskGroup]:
    groups: dict[object, list[Task]] = defaultdict(list)
    for each in found:
        is_dose = each.kind == Task.Kind.NOT_RECORDED
        groups[(each.resident_id, each.facts.get("due_at")) if is_dose else each.pk].append(each)
    return [TaskGroup(tuple(each)) for each in groups.values()]
