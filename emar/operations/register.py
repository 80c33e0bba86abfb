"""What a second person counts when a controlled drug leaves the cupboard, and what a manager says of exceptions.

The witness counts and types what is left without being shown what the book says. Whether the two agree is
asked here, as of the moment of the count: a device may send its doses hours later, behind movements that came
after them. (domain.md, Controlled drugs)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid5

from django.db import transaction

from emar.models import Administration, WitnessReview
from emar.operations import audit
from stock.models import Discrepancy, StockLine
from stock.operations.ledger import count, lock_home


class AlreadyReviewed(Exception):
    """A manager has looked at this exception before; their words stand."""


class WordsMissing(ValueError):
    """An exception is reviewed only with words that say what was found."""


@dataclass(frozen=True, slots=True)
class WitnessedCount:
    """One count beside a dose. `moved_since` is what moved on the line after it, by what is known now."""

    record_id: str
    line_id: int
    counted: Decimal
    moved_since: Decimal
    counted_at: datetime
    counted_by_id: int | None
    beside_id: int | None


def write_counts(*, home_id: int, counts: Sequence[WitnessedCount]) -> list[Discrepancy]:
    """Write the counts of a batch of doses into the ledger and return the discrepancies they open.

    The ledger compares a count with the book as it is now, so what moved since the count is added to it: the
    difference stays what it was in front of the cupboard. What the witness typed is kept on the dose record.
    """
    if not counts:
        return []
    lines = {each.pk: each for each in StockLine.objects.filter(home_id=home_id, pk__in={c.line_id for c in counts})}
    found = [
        count(
            count_id=uuid5(UUID(each.record_id), "counted"),
            line=lines[each.line_id],
            counted=max(each.counted + each.moved_since, Decimal(0)),
            by=each.counted_by_id,
            at=each.counted_at,
            witness=each.beside_id,
        )
        for each in counts
        if each.counted_by_id is not None
    ]
    return [each for each in found if each is not None]


def review(*, review_id: UUID, administration: Administration, words: str, by: int, at: datetime) -> WitnessReview:
    """Write down what a manager found about a controlled drug given as an exception; the same id twice is one act.

    Raises WordsMissing and AlreadyReviewed.
    """
    if not words.strip():
        raise WordsMissing("say what you found and what was done")
    with transaction.atomic():
        lock_home(administration.home_id)
        known = WitnessReview.objects.filter(administration=administration).first()
        if known is not None:
            if known.pk == review_id:
                return known
            raise AlreadyReviewed
        found = WitnessReview.objects.create(
            id=review_id,
            home_id=administration.home_id,
            administration=administration,
            words=words.strip(),
            reviewed_at=at,
            reviewed_by_id=by,
        )
        audit.note(
            action="exception_reviewed", by=by, at=at, home_id=administration.home_id,
            resident_id=administration.resident_id, about=administration,
        )  # fmt: skip
    return found
