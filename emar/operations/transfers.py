"""Every write about medicines that came from somewhere else: the list as found, what was decided, who checked it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from emar.models import Prescription, Presence, Reconciliation, ReconciliationLine, Resident, Suspension, Task
from emar.operations import audit, prescriptions, residents, tasks
from emar.rules.reconciliation import LineFault, effect_on_before, faults_of_line
from stock.operations.ledger import lock_home


class LineIncomplete(ValueError):
    """A line of the list misses something; `faults` say what, by the line's place."""

    def __init__(self, faults: dict[int, Sequence[LineFault]]) -> None:
        super().__init__("; ".join(fault.words for found in faults.values() for fault in found))
        self.faults = faults


class SamePersonChecks(ValueError):
    """Whoever made the list cannot be the second person who checks it."""


class SourceMissing(ValueError):
    """A list without its source cannot be checked by anybody."""


@dataclass(frozen=True, slots=True)
class FoundMedicine:
    """One medicine as found. `before` is the prescription of this home that it is about, if there is one."""

    words: str
    decision: str
    reason: str = ""
    medicine_id: str | None = None
    last_given_at: datetime | None = None
    before_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class FoundList:
    """The list of medicines as found. Its `id` is made by the form, so that sending it twice is one act."""

    id: UUID
    occasion: str
    sources: Sequence[str]
    lines: Sequence[FoundMedicine]
    note: str = ""


def reconcile(
    *, resident: Resident, found: FoundList, by: int, at: datetime, back_at: datetime | None = None
) -> Reconciliation:
    """Keep a list of medicines as found, with what is decided of each, and do what was decided.

    What stops is stopped; what is changed or asked about is paused until somebody writes or resumes it; what
    continues goes on, also where an earlier doubt had paused it. With `back_at` the resident is back in the home
    from then on. A second person checks the list afterwards. Raises LineIncomplete and SourceMissing.
    (NICE SC1 1.7)
    """
    sources = [source.strip() for source in found.sources if source.strip()]
    if not sources:
        raise SourceMissing("say where the list comes from")
    _refuse_incomplete(found.lines)
    with transaction.atomic():
        lock_home(resident.home_id)
        if (already := Reconciliation.objects.filter(pk=found.id, resident=resident).first()) is not None:
            return already
        if back_at is not None:
            residents.note_presence(
                resident=resident,
                change=residents.PresenceChange(Presence.PRESENT, since_at=back_at, is_reconciled=True),
                by=by,
                at=at,
            )
        done = Reconciliation.objects.create(
            pk=found.id,
            home_id=resident.home_id,
            resident=resident,
            occasion=found.occasion,
            sources=sources,
            note=found.note,
            done_at=at,
            done_by_id=by,
        )
        before = _before(resident, found.lines)
        for line in found.lines:
            _keep_line(done, line)
            if line.before_id is not None:
                _do(before[line.before_id], line, by, at)
        _close_tasks(resident, done, by, at)
        audit.note(
            action="medicines_reconciled",
            home_id=resident.home_id,
            resident_id=resident.pk,
            by=by,
            at=at,
            about=done,
        )
    return done


def _refuse_incomplete(lines: Sequence[FoundMedicine]) -> None:
    faults = {
        place: faults_of_line(line.words, line.decision, line.reason, has_before=line.before_id is not None)
        for place, line in enumerate(lines)
    }
    if wrong := {place: found for place, found in faults.items() if found}:
        raise LineIncomplete(wrong)


def _before(resident: Resident, lines: Sequence[FoundMedicine]) -> dict[UUID, Prescription]:
    wanted = {line.before_id for line in lines if line.before_id is not None}
    found = Prescription.objects.filter(home_id=resident.home_id, resident=resident, pk__in=wanted).in_bulk()
    if missing := wanted - found.keys():
        raise Prescription.DoesNotExist(f"{len(missing)} are not this resident's")
    return found


def _keep_line(done: Reconciliation, line: FoundMedicine) -> None:
    ReconciliationLine.objects.create(
        home_id=done.home_id,
        reconciliation=done,
        words=line.words.strip(),
        medicine_id=line.medicine_id or None,
        last_given_at=line.last_given_at,
        decision=line.decision,
        reason=line.reason.strip(),
        before_id=line.before_id,
    )


def _do(before: Prescription, line: FoundMedicine, by: int, at: datetime) -> None:
    """Do what was decided of the prescription that a line is about; one that is so already stays as it is."""
    if before.stopped_at is not None and before.stopped_at <= at:
        return
    is_paused = Suspension.objects.filter(prescription=before, resumed_at__isnull=True).exists()
    match effect_on_before(line.decision, has_before=True):
        case "ends" if before.checked_at is None:
            prescriptions.send_back(prescription=before, words=line.reason, by=by, at=at)
        case "ends" if before.stopped_at is None:
            prescriptions.stop(prescription=before, reason=line.reason, by=by, at=at)
        case "waits" if before.checked_at is not None and not is_paused:
            prescriptions.suspend(prescription=before, reason=line.reason, by=by, at=at)
        case "goes_on" if is_paused:
            prescriptions.resume(prescription=before, by=by, at=at)


def _close_tasks(resident: Resident, done: Reconciliation, by: int, at: datetime) -> None:
    waiting = Task.objects.filter(
        home_id=resident.home_id, resident=resident, kind=Task.Kind.RECONCILE, closed_at__isnull=True
    )
    if found := list(waiting):
        outcome = f"Reconciled: {done.get_occasion_display().lower()}"
        tasks.close(tasks=found, outcome=outcome, by=by, at=at)


def check(*, reconciliation: Reconciliation, by: int, at: datetime) -> None:
    """Sign as the second person that a list and what was decided agree. Raises SamePersonChecks.

    A list that somebody has checked stays as they signed it.
    """
    if reconciliation.done_by_id == by:
        raise SamePersonChecks("somebody else has to check it")
    with transaction.atomic():
        lock_home(reconciliation.home_id)
        signed = Reconciliation.objects.filter(pk=reconciliation.pk, checked_at__isnull=True).update(
            checked_at=at, checked_by=by
        )
        if signed:
            audit.note(
                action="reconciliation_checked",
                home_id=reconciliation.home_id,
                resident_id=reconciliation.resident_id,
                by=by,
                at=at,
                about=reconciliation,
            )
