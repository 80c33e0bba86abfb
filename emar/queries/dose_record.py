"""Everything known of one dose record, and which doses nobody has answered yet."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from emar.models import Administration, AuditEntry, Correction, EffectCheck, Prescription, WitnessReview
from emar.queries import due
from emar.queries.mar import Entry
from emar.queries.schedules import schedule_of
from emar.rules.amounts import ScheduleError
from emar.rules.schedule import Schedule
from emar.rules.taken import movement_ids
from stock.models import StockMovement
from stock.rules.balance import given_back_id

#: How far back unanswered doses are offered to be entered late; an older one is reached from its chart.
OFFERED_FOR = timedelta(days=3)
PEOPLE = ("given_by", "entered_by", "witness")


@dataclass(frozen=True, slots=True)
class DoseRecord:
    """One dose record with all that belongs to it.

    `before` is the record that it replaces, `after` the one that replaces it, each with the correction that says
    why. `movements` are what left stock because of it and what came back, in the ledger's order.
    """

    record: Administration
    schedule: Schedule | None
    before: Correction | None = None
    after: Correction | None = None
    effects: Sequence[EffectCheck] = ()
    review: WitnessReview | None = None
    movements: Sequence[StockMovement] = ()
    entered_at_desk: AuditEntry | None = None
    entry: Entry = field(init=False)

    def __post_init__(self) -> None:
        """Keep the record also as a chart's entry, whose words are the same everywhere."""
        object.__setattr__(self, "entry", Entry(self.record, effects=tuple(self.effects)))

    @property
    def reading_unit(self) -> str:
        """The unit of its reading, empty where the schedule names none."""
        return (self.schedule.terms.reading_unit or "") if self.schedule else ""


def dose_record(home_id: int, record_id: UUID) -> DoseRecord | None:
    """Return one dose record of this home with everything known of it, or None. Seven statements."""
    record = (
        Administration.objects.filter(home_id=home_id, pk=record_id)
        .select_related("resident__unit", "prescription__medicine", "round", "device", "pack", *PEOPLE)
        .first()
    )
    if record is None:
        return None
    people = ("corrected_by", "administration__given_by", "replacement__given_by")
    corrections = list(
        Correction.objects.filter(home_id=home_id, administration_id=record_id).select_related(*people)
    ) + list(Correction.objects.filter(home_id=home_id, replacement_id=record_id).select_related(*people))
    return DoseRecord(
        record,
        _readable(record.prescription),
        before=next((each for each in corrections if each.replacement_id == record_id), None),
        after=next((each for each in corrections if each.administration_id == record_id), None),
        effects=list(
            EffectCheck.objects.filter(home_id=home_id, administration_id=record_id)
            .select_related("checked_by")
            .order_by("checked_at")
        ),
        review=WitnessReview.objects.filter(home_id=home_id, administration_id=record_id)
        .select_related("reviewed_by")
        .first(),
        movements=_movements(home_id, record_id),
        entered_at_desk=AuditEntry.objects.filter(
            home_id=home_id,
            resident_id=record.resident_id,
            action="dose_entered_late",
            about=f"Administration {record_id}",
        ).first(),
    )


def unanswered_doses(home_id: int, resident_id: int, now: datetime) -> list[due.Due]:
    """Return a resident's due doses of the last days whose window is over and that nobody answered, oldest first."""
    doses, _ = due.due_between(home_id, now - OFFERED_FOR, now, now, resident_ids=[resident_id])
    return sorted((each for each in doses if each.state in ("late", "blank")), key=lambda each: each.dose.due_at)


def due_dose(home_id: int, resident_id: int, prescription_id: UUID, due_at: datetime, now: datetime) -> due.Due | None:
    """Return one due dose of a resident of this home with its records, or None where none is due at this instant."""
    doses, _ = due.due_between(home_id, due_at, due_at + timedelta(minutes=1), now, resident_ids=[resident_id])
    found = (each for each in doses if each.prescription.pk == prescription_id and each.dose.due_at == due_at)
    return next(found, None)


def when_required_line(home_id: int, resident_id: int, prescription_id: UUID) -> Prescription | None:
    """Return a resident's checked when-required prescription, or None."""
    found = Prescription.objects.filter(
        home_id=home_id, resident_id=resident_id, pk=prescription_id, checked_at__isnull=False,
        schedule__kind="when_required",
    )  # fmt: skip
    return found.select_related("medicine", "resident").first()


def when_required_lines(home_id: int, resident_id: int, now: datetime) -> list[Prescription]:
    """Return a resident's when-required prescriptions that may be given now, by medicine."""
    lines = due.prescriptions_between(home_id, now - OFFERED_FOR, now, resident_ids=[resident_id])
    return [line for line in lines if line.schedule.get("kind") == "when_required"]


def _movements(home_id: int, record_id: UUID) -> list[StockMovement]:
    own = movement_ids(record_id)
    ids = own + [given_back_id(pk) for pk in own]
    found = StockMovement.objects.filter(home_id=home_id, pk__in=ids)
    return list(found.select_related("line__medicine", "moved_by", "witness", "pack").order_by("chain_sequence"))


def _readable(prescription: Prescription) -> Schedule | None:
    try:
        return schedule_of(prescription)
    except ScheduleError:
        return None
