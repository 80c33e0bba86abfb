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
from emar.operations.counts import tell_of_differences
from emar.operations.reviews import written_once
from emar.queries.register import books
from emar.rules.findings import Finding, finding
from stock.models import Discrepancy, StockLine
from stock.operations.counts import Found, take
from stock.rules.balance import Movement, change


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


@dataclass(frozen=True, slots=True)
class CountedDose:
    """A dose beside which somebody counted what is left, without being told what the book says."""

    id: str
    line_id: int
    counted: Decimal
    given_at: datetime
    given_by_id: int | None
    witness_id: int | None


class CountsBeside:
    """What the book says after each dose that a witness counted, compared with what they counted."""

    def __init__(self, doses: Sequence[CountedDose], home_id: int) -> None:
        self.home_id = home_id
        self._doses = {dose.id: dose for dose in doses}
        since = min((dose.given_at for dose in doses), default=None)
        self._books = {} if since is None else books(home_id, {dose.line_id for dose in doses}, since)
        self._expected: dict[str, Decimal] = {}

    def after(self, dose_id: str, moved: Sequence[Movement]) -> list[Finding]:
        """Take a dose's movements into account; return a finding where the count is not what they leave."""
        for each in moved:
            if each.line_id in self._books:
                self._books[each.line_id].move(each.moved_at, change(each.source, each.destination, each.quantity))
        if (dose := self._doses.get(dose_id)) is None:
            return []
        expected = self._expected[dose_id] = self._books[dose.line_id].at(dose.given_at)
        # The expected balance is not told to the device: whoever recounts must not see it either.
        return [] if dose.counted == expected else [finding("balance_differs")]

    def counts(self) -> list[WitnessedCount]:
        """Return the counts to write into the ledger, once the movements stand there."""
        return [
            WitnessedCount(
                record_id=dose.id,
                line_id=dose.line_id,
                counted=dose.counted,
                moved_since=self._books[dose.line_id].balance - self._expected[dose.id],
                counted_at=dose.given_at,
                counted_by_id=dose.witness_id or dose.given_by_id,
                beside_id=dose.given_by_id if dose.witness_id not in (None, dose.given_by_id) else None,
            )
            for dose in self._doses.values()
            if dose.witness_id or dose.given_by_id
        ]


def write_counts(*, home_id: int, counts: Sequence[WitnessedCount]) -> list[Discrepancy]:
    """Write the counts of a batch of doses into the ledger; return the discrepancies they open or look at again.

    The ledger compares a count with the book as it is now, so what moved since the count is added to it: the
    difference stays what it was in front of the cupboard. What the witness typed is kept on the dose record.
    """
    if not counts:
        return []
    lines = {each.pk: each for each in StockLine.objects.filter(home_id=home_id, pk__in={c.line_id for c in counts})}
    found = [
        take(
            line=lines[each.line_id],
            found=Found(
                id=uuid5(UUID(each.record_id), "counted"),
                counted=max(each.counted + each.moved_since, Decimal(0)),
                witness_id=each.beside_id,
                is_controlled=True,
            ),
            by=each.counted_by_id,
            at=each.counted_at,
        )
        for each in counts
        if each.counted_by_id is not None
    ]
    cases = list({each.case.pk: each.case for each in found if each.case is not None and not each.agrees}.values())
    tell_of_differences(home_id=home_id, cases=cases, at=max(each.counted_at for each in counts))
    return cases


def review(*, review_id: UUID, administration: Administration, words: str, by: int, at: datetime) -> WitnessReview:
    """Write down what a manager found about a controlled drug given as an exception; the same id twice is one act.

    Raises emar.operations.reviews' WordsMissing and AlreadyReviewed.
    """
    home_id = administration.home_id
    with transaction.atomic():
        found, is_new = written_once(
            kind=WitnessReview, review_id=review_id, home_id=home_id, of={"administration": administration},
            words=words, by=by, at=at,
        )  # fmt: skip
        if is_new:
            audit.note_about(action="exception_reviewed", about=administration, by=by, at=at)
    return found
