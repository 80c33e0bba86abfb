"""Which due doses have two records that cannot both be the whole truth, and what each of them says."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from emar.models import Administration, Answer, Prescription
from emar.queries.due import counts_as_answer

#: Conflicts that another record of the same due dose makes; any other conflict lies in the record itself.
OF_TWO_RECORDS = {"double_dose", "two_answers"}
Slot = tuple[UUID, datetime]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A record that was answered with a conflict, and the other records of its due dose that stand, as received."""

    record: Administration
    others: tuple[Administration, ...]

    @property
    def records(self) -> tuple[Administration, ...]:
        """All of them, in the order they came."""
        return tuple(sorted([*self.others, self.record], key=lambda each: (each.received_at, each.pk)))


def open_conflicts(home_id: int) -> list[Conflict]:
    """Return the conflicts that no senior has decided yet, the latest first, in three statements.

    One is decided when either record was corrected, or when somebody said that both stand.
    """
    found = _standing(home_id).filter(answer=Answer.CONFLICT, conflictreview__isnull=True)
    return _with_others(home_id, list(found.order_by("-given_at", "-id")))


def open_conflict(home_id: int, record_id: UUID) -> Conflict | None:
    """Return one conflict of the home that nobody has decided yet, or None."""
    found = _standing(home_id).filter(pk=record_id, answer=Answer.CONFLICT, conflictreview__isnull=True)
    return next(iter(_with_others(home_id, list(found))), None)


def is_conflict(home_id: int, record_id: UUID) -> bool:
    """Say whether this record of the home was ever answered with a conflict, decided by now or not."""
    return Administration.objects.filter(home_id=home_id, pk=record_id, answer=Answer.CONFLICT).exists()


def _standing(home_id: int) -> QuerySet[Administration]:
    records = Administration.objects.filter(home_id=home_id, correction__isnull=True)
    people = ("given_by", "entered_by", "device", "witness", "witnessreview")
    return records.select_related("resident", "prescription__medicine", *people)


def _with_others(home_id: int, records: Sequence[Administration]) -> list[Conflict]:
    if not records:
        return []
    first = _firsts(home_id, {record.resident_id for record in records})
    times = {record.due_at for record in records if record.due_at is not None}
    slots: dict[Slot, list[Administration]] = defaultdict(list)
    if times:
        residents = {record.resident_id for record in records}
        for each in _standing(home_id).filter(prescription__resident_id__in=residents, due_at__in=times):
            if each.due_at is not None and counts_as_answer(each):
                slots[first.get(each.prescription_id, each.prescription_id), each.due_at].append(each)
    found = []
    for record in records:
        same = slots[first.get(record.prescription_id, record.prescription_id), record.due_at] if record.due_at else []
        others = tuple(sorted((each for each in same if each.pk != record.pk), key=lambda each: each.received_at))
        codes = {each.get("code") for each in record.findings if each.get("level") == "conflict"}
        if others or codes - OF_TWO_RECORDS:
            found.append(Conflict(record, others))
    return found


def _firsts(home_id: int, resident_ids: set[int]) -> dict[UUID, UUID]:
    """Return the first prescription of each one's chain of replacements: all of a chain share their due doses."""
    lines = Prescription.objects.filter(home_id=home_id, resident_id__in=resident_ids)
    replaced: dict[UUID, UUID | None] = dict(lines.values_list("pk", "replaces_id"))
    first = {}
    for pk in replaced:
        start = pk
        while (before := replaced.get(start)) is not None:
            start = before
        first[pk] = start
    return first
