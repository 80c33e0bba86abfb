"""Discrepancies of controlled drugs: which they are, how far each has come, and what a report of one needs."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from emar.queries.register import register_balances
from stock.models import Discrepancy, DiscrepancyNote, StockCount
from stock.queries.discrepancies import open_discrepancies

#: How far a discrepancy has come: it is counted again first; what still differs then is an incident until it is closed.
RECOUNT, AGREES, INCIDENT, CLOSED = "recount", "agrees", "incident", "closed"


@dataclass(frozen=True, slots=True)
class CdDiscrepancy:
    """One discrepancy of the CD register in figures: no name of anybody who gave or counted.

    `expected` and `found` are those of the count that stands, `stage` is one of this file. `told` is how many people
    or authorities were told so far.
    """

    discrepancy_id: UUID
    line_id: int
    resident_id: int | None
    medicine: str
    unit: str
    kind: str
    expected: Decimal
    found: Decimal
    opened_at: datetime
    stage: str
    told: int

    @property
    def is_incident(self) -> bool:
        """Whether it was counted again and still differs: an incident with the contact card."""
        return self.stage == INCIDENT


def is_controlled(discrepancy: Discrepancy) -> bool:
    """Return whether a difference is one of the CD register: its manager closes it."""
    line = discrepancy.line
    return line.is_controlled or line.pk in register_balances(discrepancy.home_id)


def stage_of(discrepancy: Discrepancy, recount: StockCount | None, *, was_recounted: bool) -> str:
    """Return how far a discrepancy has come. `recount` is the latest count of it by two people."""
    if discrepancy.closed_at is not None:
        return CLOSED
    if not was_recounted:
        return RECOUNT
    if recount is not None and recount.counted == recount.book:
        return AGREES
    return INCIDENT


def open_cd_discrepancies(home_id: int) -> list[CdDiscrepancy]:
    """Return the open discrepancies of a home's CD register, oldest first. Four statements.

    What is an incident (`is_incident`) is what quality drafts a report from.
    """
    register = register_balances(home_id)
    found = [each for each in open_discrepancies(home_id) if each.line_id in register or each.line.is_controlled]
    counts = StockCount.objects.filter(home_id=home_id, witness__isnull=False, line_id__in=[e.line_id for e in found])
    later = list(counts.order_by("received_at", "pk"))
    told: dict[UUID, int] = {}
    for pk in (
        DiscrepancyNote.objects.filter(home_id=home_id, discrepancy__in=found)
        .exclude(told="")
        .values_list("discrepancy_id", flat=True)
    ):
        told[pk] = told.get(pk, 0) + 1
    return [_in_figures(each, _recounts(each, later), told.get(each.pk, 0)) for each in found]


def _recounts(each: Discrepancy, counts: list[StockCount]) -> list[StockCount]:
    if each.count_id is not None:
        return [count for count in counts if count.recount_of_id == each.pk]
    return [count for count in counts if count.line_id == each.line_id and count.received_at > each.opened_at]


def _in_figures(each: Discrepancy, recounts: list[StockCount], told: int) -> CdDiscrepancy:
    latest = recounts[-1] if recounts else each.count
    return CdDiscrepancy(
        discrepancy_id=each.pk,
        line_id=each.line_id,
        resident_id=each.line.resident_id,
        medicine=each.line.medicine.name,
        unit=each.line.unit,
        kind=each.kind,
        expected=latest.book if latest else each.expected,
        found=latest.counted if latest else each.found,
        opened_at=each.opened_at,
        stage=stage_of(each, recounts[-1] if recounts else None, was_recounted=bool(recounts)),
        told=told,
    )
