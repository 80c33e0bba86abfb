"""Where the book and the cupboard disagree: what nobody has signed yet, and one case with everything about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from stock.models import Discrepancy, DiscrepancyNote, StockCount, StockMovement
from stock.rules.balance import change
from stock.rules.differences import COUNT_SIGNED, COUNTED_AGAIN

#: So many movements before a difference was found stand on its page.
BEFORE = 30


def open_discrepancies(home_id: int) -> list[Discrepancy]:
    """Return the open discrepancies of a home, oldest first, each with its line, medicine and resident."""
    found = Discrepancy.objects.filter(home_id=home_id, closed_at__isnull=True)
    return list(_detailed(found).order_by("opened_at", "id"))


def closed_discrepancies(home_id: int, *, limit: int = 50) -> list[Discrepancy]:
    """Return what was signed lately, the latest first; recounts of one case are part of that case."""
    found = Discrepancy.objects.filter(home_id=home_id, closed_at__isnull=False).exclude(reason_code=COUNTED_AGAIN)
    return list(_detailed(found).order_by("-closed_at", "-id")[:limit])


def discrepancies_of_line(home_id: int, line_id: int) -> list[Discrepancy]:
    """Return every case of a line, the latest first."""
    found = Discrepancy.objects.filter(home_id=home_id, line_id=line_id).exclude(reason_code=COUNTED_AGAIN)
    return list(_detailed(found).order_by("-opened_at", "-id"))


def discrepancy(home_id: int, discrepancy_id: UUID) -> Discrepancy | None:
    """Return one discrepancy of the home, or None."""
    return _detailed(Discrepancy.objects.filter(home_id=home_id, pk=discrepancy_id)).first()


def was_recounted(discrepancy: Discrepancy) -> bool:
    """Return whether two people have counted the line since the difference was found. One statement."""
    since = StockCount.objects.filter(line_id=discrepancy.line_id, witness__isnull=False)
    if discrepancy.count_id is not None:
        return since.filter(recount_of=discrepancy).exists()
    return since.filter(received_at__gt=discrepancy.opened_at).exists()


@dataclass(frozen=True, slots=True)
class Case:
    """A discrepancy with its recounts and notes, first to last, and what moved before and since.

    `balance` is what the book says now, `counted_before` the count before it was found.
    """

    discrepancy: Discrepancy
    recounts: Sequence[StockCount]
    notes: Sequence[DiscrepancyNote]
    movements: Sequence[StockMovement]
    counted_before: StockCount | None
    balance: Decimal

    @property
    def latest(self) -> StockCount | None:
        """The count that stands: the last recount, or the one that found the difference."""
        return self.recounts[-1] if self.recounts else self.discrepancy.count

    @property
    def was_recounted(self) -> bool:
        """Whether two people have looked again."""
        return any(each.witness_id for each in self.recounts)

    @property
    def agrees_now(self) -> bool:
        """Whether the last recount found what the book said."""
        return bool(self.recounts) and self.recounts[-1].counted == self.recounts[-1].book


def case(discrepancy: Discrepancy) -> Case:
    """Return everything about one discrepancy. Five statements."""
    recounts = list(
        StockCount.objects.filter(recount_of=discrepancy)
        .select_related("counted_by", "witness")
        .order_by("received_at", "pk")
    )
    notes = DiscrepancyNote.objects.filter(discrepancy=discrepancy).select_related("written_by")
    moved = StockMovement.objects.filter(line_id=discrepancy.line_id).select_related("moved_by", "pack")
    movements = list(moved.order_by("-line_sequence")[:BEFORE])
    earlier = StockCount.objects.filter(line_id=discrepancy.line_id, received_at__lt=discrepancy.opened_at)
    if discrepancy.count_id is not None:
        earlier = earlier.exclude(pk=discrepancy.count_id)
    return Case(
        discrepancy,
        recounts,
        list(notes.order_by("written_at", "pk")),
        list(reversed(movements)),
        earlier.order_by("-received_at").first(),
        movements[0].balance if movements else Decimal(0),
    )


def _detailed(found: QuerySet[Discrepancy]) -> QuerySet[Discrepancy]:
    return found.select_related("line__medicine", "line__resident", "opened_by", "closed_by", "count__counted_by")


def difference_left(discrepancy: Discrepancy) -> Decimal:
    """Return how far the book still is from what was counted last; nothing for the book below zero."""
    if (latest := _latest_count(discrepancy)) is None:
        return Decimal(0)
    since = StockMovement.objects.filter(line_id=discrepancy.line_id, line_sequence__gt=latest.after_sequence)
    signed = sum(
        (change(each.source, each.destination, each.quantity) for each in since.filter(reason=COUNT_SIGNED)), Decimal(0)
    )
    return latest.counted - latest.book - signed - late_change(discrepancy)


def late_change(discrepancy: Discrepancy) -> Decimal:
    """Return what happened before the latest count and reached the book only after it: a dose sent late."""
    latest = _latest_count(discrepancy)
    if latest is None:
        return Decimal(0)
    late = StockMovement.objects.filter(
        line_id=discrepancy.line_id, line_sequence__gt=latest.after_sequence, moved_at__lt=latest.counted_at
    ).exclude(reason=COUNT_SIGNED)
    return sum((change(each.source, each.destination, each.quantity) for each in late), Decimal(0))


def _latest_count(discrepancy: Discrepancy) -> StockCount | None:
    recount = StockCount.objects.filter(recount_of=discrepancy).order_by("-after_sequence", "-received_at").first()
    return recount or discrepancy.count
