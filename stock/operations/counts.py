"""Every write about counting: a count that several people work at, what they find, and signing why it differs.

A line has one open case at the most: a count of a line whose difference nobody has signed yet looks at that difference
again, and does not open another. Which lines are counted, who has to be told and what the audit trail says of it is
emar.operations.counts' business.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from uuid_utils.compat import uuid7

from stock.models import (
    CountedPack,
    Discrepancy,
    DiscrepancyNote,
    LineToCount,
    Place,
    StockCount,
    StockCountSession,
    StockLine,
    StockPack,
)
from stock.operations.ledger import (
    BELOW_ZERO,
    COUNT_DIFFERS,
    QuantityNotPositive,
    Written,
    count,
    lock_home,
    write_movements,
)
from stock.queries.balances import line_end
from stock.queries.discrepancies import difference_left, late_change
from stock.rules.balance import Movement, kept
from stock.rules.counting import ToCount
from stock.rules.differences import COUNT_SIGNED, COUNTED_AGAIN, IN_THE_BOOK, MISCOUNTED, REASONS, SUPERSEDED


class AlreadySigned(Exception):
    """Somebody has signed this discrepancy before."""


class ReasonMissing(ValueError):
    """A discrepancy is closed only with words that say why."""


class NothingToCount(ValueError):
    """A count covers at least one line."""


class CountFinished(Exception):
    """Somebody has finished this count before."""


class NotInThisCount(ValueError):
    """The line or pack is not among those of the count."""


class NoSuchReason(ValueError):
    """Differences are not signed with such a reason."""


class StillDiffers(ValueError):
    """The book has not been put right in the meantime."""


class StillBelowZero(ValueError):
    """The book still says less than nothing: it is counted or booked in first."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be counted: `kind` is a StockCountSession.Kind. Its `id` is made by the form."""

    id: UUID
    kind: str
    lines: Sequence[ToCount]
    resident_id: int | None = None
    location: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One figure of one line as somebody typed it, without having seen the book. Its `id` is made by the form.

    `is_controlled` when a manager has to sign for a difference, also when a later count agrees.
    """

    id: UUID
    counted: Decimal
    witness_id: int | None = None
    session_id: UUID | None = None
    is_controlled: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """A count as it stands in the ledger, and the open case of its line, where there is one."""

    count: StockCount
    case: Discrepancy | None
    is_new: bool = True

    @property
    def agrees(self) -> bool:
        """Whether book and cupboard said the same."""
        return self.count.counted == self.count.book


@dataclass(frozen=True, slots=True)
class Signature:
    """Why book and cupboard disagreed. `reason` is a key of stock.rules.differences, `outcome` one for a CD."""

    reason: str
    words: str = ""
    outcome: str = ""


def start(*, home_id: int, wanted: Wanted, by: int, at: datetime) -> StockCountSession:
    """Begin a count of these lines, in this order; the same id twice is one count. Raises NothingToCount."""
    if not wanted.lines:
        raise NothingToCount("there is nothing to count there")
    with transaction.atomic():
        lock_home(home_id)
        if known := StockCountSession.objects.filter(home_id=home_id, pk=wanted.id).first():
            return known
        session = StockCountSession.objects.create(
            pk=wanted.id,
            home_id=home_id,
            kind=wanted.kind,
            resident_id=wanted.resident_id,
            location=wanted.location,
            started_at=at,
            started_by_id=by,
        )
        LineToCount.objects.bulk_create(
            LineToCount(home_id=home_id, session=session, line_id=each.line_id, place=place, why=each.why)
            for place, each in enumerate(wanted.lines, start=1)
        )
    return session


def finish(*, session: StockCountSession, by: int, at: datetime) -> None:
    """Say that a count is done; lines that nobody counted stay uncounted. Raises CountFinished."""
    with transaction.atomic():
        lock_home(session.home_id)
        _refuse_finished(session)
        session.finished_at, session.finished_by_id = at, by
        session.save(update_fields=["finished_at", "finished_by"])


def count_pack(
    *,
    session: StockCountSession,
    line_id: int,
    pack_id: UUID | None,
    quantity: Decimal,
    counted_id: UUID,
    is_scanned: bool,
    by: int,
    at: datetime,
) -> CountedPack:
    """Write down what is in one pack, or without a pack what stands beside them; said again, the later stands.

    The same id twice is one act. Raises CountFinished, NotInThisCount, and QuantityNotPositive for less than nothing.
    """
    if kept(quantity) < 0:
        raise QuantityNotPositive("nobody can count less than nothing")
    with transaction.atomic():
        lock_home(session.home_id)
        if known := CountedPack.objects.filter(home_id=session.home_id, pk=counted_id).first():
            return known
        _refuse_finished(session)
        _refuse_other(session, line_id)
        if (
            pack_id is not None
            and not StockPack.objects.filter(home_id=session.home_id, pk=pack_id, line_id=line_id).exists()
        ):
            raise NotInThisCount("this pack belongs to another medicine or resident")
        return CountedPack.objects.create(
            pk=counted_id,
            home_id=session.home_id,
            session=session,
            line_id=line_id,
            pack_id=pack_id,
            quantity=kept(quantity),
            is_scanned=is_scanned,
            after_sequence=line_end(line_id)[0],
            counted_at=at,
            counted_by_id=by,
        )


def take(*, line: StockLine, found: Found, by: int, at: datetime) -> Taken:
    """Write down what was counted of a line, and open or look again at its difference. The same id twice is one act.

    Where an open difference is looked at again and the two agree now, it is closed as counted wrongly, or as put right
    in the book since; a controlled drug's stays open for its manager. Raises QuantityNotPositive and CountFinished.
    """
    with transaction.atomic():
        lock_home(line.home_id)
        known = StockCount.objects.filter(home_id=line.home_id, pk=found.id).first()
        case = _open_case(line)
        if known is not None:
            return Taken(known, case, is_new=False)
        if found.session_id is not None:
            session = StockCountSession.objects.get(home_id=line.home_id, pk=found.session_id)
            _refuse_finished(session)
            _refuse_other(session, line.pk)
        differs = count(
            count_id=found.id,
            line=line,
            counted=found.counted,
            by=by,
            at=at,
            witness=found.witness_id,
            session_id=found.session_id,
            recount_of_id=case.pk if case else None,
        )
        taken = StockCount.objects.get(home_id=line.home_id, pk=found.id)
        if case is None:
            return Taken(taken, differs)
        if differs is not None:
            _close(differs, Signature(COUNTED_AGAIN, SUPERSEDED.words), by, at)
        elif not found.is_controlled:
            reason = IN_THE_BOOK if late_change(case) else MISCOUNTED
            _close(case, Signature(reason, "Counted again: it agrees with the book."), by, at)
            return Taken(taken, None)
        return Taken(taken, case)


def sign(
    *, discrepancy: Discrepancy, signature: Signature, by: int, at: datetime, witness: int | None = None
) -> Written | None:
    """Sign why book and cupboard disagreed; where the book was wrong, bring it to what was counted last.

    What was signed or came in late since that count is not moved twice. A below-zero discrepancy of the line is signed
    along once the book is right. Raises NoSuchReason, ReasonMissing, AlreadySigned,
    StillDiffers for "put right in the book" when it was not, and StillBelowZero.
    """
    if (reason := REASONS.get(signature.reason)) is None:
        raise NoSuchReason("choose why they differed")
    if reason.needs_words and not signature.words.strip():
        raise ReasonMissing("say in words what was found, and what was done about it")
    with transaction.atomic():
        head = lock_home(discrepancy.home_id)
        discrepancy.refresh_from_db()
        if discrepancy.closed_at is not None:
            raise AlreadySigned("somebody has signed this before")
        written, left = None, difference_left(discrepancy)
        if signature.reason == IN_THE_BOOK and left:
            raise StillDiffers("the book still differs from what was counted: choose another reason or count again")
        if reason.moves_book and left:
            movement = _to_the_book(discrepancy, left, by, at, witness)
            written = write_movements(home_id=discrepancy.home_id, movements=[movement], at=at, head=head)[0]
        balance = line_end(discrepancy.line_id)[1]
        if discrepancy.kind == BELOW_ZERO and balance < 0:
            raise StillBelowZero("the book is still below zero: book in what came, or count what is there, first")
        _close(discrepancy, signature, by, at)
        if balance >= 0:
            for below in Discrepancy.objects.filter(
                line_id=discrepancy.line_id, kind=BELOW_ZERO, closed_at__isnull=True
            ):
                _close(below, signature, by, at)
    return written


def write_note(
    *, note_id: UUID, discrepancy: Discrepancy, words: str, told: str, by: int, at: datetime
) -> DiscrepancyNote:
    """Write down what was looked into, or who was told and what they said; the same id twice is one note.

    Raises ReasonMissing without words, and AlreadySigned once it is closed.
    """
    if not words.strip():
        raise ReasonMissing("say what was found, or what was said")
    with transaction.atomic():
        lock_home(discrepancy.home_id)
        if known := DiscrepancyNote.objects.filter(home_id=discrepancy.home_id, pk=note_id).first():
            return known
        discrepancy.refresh_from_db()
        if discrepancy.closed_at is not None:
            raise AlreadySigned("it is closed")
        return DiscrepancyNote.objects.create(
            pk=note_id,
            home_id=discrepancy.home_id,
            discrepancy=discrepancy,
            told=told.strip(),
            words=words.strip(),
            written_at=at,
            written_by_id=by,
        )


def _open_case(line: StockLine) -> Discrepancy | None:
    found = Discrepancy.objects.filter(home_id=line.home_id, line=line, kind=COUNT_DIFFERS, closed_at__isnull=True)
    return found.select_related("count").order_by("opened_at", "pk").first()


def _to_the_book(discrepancy: Discrepancy, left: Decimal, by: int, at: datetime, witness: int | None) -> Movement:
    more = left > 0
    return Movement(
        id=str(uuid7()),
        line_id=discrepancy.line_id,
        quantity=abs(left),
        source=Place.UNEXPLAINED.value if more else Place.HOME.value,
        destination=Place.HOME.value if more else Place.UNEXPLAINED.value,
        reason=COUNT_SIGNED,
        moved_at=at,
        moved_by_id=by,
        witness_id=witness,
    )


def _close(discrepancy: Discrepancy, signature: Signature, by: int, at: datetime) -> None:
    words = signature.words.strip() or REASONS[signature.reason].words
    discrepancy.reason, discrepancy.reason_code, discrepancy.outcome = words, signature.reason, signature.outcome
    discrepancy.closed_at, discrepancy.closed_by_id = at, by
    discrepancy.save(update_fields=["reason", "reason_code", "outcome", "closed_at", "closed_by"])


def _refuse_finished(session: StockCountSession) -> None:
    session.refresh_from_db()
    if session.finished_at is not None:
        raise CountFinished("this count is finished: begin another one")


def _refuse_other(session: StockCountSession, line_id: int) -> None:
    if not LineToCount.objects.filter(session=session, line_id=line_id).exists():
        raise NotInThisCount("this medicine is not part of this count")
