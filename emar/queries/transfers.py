"""What was found and decided when a resident came, what still has to be done about it, and what is out with them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from emar.models import LeaveMedicines, Prescription, Reconciliation, ReconciliationLine, ResidentPresence, Suspension
from emar.rules.reconciliation import needs_prescription, prescription_id_for


@dataclass(frozen=True, slots=True)
class DecidedLine:
    """One line of a list, with the prescription that was written because of it once there is one."""

    line: ReconciliationLine
    after: Prescription | None
    is_paused: bool = False

    @property
    def waits(self) -> bool:
        """Whether a prescription still has to be written because of this line."""
        has_before = self.line.before_id is not None
        return self.after is None and needs_prescription(self.line.decision, has_before=has_before)

    @property
    def prescription_id(self) -> UUID:
        """The id that a prescription written because of this line has."""
        return prescription_id_for(self.line.pk)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A list with its lines as they were found."""

    reconciliation: Reconciliation
    lines: Sequence[DecidedLine]

    @property
    def open_lines(self) -> int:
        """How many lines still ask for something: a prescription to be written, or an answer."""
        return sum(1 for each in self.lines if each.waits or each.is_paused)

    @property
    def waits(self) -> bool:
        """Whether the second person, or one of its lines, still asks for something."""
        return self.reconciliation.checked_at is None or self.open_lines > 0


def reconciliations(home_id: int, resident_id: int, *, only: UUID | None = None) -> list[Reconciled]:
    """Return the lists of a resident, the latest first, in four statements."""
    lists = Reconciliation.objects.filter(home_id=home_id, resident_id=resident_id)
    if only is not None:
        lists = lists.filter(pk=only)
    found = list(lists.select_related("done_by", "checked_by", "resident").order_by("-done_at", "-pk"))
    rows = list(
        ReconciliationLine.objects.filter(home_id=home_id, reconciliation__in=found)
        .select_related("medicine", "before__medicine", "after")
        .order_by("pk")
    )
    ids = {prescription_id_for(row.pk): row.pk for row in rows}
    written = Prescription.objects.filter(home_id=home_id, resident_id=resident_id, pk__in=ids).select_related(
        "medicine"
    )
    after = {ids[each.pk]: each for each in written}
    paused = set(
        Suspension.objects.filter(
            home_id=home_id, prescription__in=[row.before_id for row in rows if row.before_id], resumed_at__isnull=True
        ).values_list("prescription_id", flat=True)
    )
    by_list: dict[UUID, list[DecidedLine]] = defaultdict(list)
    for row in rows:
        by_list[row.reconciliation_id].append(DecidedLine(row, row.after or after.get(row.pk), row.before_id in paused))
    return [Reconciled(each, by_list[each.pk]) for each in found]


def reconciliation(home_id: int, resident_id: int, reconciliation_id: UUID) -> Reconciled | None:
    """Return one list of a resident, or None."""
    return next(iter(reconciliations(home_id, resident_id, only=reconciliation_id)), None)


def line(home_id: int, resident_id: int, line_id: UUID) -> ReconciliationLine | None:
    """Return one line of a resident's lists, as a prescription form needs it, or None."""
    found = ReconciliationLine.objects.filter(
        home_id=home_id, pk=line_id, reconciliation__resident_id=resident_id, reconciliation__home_id=home_id
    )
    return found.select_related("medicine", "before__medicine", "reconciliation").first()


def presences(home_id: int, resident_id: int) -> list[ResidentPresence]:
    """Return where a resident was, the latest first."""
    found = ResidentPresence.objects.filter(home_id=home_id, resident_id=resident_id)
    return list(found.select_related("since_by").order_by("-since_at", "-pk"))


def medicines_out(home_id: int, resident_id: int) -> list[LeaveMedicines]:
    """Return the medicines that went out with a resident: those still out first, then what came back."""
    found = LeaveMedicines.objects.filter(home_id=home_id, resident_id=resident_id)
    found = found.select_related("prescription__medicine", "sent_by", "returned_by", "pack").order_by("-sent_at", "-pk")
    return sorted(found, key=lambda each: each.returned_at is not None)


def medicine_out(home_id: int, resident_id: int, leave_id: UUID) -> LeaveMedicines | None:
    """Return medicines that are out with a resident and have not come back yet, or None."""
    found = LeaveMedicines.objects.filter(home_id=home_id, resident_id=resident_id, pk=leave_id)
    return found.filter(returned_at__isnull=True).select_related("prescription__medicine").first()


def active_prescriptions(home_id: int, resident_id: int, at: object) -> list[Prescription]:
    """Return what a resident has now, paused or not, checked or not, by medicine."""
    found = Prescription.objects.filter(
        Q(stopped_at__isnull=True) | Q(stopped_at__gt=at), home_id=home_id, resident_id=resident_id
    )
    return list(found.select_related("medicine").order_by("medicine__name", "pk"))


def stopped_prescriptions(home_id: int, resident_id: int) -> list[Prescription]:
    """Return the last that a resident had of each medicine, by medicine: what may still be in the cupboard."""
    found = Prescription.objects.filter(home_id=home_id, resident_id=resident_id, checked_at__isnull=False)
    latest = found.select_related("medicine").order_by("medicine_id", "-version", "-pk").distinct("medicine_id")
    return sorted(latest, key=lambda each: each.medicine.name)


def paused_prescription(home_id: int, resident_id: int, prescription_id: UUID) -> Prescription | None:
    """Return a prescription of a resident that is paused now, or None."""
    found = Prescription.objects.filter(home_id=home_id, resident_id=resident_id, pk=prescription_id)
    return found.filter(suspension__resumed_at__isnull=True, suspension__isnull=False).distinct().first()
