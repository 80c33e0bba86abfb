"""Raising what a person has to do because of the record, trying it, and closing it with what came of it.

A task names its cause, and the same cause is raised once: the closing job may run as often as it likes, on
as many hosts as there are. Which causes there are is operations.closing's and operations.administrations'
to say.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from emar.models import Task, TaskNote
from emar.operations import audit
from emar.queries.policy import policy_of
from emar.queries.tasks import not_raised, offered_doses
from emar.rules.refusals import is_critical, refusals_to_tell
from stock.operations.ledger import lock_home

LATER_RECORD = "The dose was recorded afterwards."
LOOKED_AT = "Somebody looked: the answer is in the record."
#: What came of a task that was settled by what was recorded since, by its kind.
SETTLED = {
    Task.Kind.CHECK_EFFECT.value: LOOKED_AT,
    Task.Kind.NOT_RECORDED.value: LATER_RECORD,
    Task.Kind.READING_MISSING.value: "The temperature was read afterwards.",
    Task.Kind.TEMPERATURE_OUT_OF_RANGE.value: "The reading was wrong, and was corrected.",
    Task.Kind.RETURN_STOCK.value: "Everything was returned or destroyed.",
    Task.Kind.RUNS_OUT.value: "It lasts until the next delivery now, or is not needed any more.",
    Task.Kind.COUNT_STOCK.value: "The order was drafted from the stock in the book.",
    Task.Kind.ORDER_TO_REVIEW.value: "The order was reviewed or withdrawn.",
    Task.Kind.ORDER_TO_APPROVE.value: "The order was approved, sent back or withdrawn.",
    Task.Kind.ORDER_NOT_SENT.value: "The order was sent.",
    Task.Kind.CHECK_PRESCRIPTIONS.value: "Every prescription was compared with the order.",
    Task.Kind.CHASE_ORDER.value: "Somebody asked after it, or it came.",
    Task.Kind.BOOK_IN_DELIVERY.value: "It was booked in.",
    Task.Kind.PACK_RECALLED.value: "Every pack of it has left the home, or was found to be another batch.",
}


class TaskClosed(Exception):
    """Somebody has closed this task before, and what came of it stands there."""


class WordsMissing(ValueError):
    """A task is tried and closed only with words that say what happened."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What a task is raised for. `kind` is a Task.Kind; `cause` is the same words whenever it is found again."""

    kind: str
    cause: str
    due_at: datetime
    resident_id: int | None = None
    prescription_id: UUID | str | None = None
    is_urgent: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RefusedDose:
    """A refused dose that was just recorded, as far as telling the GP is concerned."""

    record_id: str
    resident_id: int
    prescription_id: str
    lineage: str
    due_at: datetime


def raise_tasks(*, home_id: int, causes: Sequence[Cause], at: datetime, by: int | None) -> int:
    """Raise a task for each cause that has none yet, whether open or closed, and return how many are new.

    `by` is None for what the system found by itself; somebody who asks for a task is named in the audit trail.
    """
    # Work that runs every few minutes finds the same causes again: looking makes no device fetch its snapshot.
    if not not_raised(home_id, causes):
        return 0
    with transaction.atomic():
        lock_home(home_id)
        # Under the lock: what is not raised now is raised by nobody else either.
        wanted = {(each.kind, each.cause): each for each in not_raised(home_id, causes)}
        Task.objects.bulk_create(
            Task(
                home_id=home_id,
                kind=each.kind,
                resident_id=each.resident_id,
                prescription_id=each.prescription_id,
                cause=each.cause,
                facts=dict(each.facts),
                is_urgent=each.is_urgent,
                raised_at=at,
                due_at=each.due_at,
            )
            for each in wanted.values()
        )
        if by is not None and wanted:
            audit.note(action="task_raised", by=by, at=at, home_id=home_id, changes={"tasks": len(wanted)})
    return len(wanted)


def write_note(*, note_id: UUID, task: Task, words: str, by: int, at: datetime) -> TaskNote:
    """Write down that somebody tried, rang or asked; the task stays open. The same id twice is one note.

    Raises WordsMissing and TaskClosed.
    """
    if not words.strip():
        raise WordsMissing("say what you tried and what was said")
    with transaction.atomic():
        lock_home(task.home_id)
        task.refresh_from_db()
        if known := TaskNote.objects.filter(pk=note_id, task=task).first():
            return known
        if task.closed_at is not None:
            raise TaskClosed
        note = TaskNote.objects.create(
            id=note_id, home_id=task.home_id, task=task, words=words.strip(), written_at=at, written_by_id=by
        )
        audit.note(
            action="task_tried", by=by, at=at, home_id=task.home_id, resident_id=task.resident_id, about=task
        )  # fmt: skip
    return note


def close(*, tasks: Sequence[Task], outcome: str, by: int, at: datetime) -> None:
    """Close tasks with what came of them: for a call to the GP, who was spoken to and what they said.

    Several of one home together when one answer settles them all. Raises WordsMissing, and TaskClosed when
    none of them is open any more: one that a colleague closed a moment ago keeps the colleague's words.
    """
    if not outcome.strip():
        raise WordsMissing("say what came of it, and whom you spoke to")
    if not tasks:
        return
    with transaction.atomic():
        home_id = tasks[0].home_id
        lock_home(home_id)
        still_open = Task.objects.filter(home_id=home_id, pk__in=[each.pk for each in tasks], closed_at__isnull=True)
        found = list(still_open)
        if not found:
            raise TaskClosed
        for task in found:
            _close(task, outcome.strip(), by, at)


def close_settled(*, home_id: int, kind: str, about: Collection[UUID | str], by: int | None, at: datetime) -> int:
    """Close the open tasks of a kind whose causes are settled by what was recorded since; return how many."""
    if not about:
        return 0
    found = Task.objects.filter(
        home_id=home_id, kind=kind, cause__in=[str(each) for each in about], closed_at__isnull=True
    )
    if not found.exists():
        return 0
    with transaction.atomic():
        lock_home(home_id)
        open_tasks = list(found)
        for task in open_tasks:
            _close(task, SETTLED[kind], by, at)
    return len(open_tasks)


def tell_of_refusals(*, home_id: int, refused: Sequence[RefusedDose], at: datetime) -> int:
    """Raise a task to contact the GP for each run of refusals that has become too long; return how many are new.

    Called in the transaction of the record, after it is written: no refusal is recorded without its task.
    (domain.md, Outcomes)
    """
    if not refused:
        return 0
    policy = policy_of(home_id)
    known = offered_doses(home_id, {each.lineage for each in refused}, min(each.due_at for each in refused))
    told = _told(home_id, {each.lineage for each in refused})
    causes = []
    for each in refused:
        line = known[each.lineage]
        # Under each code the run was told: the critical and the ordinary task are told apart by their kind.
        for kind in (Task.Kind.REFUSED_IN_A_ROW, Task.Kind.CRITICAL_NOT_GIVEN):
            found = refusals_to_tell(
                line.offered,
                each.due_at,
                days=policy.refusal_days,
                is_critical=line.is_time_critical or is_critical(line.atc_code, policy.critical_atc_codes),
                told=told.get((kind, each.lineage), ()),
            )
            causes += [
                Cause(
                    kind=kind,
                    cause=f"{each.lineage} {run.since}",
                    due_at=at,
                    resident_id=each.resident_id,
                    prescription_id=each.prescription_id,
                    is_urgent=kind == Task.Kind.CRITICAL_NOT_GIVEN or line.is_time_critical,
                    facts={
                        "since": run.since, "refusals": len(run.run), "record_id": each.record_id,
                        "due_at": each.due_at.isoformat(),
                    },
                )
                for run in found
                if run.reason == kind
            ]  # fmt: skip
    return raise_tasks(home_id=home_id, causes=causes, at=at, by=None)


def make_urgent(*, home_id: int, kind: str, about: Collection[str], by: None, at: datetime) -> int:
    """Make open tasks of a kind urgent, because what they are about has come close or is late; return how many.

    The system finds that by itself (`by`).
    """
    if not about:
        return 0
    found = Task.objects.filter(
        home_id=home_id, kind=kind, cause__in=list(about), closed_at__isnull=True, is_urgent=False
    )
    if not found.exists():
        return 0
    with transaction.atomic():
        lock_home(home_id)
        count = found.update(is_urgent=True)
        if count:
            audit.note(
                action="tasks_made_urgent", by=by, at=at, home_id=home_id, changes={"tasks": count, "kind": kind}
            )
    return count


def _told(home_id: int, lineages: Iterable[str]) -> dict[tuple[str, str], set[str]]:
    """Return since when each line's runs of refusals were told before, by kind."""
    wanted = Q()
    for lineage in lineages:
        wanted |= Q(cause__startswith=f"{lineage} ")
    kinds = (Task.Kind.REFUSED_IN_A_ROW, Task.Kind.CRITICAL_NOT_GIVEN)
    found: dict[tuple[str, str], set[str]] = {}
    for kind, cause in Task.objects.filter(wanted, home_id=home_id, kind__in=kinds).values_list("kind", "cause"):
        lineage, since = cause.split(" ", 1)
        found.setdefault((kind, lineage), set()).add(since)
    return found


def _close(task: Task, outcome: str, by: int | None, at: datetime) -> None:
    task.outcome, task.closed_at, task.closed_by_id = outcome, at, by
    task.save(update_fields=["outcome", "closed_at", "closed_by"])
    audit.note(action="task_closed", by=by, at=at, home_id=task.home_id, resident_id=task.resident_id, about=task)
