"""Counting stock as far as the record has a say: which lines, who has to be there, who has to be told, what is settled.

The rows are the ledger's (stock.operations.counts). A controlled drug is counted by two people, a difference of one is
a task at once, and its manager signs for it with what came of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid5

from django.db import transaction

from emar.models import Task
from emar.operations import audit, tasks
from emar.queries.cd_discrepancies import is_controlled
from emar.queries.closing import uncounted
from emar.queries.counts import lines_to_count
from emar.queries.register import register_balances
from stock.models import CountedPack, Discrepancy, DiscrepancyNote, StockCountSession, StockLine
from stock.operations import counts as ledger
from stock.operations.ledger import Written, lock_home
from stock.operations.packs import finish_counted_empty
from stock.queries.counts import counted_empty, total_of_packs
from stock.queries.discrepancies import open_discrepancies, was_recounted
from stock.rules.differences import OUTCOMES

REGISTER = StockCountSession.Kind.REGISTER


class WitnessMissing(ValueError):
    """A controlled drug is counted by two people. (trust.md, ledger invariant 6)"""


class NothingCounted(ValueError):
    """No pack of the line has been counted yet."""


class RecountMissing(ValueError):
    """A difference of a controlled drug is counted once more by two people before anybody signs for it."""


class OutcomeMissing(ValueError):
    """A difference of a controlled drug is closed with what came of it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to count: `kind` is a StockCountSession.Kind. Its `id` is made by the form."""

    id: UUID
    kind: str
    resident_id: int | None = None
    location: str = ""


def start_count(*, home_id: int, asked: Asked, by: int, at: datetime) -> StockCountSession:
    """Begin a count of one resident's stock, one place, everything, or what matters most today.

    Raises stock.operations.counts.NothingToCount.
    """
    with transaction.atomic():
        lock_home(home_id)
        lines = lines_to_count(home_id, asked.kind, at, resident_id=asked.resident_id, location=asked.location)
        wanted = ledger.Wanted(asked.id, asked.kind, lines, asked.resident_id, asked.location)
        session = ledger.start(home_id=home_id, wanted=wanted, by=by, at=at)
        audit.note(action="count_started", by=by, at=at, home_id=home_id, resident_id=asked.resident_id, about=session)
    return session


def finish_count(*, session: StockCountSession, by: int, at: datetime) -> None:
    """Say that a count is done. Raises stock.operations.counts.CountFinished."""
    with transaction.atomic():
        ledger.finish(session=session, by=by, at=at)
        audit.note(
            action="count_finished", by=by, at=at, home_id=session.home_id, resident_id=session.resident_id,
            about=session,
        )  # fmt: skip


def count_line(*, line: StockLine, found: ledger.Found, by: int, at: datetime) -> ledger.Taken:
    """Write down what was counted of a line; tell whoever has to know when it differs, and settle the weekly check.

    Raises WitnessMissing for a controlled drug counted by one person, and what stock.operations.counts.take does.
    """
    with transaction.atomic():
        lock_home(line.home_id)
        register = register_balances(line.home_id)
        taken = _counted(line, found, line.pk in register or line.is_controlled, by, at)
        _tell(line.home_id, [taken.case] if taken.case else [], register, at)
        _settle_check(line.home_id, register, by, at)
    return taken


def count_packs(
    *, session: StockCountSession, line: StockLine, found: ledger.Found, by: int, at: datetime
) -> ledger.Taken:
    """Write down what was counted of a line pack by pack as its count; packs in which nothing was found are finished.

    `found.counted` is not looked at: the packs say it.

    Raises what count_line does, and NothingCounted.
    """
    with transaction.atomic():
        lock_home(line.home_id)
        total = total_of_packs(session, line.pk)
        if total is None:
            raise NothingCounted("count at least one pack, or type how much is there altogether")
        empty = counted_empty(session, line.pk)
        taken = count_line(line=line, found=replace(found, counted=total, session_id=session.pk), by=by, at=at)
        finish_counted_empty(home_id=line.home_id, pack_ids=empty)
    return taken


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
    """Write down what is in one pack of a count. Raises what stock.operations.counts.count_pack does."""
    return ledger.count_pack(
        session=session, line_id=line_id, pack_id=pack_id, quantity=quantity, counted_id=counted_id,
        is_scanned=is_scanned, by=by, at=at,
    )  # fmt: skip


def check_balances(
    *, home_id: int, check_id: UUID, counted: Mapping[int, Decimal], witness_id: int | None, by: int, at: datetime
) -> tuple[StockCountSession, list[ledger.Taken]]:
    """Write down the weekly balance check: what two people counted of each page of the CD register, all together.

    The same id twice is one check. Raises WitnessMissing and stock.operations.counts.NothingToCount.
    """
    if witness_id is None or witness_id == by:
        raise WitnessMissing("a second person counts with you, and signs in for themselves")
    with transaction.atomic():
        lock_home(home_id)
        register = register_balances(home_id)
        chosen = [each for each in lines_to_count(home_id, REGISTER, at) if each.line_id in counted]
        wanted = ledger.Wanted(check_id, REGISTER, chosen)
        session = ledger.start(home_id=home_id, wanted=wanted, by=by, at=at)
        lines = StockLine.objects.filter(home_id=home_id).in_bulk([each.line_id for each in chosen])
        taken = []
        for each in chosen:
            found = ledger.Found(
                uuid5(check_id, str(each.line_id)), counted[each.line_id], witness_id, session.pk, is_controlled=True
            )
            taken.append(ledger.take(line=lines[each.line_id], found=found, by=by, at=at))
        if session.finished_at is None:
            ledger.finish(session=session, by=by, at=at)
            audit.note(action="balances_checked", by=by, at=at, home_id=home_id, about=session)
        _tell(home_id, [each.case for each in taken if each.case], register, at)
        _settle_check(home_id, register, by, at)
    return session, taken


def sign(
    *, discrepancy: Discrepancy, signature: ledger.Signature, by: int, at: datetime, witness: int | None = None
) -> Written | None:
    """Sign why book and cupboard disagreed, and settle the task that asked for it.

    Of a controlled drug its manager says what came of it as well, after two people have counted again. Raises
    RecountMissing, OutcomeMissing, and what stock.operations.counts.sign does.
    """
    home_id = discrepancy.home_id
    with transaction.atomic():
        lock_home(home_id)
        if is_controlled(discrepancy):
            if not was_recounted(discrepancy):
                raise RecountMissing("count it once more with a second person before you close it")
            if signature.outcome not in OUTCOMES:
                raise OutcomeMissing("choose what came of it")
        else:
            signature = replace(signature, outcome="")
        before = {each.pk for each in open_discrepancies(home_id)}
        written = ledger.sign(discrepancy=discrepancy, signature=signature, by=by, at=at, witness=witness)
        closed = before - {each.pk for each in open_discrepancies(home_id)}
        audit.note(
            action="discrepancy_signed", by=by, at=at, home_id=home_id, resident_id=discrepancy.line.resident_id,
            about=discrepancy, changes={"reason": signature.reason, "outcome": signature.outcome},
        )  # fmt: skip
        _close_tasks(home_id, closed, discrepancy.reason, by, at)
    return written


def write_note(
    *, note_id: UUID, discrepancy: Discrepancy, words: str, told: str, by: int, at: datetime
) -> DiscrepancyNote:
    """Write down what was looked into, or who was told. Raises what stock.operations.counts.write_note does."""
    with transaction.atomic():
        note = ledger.write_note(note_id=note_id, discrepancy=discrepancy, words=words, told=told, by=by, at=at)
        audit.note(
            action="discrepancy_noted", by=by, at=at, home_id=discrepancy.home_id,
            resident_id=discrepancy.line.resident_id, about=discrepancy,
        )  # fmt: skip
    return note


def differences(*, home_id: int, at: datetime) -> list[tasks.Cause]:
    """Return a cause for each open difference. The closing job raises those that nobody was told of yet.

    Doses that took the book below zero are among them: what opened them waits for nobody.
    """
    found = open_discrepancies(home_id)
    return _causes(found, register_balances(home_id), at) if found else []


def tell_of_differences(*, home_id: int, cases: Sequence[Discrepancy], at: datetime) -> None:
    """Raise the task of each of these differences that has none, in the transaction of what found them."""
    if cases:
        _tell(home_id, cases, register_balances(home_id), at)


def _tell(home_id: int, cases: Sequence[Discrepancy], register: Mapping[int, Decimal], at: datetime) -> None:
    tasks.raise_tasks(home_id=home_id, causes=_causes(cases, register, at), at=at, by=None)


def _causes(cases: Iterable[Discrepancy], register: Mapping[int, Decimal], at: datetime) -> list[tasks.Cause]:
    return [
        tasks.Cause(
            kind=Task.Kind.STOCK_DIFFERS,
            cause=str(each.pk),
            due_at=at,
            resident_id=each.line.resident_id,
            is_urgent=each.line_id in register or each.line.is_controlled,
            facts={
                "discrepancy_id": str(each.pk),
                "medicine": each.line.medicine.name,
                "kind": each.kind,
                "is_controlled": each.line_id in register or each.line.is_controlled,
            },
        )
        for each in cases
    ]


def _counted(line: StockLine, found: ledger.Found, is_controlled: bool, by: int, at: datetime) -> ledger.Taken:
    if is_controlled and found.witness_id is None:
        raise WitnessMissing("a controlled drug is counted by two people: the second signs in for themselves")
    if found.witness_id == by:
        raise WitnessMissing("the second person is somebody else than you")
    before = {each.pk for each in open_discrepancies(line.home_id) if each.line_id == line.pk}
    taken = ledger.take(line=line, found=replace(found, is_controlled=is_controlled), by=by, at=at)
    if taken.is_new:
        audit.note(
            action="stock_counted", by=by, at=at, home_id=line.home_id, resident_id=line.resident_id, about=taken.count
        )
    open_now = {each.pk for each in open_discrepancies(line.home_id) if each.line_id == line.pk}
    _close_tasks(line.home_id, before - open_now, "Counted again: it agrees with the book.", by, at)
    return taken


def _settle_check(home_id: int, register: Mapping[int, Decimal], by: int, at: datetime) -> None:
    """Close the task of the weekly check once every page that holds something was counted by two people."""
    asked = list(Task.objects.filter(home_id=home_id, kind=Task.Kind.BALANCE_CHECK, closed_at__isnull=True))
    if asked and not uncounted(home_id, at, register):
        tasks.close(tasks=asked, outcome="Every page was counted by two people.", by=by, at=at)


def _close_tasks(home_id: int, discrepancies: Iterable[UUID], outcome: str, by: int, at: datetime) -> None:
    about = [str(pk) for pk in discrepancies]
    found = list(
        Task.objects.filter(home_id=home_id, kind=Task.Kind.STOCK_DIFFERS, cause__in=about, closed_at__isnull=True)
    )
    if found:
        tasks.close(tasks=found, outcome=outcome, by=by, at=at)
