"""Recording what happened to doses: the only code that writes an administration.

Record, then judge: nothing that happened is refused. What was wrong about it is kept beside the record as
findings and told to a person. The rules are in emar.rules.judging; this file gives them their facts,
writes the rows and takes the stock, all in one transaction under the home's lock.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from emar.models import Administration, Answer, Correction
from emar.operations import audit, tasks
from emar.operations.dose_findings import Facts, facts_of, judged, slot_of, was_closed
from emar.operations.dose_stock import line_of, movements_of, open_packs, taken_of, touches_stock
from emar.operations.doses import AdministrationRefused, Dose, Told
from emar.operations.register import CountedDose, CountsBeside, write_counts
from emar.queries import prescribed as facts
from emar.queries.medicines import codes_of
from emar.rules.findings import Finding, in_order
from emar.rules.outcomes import not_recorded_id
from emar.rules.refusals import REFUSED
from emar.rules.taken import movement_ids
from stock.models import LedgerHead, StockMovement
from stock.operations.ledger import line_ids, lock_home, write_movements
from stock.rules.balance import Movement, given_back_id, kept
from stock.statements import Writing


class AlreadyCorrected(Exception):
    """Somebody has corrected this record before; correct the newer one."""


def record(
    doses: Sequence[Dose],
    *,
    home_id: int,
    at: datetime,
    head: LedgerHead | None = None,
    also: Sequence[Finding] = (),
    writing: Writing | None = None,
) -> list[Told]:
    """Record doses in the order given and return what is said of each, in the same order.

    Promises, for ever: the same id and content gets the same answer and is recorded once, however often and
    from wherever it is sent. Stock leaves in the same transaction. `at` is the server's clock; `also` is what
    the caller found about the sender of them all. With `writing` the rows are only put
    there, and the caller runs them before anything else is read. Raises
    AdministrationRefused, and records nothing, for an id that was used for other content and for a
    prescription that is not this home's.
    """
    if head is None:
        with transaction.atomic():
            return record(doses, home_id=home_id, at=at, head=lock_home(home_id), also=also)
    doses = [_as_kept(dose) for dose in doses]
    around = facts.around(
        home_id,
        ids=[dose.id for dose in doses],
        prescription_ids={dose.prescription_id for dose in doses},
        pack_ids={pk for dose in doses for pk in dose.pack_ids},
        staff_ids={dose.given_by_id for dose in doses if dose.given_by_id is not None},
    )
    told = _told_before(doses, around)
    fresh = [dose for dose in _once_each(doses) if dose.id not in told]
    if fresh:
        mine = writing or Writing()
        told |= {each.id: each for each in _record_fresh(fresh, facts_of(fresh, home_id, around), at, head, also, mine)}
        if writing is None:
            mine.run()
    return [told[dose.id] for dose in doses]


def _as_kept(dose: Dose) -> Dose:
    """Return the dose with its id and its amounts as the database will have them, so that all copies agree."""
    changed: dict[str, Any] = {}
    if dose.id != (pk := str(UUID(dose.id))):
        changed["id"] = pk
    for name in ("amount", "prepared", "counted_balance"):
        amount = getattr(dose, name)
        if amount is not None and amount != kept(amount):
            changed[name] = kept(amount)
    return replace(dose, **changed) if changed else dose


def _once_each(doses: Sequence[Dose]) -> list[Dose]:
    once: dict[str, Dose] = {}
    for dose in doses:
        if once.setdefault(dose.id, dose).sealed() != dose.sealed():
            raise AdministrationRefused("This id was used for another dose.")
    return list(once.values())


def _told_before(doses: Sequence[Dose], around: facts.Around) -> dict[str, Told]:
    """Return the answers given before; a resend is recognised before any rule runs."""
    for dose in doses:
        if dose.id in around.told and around.told[dose.id][0] != dose.sealed():
            raise AdministrationRefused("This id was used for another dose.")
    return {pk: Told(pk, answer, tuple(json.loads(found))) for pk, (_, answer, found) in around.told.items()}


def _record_fresh(
    doses: Sequence[Dose],
    known: Facts,
    at: datetime,
    head: LedgerHead,
    also: Sequence[Finding],
    writing: Writing,
) -> list[Told]:
    home_id = head.home_id
    rows, movements, told = [], [], []
    taken = {dose.id: taken_of(dose, known) for dose in doses if touches_stock(dose)}
    keys = [key for each in taken.values() for key, _ in each if key is not None]
    lines = line_ids(home_id=home_id, keys=keys, codes_of=codes_of)
    balances = CountsBeside(
        [
            CountedDose(
                dose.id,
                line_of(dose, known, lines, taken[dose.id]),
                kept(dose.counted_balance),
                dose.given_at,
                dose.given_by_id,
                dose.witness_id,
            )
            for dose in doses
            if dose.counted_balance is not None
        ],
        home_id,
    )
    for dose in doses:
        moved = movements_of(dose, known, lines, taken.get(dose.id, ()))
        said = [*judged(dose, known, at), *balances.after(dose.id, moved)]
        found = [each.to_json() for each in in_order([*said, *also])]
        answer = _answer(found)
        told.append(Told(dose.id, answer, tuple(found)))
        rows.append(_row(dose, home_id, at, answer, found, known))
        movements += moved
    writing.insert_rows(Administration, rows)
    write_movements(home_id=home_id, movements=movements, at=at, head=head, writing=writing)
    open_packs(doses, known, at)
    _follow_up(doses, known, balances, at, writing)
    return told


def _follow_up(doses: Sequence[Dose], known: Facts, balances: CountsBeside, at: datetime, writing: Writing) -> None:
    """Write what follows from the doses: counts, what somebody must now do, and what they need not any more."""
    home_id = balances.home_id
    counts = balances.counts()
    refused = [
        tasks.RefusedDose(dose.id, dose.resident_id, dose.prescription_id, slot_of(dose, known.lines)[0], dose.due_at)
        for dose in doses
        if dose.outcome == REFUSED and dose.due_at is not None
    ]
    settled = [
        (dose, not_recorded_id(*slot_of(dose, known.lines)))
        for dose in doses
        if dose.due_at is not None and was_closed(dose, known)
    ]
    if not (counts or refused or settled):
        return
    # What follows is read from the rows themselves.
    writing.run()
    write_counts(home_id=home_id, counts=counts)
    tasks.tell_of_refusals(home_id=home_id, refused=refused, at=at)
    for dose, cause in settled:
        tasks.close_settled(home_id=home_id, kind="not_recorded", about=[cause], by=dose.given_by_id, at=at)


def _answer(found: Sequence[Mapping[str, Any]]) -> str:
    if any(each["level"] == "conflict" for each in found):
        return Answer.CONFLICT.value
    return (Answer.RECORDED_WITH_FINDINGS if found else Answer.RECORDED).value


def _row(
    dose: Dose,
    home_id: int,
    at: datetime,
    answer: str,
    found: Sequence[Mapping[str, Any]],
    known: Facts,
) -> dict[str, Any]:
    return {
        "id": dose.id,
        "home_id": home_id,
        "resident_id": dose.resident_id,
        "prescription_id": dose.prescription_id,
        "round_id": dose.round_id,
        "outcome": dose.outcome,
        "amount": dose.amount,
        "unit": dose.unit,
        "due_at": dose.due_at,
        "given_at": dose.given_at,
        "given_by_id": dose.given_by_id,
        "entered_at": dose.entered_at,
        "entered_by_id": dose.entered_by_id or dose.given_by_id,
        "received_at": at,
        "device_id": dose.device_id,
        "witness_id": dose.witness_id,
        "counted_balance": dose.counted_balance,
        "pack_id": dose.pack_id if dose.pack_id in known.packs else None,
        "scan_source": dose.scan_source,
        "scan_text": dose.scan_text,
        "by_hand_reason": dose.by_hand_reason,
        "note": dose.note,
        "reading": {name: str(value) for name, value in dose.readings.items()} or None,
        "site": dose.site,
        "findings": found,
        "answer": answer,
        "content_hash": dose.sealed(),
    }


def correct(
    *, correction_id: UUID, administration: Administration, replacement: Dose | None, reason: str, by: int, at: datetime
) -> Correction:
    """Say that a record was entered in error, why, and what really happened (None: nothing did).

    The old record stays and points nowhere new; its stock comes back, and the replacement takes its own.
    Raises AlreadyCorrected, ValueError without a reason, and AdministrationRefused as `record` does.
    """
    if not reason.strip():
        raise ValueError("say why the record was wrong")
    if replacement is not None and UUID(replacement.id) == administration.pk:
        raise AdministrationRefused("A record cannot replace itself.")
    home_id = administration.home_id
    with transaction.atomic():
        head = lock_home(home_id)
        if Correction.objects.filter(administration=administration).exists():
            raise AlreadyCorrected
        # The wrong record must not make its own replacement look like a second dose, so it is set aside first.
        correction = Correction.objects.create(
            id=correction_id,
            home_id=home_id,
            administration=administration,
            replacement_id=replacement and replacement.id,
            reason=reason,
            corrected_at=at,
            corrected_by_id=by,
        )
        back = _given_back(administration, by, at)
        write_movements(home_id=home_id, movements=back, at=at, head=head)
        if replacement is not None:
            record([replacement], home_id=home_id, at=at, head=head)
        audit.note(
            action="administration_corrected",
            home_id=home_id,
            resident_id=administration.resident_id,
            by=by,
            at=at,
            about=administration,
        )
    return correction


def _given_back(administration: Administration, by: int, at: datetime) -> list[Movement]:
    """Return the movements that undo what a record took from stock."""
    taken = StockMovement.objects.filter(home_id=administration.home_id, pk__in=movement_ids(administration.pk))
    return [
        Movement(
            id=str(given_back_id(movement.pk)),
            line_id=movement.line_id,
            quantity=movement.quantity,
            source=movement.destination,
            destination=movement.source,
            reason="corrected",
            moved_at=at,
            moved_by_id=by,
            pack_id=str(movement.pack_id) if movement.pack_id else None,
        )
        for movement in taken
    ]
